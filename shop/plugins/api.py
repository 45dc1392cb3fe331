"""All that a plugin may import. What is not here may change without notice."""

from shop.core.clock import now
from shop.core.columns import created, moment, primary_key
from shop.core.errors import Gone, NotFound, Refused, TooMany
from shop.core.events import Event, Subscriber, publish
from shop.core.jobs import JobKind, Periodic, enqueue
from shop.core.mail import MailKind
from shop.core.mail import queue as queue_mail
from shop.core.notices import notify
from shop.core.page_cache import made_of, public_page
from shop.core.settings import current as current_settings
from shop.core.settings import setting
from shop.core.unit_of_work import commits, purge, unit_of_work
from shop.extensions import Model, db
from shop.plugins.hookspecs import hookimpl
from shop.plugins.types import (
    AdminSection,
    CheckoutCheck,
    CommentCheck,
    CommentDraft,
    Directive,
    Evidence,
    FeedEntry,
    FeedSource,
    HealthCheck,
    Importer,
    ImportReport,
    NavigationItem,
    NavigationSource,
    PaymentLine,
    PaymentProvider,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    Permission,
    PersonalData,
    Plugin,
    Refusal,
    SearchDocument,
    SearchSource,
    Sitemap,
    Slot,
    Theme,
    WebhookForged,
    WebhookNotice,
)

__all__ = [
    "AdminSection",
    "CheckoutCheck",
    "CommentCheck",
    "CommentDraft",
    "Directive",
    "Event",
    "Evidence",
    "FeedEntry",
    "FeedSource",
    "Gone",
    "HealthCheck",
    "ImportReport",
    "Importer",
    "JobKind",
    "MailKind",
    "Model",
    "NavigationItem",
    "NavigationSource",
    "NotFound",
    "PaymentLine",
    "PaymentProvider",
    "PaymentRequest",
    "PaymentStarted",
    "PaymentVerdict",
    "Periodic",
    "Permission",
    "PersonalData",
    "Plugin",
    "Refusal",
    "Refused",
    "SearchDocument",
    "SearchSource",
    "Sitemap",
    "Slot",
    "Subscriber",
    "Theme",
    "TooMany",
    "WebhookForged",
    "WebhookNotice",
    "commits",
    "created",
    "current_settings",
    "db",
    "enqueue",
    "hookimpl",
    "made_of",
    "moment",
    "notify",
    "now",
    "primary_key",
    "public_page",
    "publish",
    "purge",
    "queue_mail",
    "setting",
    "unit_of_work",
]
