"""Importers: files of other systems come in through `shop import <name> FILE`.

Every row read is *imported*, *unchanged* (it came in before) or *refused* with a reason; what comes in otherwise than
it was is *noted*. A row is known by its import key, so a second run changes nothing, whatever happened to the article
or product here in the meantime. Nothing is fetched from the net: pictures stay links.

Files are hostile until shown otherwise: capped before they are opened, never unpacked, XML without document types.
"""
