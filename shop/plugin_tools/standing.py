"""How the plugins of others do, in words: for `shop plugins status`."""

from __future__ import annotations

from collections.abc import Iterator

from shop.core.app_state import app_state
from shop.plugins.guard import health
from shop.plugins.installed import known, migrations
from shop.plugins.installed.switches import switched_off
from shop.plugins.manager import Registry


def lines() -> Iterator[str]:
    """A paragraph on each plugin: those that this site is started with, those that were here, those it could use."""
    versions = known.versions()
    here = app_state().part(Registry).third_parties
    for name in sorted(here):
        state = "switched off" if name in switched_off() else "on"
        yield f"{name} {versions.get(name, '')}: {state}"
        yield from (f"  {line}" for line in _about(name))
    for row in known.gone():
        yield f"{row.name} {row.version}: not used any more. Delete what it keeps: shop plugins purge {row.name}"
    left = set(versions) - here - {row.name for row in known.gone()}
    for name in sorted(left):
        yield f"{name} {versions[name]}: installed, not named in SHOP_PLUGINS"


def _about(name: str) -> Iterator[str]:
    yield f"gives {', '.join(known.contributions().get(name, ())) or 'nothing'}"
    if not migrations.is_up_to_date(name):
        yield f"its tables wait: shop plugins upgrade {name}"
    for row in health.troubled():
        if row.plugin == name and row.failures:
            yield f"failed {row.failures} times: {row.hook} {row.part}: {row.last_words}"
        if row.plugin == name and row.slow_calls:
            yield f"slow: {row.hook} {row.part}: {row.times}"
    for host in health.asked_hosts().get(name, ()):
        yield f"asks {host}"
