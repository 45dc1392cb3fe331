"""Bookstall: a content site with a small shop, assembled from plugins."""

from shop.app import create_app

__all__ = ["create_app"]
