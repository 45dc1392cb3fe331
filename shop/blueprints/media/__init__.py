"""The media library: pictures for articles, uploaded once, described once, and shown where their number is named.

An upload is looked at, not decoded, and kept aside; a job decodes it, draws it anew in several widths as WebP and AVIF,
and throws the upload away: nothing but pixels is left, no place and no camera. `::picture[12]` in an article draws one
with its caption, `::gallery[12 13 14]` several. A deleted one is drawn nowhere, and can be restored for 30 days.
"""
