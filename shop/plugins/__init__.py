"""The plugin system: what a plugin may add, and how it is found, checked and guarded."""

from shop.plugins.guard import PluginFailed, attempted, count_failure, guarded
from shop.plugins.installed.switches import TAG as SWITCHES
from shop.plugins.manager import is_switched_off, registry
from shop.plugins.terms.comment_checks import check_title
from shop.plugins.terms.shapes import bounded, fits, fitting

__all__ = [
    "SWITCHES",
    "PluginFailed",
    "attempted",
    "bounded",
    "check_title",
    "count_failure",
    "fits",
    "fitting",
    "guarded",
    "is_switched_off",
    "registry",
]
