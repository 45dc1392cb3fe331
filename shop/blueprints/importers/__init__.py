"""Importers: files of other systems come in through `shop import <name> FILE`.

Every row read is *imported*, *unchanged* (it came in before) or *refused* with a reason; what comes in otherwise than
it was is *noted*. A row is known by its import key, so a second run changes nothing, whatever happened to the article
or product here in the meantime. Nothing is fetched from the net: pictures stay links.

Files are hostile until shown otherwise: capped before they are opened, XML without document types, archives read entry
by entry and never unpacked to a disk.

A row that can't be stored refuses itself alone (`row_guard`), where things were is kept as redirects (`old_addresses`),
and what several systems share is written once: `talk` for comments, `wares` for products, `magazines` for articles.
"""
