"""Every fact that the features publish, for `Subscriber`. Each carries ids, so look up how things are."""

from shop.plugins.events.accounts import EmailVerified
from shop.plugins.events.admin import PluginPartFailed
from shop.plugins.events.articles import ArticleChanged, ArticlePublished, ArticleRemoved
from shop.plugins.events.catalog import (
    ArticleLedToGuide,
    NewVersionAnnounced,
    ProductChanged,
    StockChanged,
    VariantRestocked,
)
from shop.plugins.events.comments import (
    CommentApproved,
    CommentEdited,
    CommentEditedByStaff,
    CommentMarkedSpam,
    CommentPosted,
    CommentRejected,
    CommentReturned,
    CommentWithdrawn,
)
from shop.plugins.events.contact import MessageReceived
from shop.plugins.events.newsletter import SubscriberConfirmed, SubscriberLeft, SubscriptionAsked
from shop.plugins.events.orders import (
    OrderCancelled,
    OrderErased,
    OrderFulfilled,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
)
from shop.plugins.events.payments import (
    BankDidNotPay,
    DisputeClosed,
    OrderCalledOff,
    OrderDisputed,
    OrderExpired,
    OrderRefunded,
    RefundBecameDue,
    RefundFailed,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionPaymentFailed,
    SubscriptionRenewed,
    SubscriptionStarted,
)
from shop.plugins.events.shipments import ParcelSent
from shop.plugins.events.stock_alerts import StockAlertAsked

__all__ = [
    "ArticleChanged",
    "ArticleLedToGuide",
    "ArticlePublished",
    "ArticleRemoved",
    "BankDidNotPay",
    "CommentApproved",
    "CommentEdited",
    "CommentEditedByStaff",
    "CommentMarkedSpam",
    "CommentPosted",
    "CommentRejected",
    "CommentReturned",
    "CommentWithdrawn",
    "DisputeClosed",
    "EmailVerified",
    "MessageReceived",
    "NewVersionAnnounced",
    "OrderCalledOff",
    "OrderCancelled",
    "OrderDisputed",
    "OrderErased",
    "OrderExpired",
    "OrderFulfilled",
    "OrderPaid",
    "OrderPlaced",
    "OrderRefunded",
    "OrderShipped",
    "ParcelSent",
    "PluginPartFailed",
    "ProductChanged",
    "RefundBecameDue",
    "RefundFailed",
    "StockAlertAsked",
    "StockChanged",
    "SubscriberConfirmed",
    "SubscriberLeft",
    "SubscriptionAsked",
    "SubscriptionChanged",
    "SubscriptionEnded",
    "SubscriptionPaymentFailed",
    "SubscriptionRenewed",
    "SubscriptionStarted",
    "VariantRestocked",
]
