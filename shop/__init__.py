"""Bookstall: a content site with a small shop, assembled from plugins."""

from shop.loading import to_stay, without

with to_stay():
    # structlog would load rich and Pygments, to colour tracebacks. Ours are plain, and a start is a twentieth quicker.
    # And it would load greenlet, to keep them apart. We have threads.
    with without("rich"), without("greenlet"):
        import structlog as structlog
    from shop.app import create_app

__all__ = ["create_app"]
