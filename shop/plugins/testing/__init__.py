"""Fixtures for the tests of a plugin. pytest is told of this module (`-p shop.plugins.testing`, or `pytest_plugins` in
`conftest.py`), and `conftest.py` says what the site is started with:

    @pytest.fixture(scope="session")
    def plugins():
        return ("hello",)

The site lies in a folder of its own, on SQLite; with `SHOP_TEST_DATABASE_URL` in that database instead, which must be
empty and is emptied again. It is one for all tests of a run: what a test writes is there for the next.
"""

from shop.plugins.testing.buying import check_out, for_sale, make_paid_order
from shop.plugins.testing.internet import Internet, internet
from shop.plugins.testing.moving import export_site, import_site
from shop.plugins.testing.people import signed_in
from shop.plugins.testing.site import (
    Browser,
    _site,
    _visitor,
    change_settings,
    made_site,
    mails_to,
    run_command,
    run_jobs,
    run_periodic,
    travel,
)
from shop.plugins.testing.writing import change_article, make_article, make_comment

__all__ = [
    "Browser",
    "Internet",
    "_site",
    "_visitor",
    "change_article",
    "change_settings",
    "check_out",
    "export_site",
    "for_sale",
    "import_site",
    "internet",
    "made_site",
    "mails_to",
    "make_article",
    "make_comment",
    "make_paid_order",
    "run_command",
    "run_jobs",
    "run_periodic",
    "signed_in",
    "travel",
]
