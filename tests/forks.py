"""Processes of their own that have loaded the shop already: to load it takes longer than what most do for a test."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
from functools import cache

from shop.app import FEATURES
from shop.plugins import manager

LOADED = manager.shipped(FEATURES, ())
"""So that whoever is forked has them; an application loads them when it is made."""


@cache
def forks() -> multiprocessing.context.ForkServerContext:
    """Starts processes as `multiprocessing` does. They share nothing with this one, but what they are given."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([__name__, "tests.factories.orders"])
    return made
