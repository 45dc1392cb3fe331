"""Covers for products without a picture, drawn as SVG."""
