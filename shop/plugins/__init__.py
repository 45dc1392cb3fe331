"""The plugin system: what a plugin may add, and how it is found, checked and guarded."""

from shop.plugins.guard import PluginFailed, attempted, count_failure, guarded
from shop.plugins.manager import registry
from shop.plugins.shapes import fitting

__all__ = ["PluginFailed", "attempted", "count_failure", "fitting", "guarded", "registry"]
