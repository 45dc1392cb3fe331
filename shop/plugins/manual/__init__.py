"""The manual for plugin authors, made from the source: `python -m shop.plugins.manual > docs/HOOKS.md`.

Docstrings are its text, the source of `shop.plugins` and `shop.core` its signatures, and the example plugin its
examples, so none of them can say something else than what is there. It needs a checkout, where the example plugin is.
"""
