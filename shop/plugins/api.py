"""All that a plugin may import. What is not here may change without notice."""

from shop.core.errors import Gone, NotFound, Refused, TooMany
from shop.core.events import Event, Subscriber, publish
from shop.core.jobs import JobKind, Periodic, enqueue
from shop.core.mail import MailKind
from shop.core.page_cache import made_of, public_page
from shop.core.settings import current as current_settings
from shop.core.settings import setting
from shop.core.unit_of_work import commits, purge, unit_of_work
from shop.extensions import Model
from shop.plugins.hookspecs import hookimpl
from shop.plugins.types import (
    AdminSection,
    CheckoutCheck,
    CommentCheck,
    CommentDraft,
    Directive,
    Evidence,
    HealthCheck,
    Importer,
    ImportReport,
    NavigationItem,
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
    "Gone",
    "HealthCheck",
    "ImportReport",
    "Importer",
    "JobKind",
    "MailKind",
    "Model",
    "NavigationItem",
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
    "current_settings",
    "enqueue",
    "hookimpl",
    "made_of",
    "public_page",
    "publish",
    "purge",
    "setting",
    "unit_of_work",
]
