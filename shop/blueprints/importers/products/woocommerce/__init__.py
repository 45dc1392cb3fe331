"""WooCommerce's product export: a CSV file with a row for each product, and one for each variation below it.

Columns are those of the exporter in its English names. Pictures and files to download are not fetched: the report names
them. Grouped products and links to other shops are refused, because we have neither.
"""
