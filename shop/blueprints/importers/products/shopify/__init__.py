"""Shopify's product export: a CSV file in which the rows that share a *handle* are one product.

The first row of a product says everything about it; the further ones bring a variant, a picture, or both. Columns are
those of help.shopify.com/manual/products/import-export/using-csv, old and new names. Pictures are not fetched: their
addresses are noted in the report. Gift cards are refused, because we have none.
"""
