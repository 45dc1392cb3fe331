"""Exporters: everything goes out, as one ZIP that comes in again, and as plain pages for a day without a server.

`shop export FILE` writes what was written, sold and agreed to: Markdown with front matter, JSON and CSV, and the files
and pictures (`format.layout` says which lies where). `shop import bookstall FILE` reads it into an empty site. What
can't be another site's stays here: accounts and their passwords, secret links, IP hashes, payments. `shop export
--static FILE` writes the public pages as a browser gets them.
"""
