"""A site to measure: the demo's content, with 50 comments under its longest article."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from shop.app import create_app
from shop.blueprints.articles.models import Article
from shop.blueprints.comments.services import import_comment
from shop.config import Config
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.demo.planting import plant
from shop.extensions import db
from shop.plugins.installed import migrations

ARTICLE = "/articles/eight-keys-to-trust"
COMMENTS = 50
KEY = "a key for benchmarks only"
PASSWORD = "benchmark-password"  # noqa: S105 - of a site that lives for a minute
"""Of the demo's owner, moderator and buyer."""
WORDS = (
    "We tried the fourth key for a month, with a list on the refrigerator. The list was never finished, and that was "
    "the first thing in a year that made both of us laugh. I would not call it trust. I would call it a floor."
)


@contextmanager
def site(database_url: str = "") -> Iterator[Path]:
    """A data folder with the demo site in it."""
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as name:
        folder = Path(name)
        app = create_app(Config(data_dir=folder, secret_key=KEY, database_url=database_url))
        with app.app_context():
            migrations.upgrade_all()
            plant(PASSWORD, lambda _line: None)
            _comment(app)
            db.engine.dispose()
        yield folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment in which a server of this site starts."""
    return {"SHOP_DATA_DIR": str(folder), "SHOP_SECRET_KEY": KEY, **more}


def _comment(_app: Flask) -> None:
    with unit_of_work():
        article_id = db.session.scalars(
            select(Article.id).where(Article.slug == ARTICLE.rsplit("/", 1)[1])
        ).one()
        for number in range(COMMENTS):
            import_comment(
                import_key=f"bench:{number}",
                article_id=article_id,
                author_name=f"Reader {number}",
                email=f"reader{number}@example.org",
                body=f"{WORDS}\n\nThis is the {number}th of us to say so.",
                posted_at=clock.now() - timedelta(hours=number),
                state="approved",
            )
