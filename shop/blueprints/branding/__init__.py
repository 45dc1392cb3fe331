"""What the owner gives the site of its own: the accent colour, and icons for phones and browsers in it.

A colour is taken only where text in it can be read on every ground of both schemes (WCAG 2.2, 1.4.3: 4.5 to 1). It
reaches pages as a style sheet named by its content, because pages have no inline style.
"""
