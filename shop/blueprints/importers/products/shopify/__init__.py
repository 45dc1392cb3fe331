"""Shopify's product export: a CSV file in which the rows that share a *handle* are one product.

The first row of a product says everything about it; the further ones bring a variant, a picture, or both. Columns are
those of help.shopify.com/manual/products/import-export/using-csv, old and new names. A product's pictures come
along in their order, from `--uploads` or with `--fetch-images`; the report names those that can't be had. Gift cards
are refused, because we have none.
"""
