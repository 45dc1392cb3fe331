"""Shopify's product export: a CSV file in which the rows that share a *handle* are one product.

The first row of a product says everything about it; the further ones bring a variant, a picture, or both. Columns are
those of help.shopify.com/manual/products/import-export/using-csv, old and new names. Of a product's pictures the first
comes along, from `--uploads` or with `--fetch-images`; the report names the others. Gift cards are refused, because we
have none.
"""
