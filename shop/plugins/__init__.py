"""The plugin system: what a plugin may add, and how it is found, checked and guarded."""

from shop.plugins.manager import registry

__all__ = ["registry"]
