"""Backup and restore: the whole site in one file, made while it sells, and put back into an empty place.

A *backup* is a tar, packed and, if asked for, encrypted: what it is (`about.json`), the database as of one moment, the
files, the secret key if it is encrypted, and last a list of all that with sizes and hashes (`manifest.json`). Without
that list it is not whole.
"""
