"""The tables, one file per aggregate. Importing this package registers them all on `SQLModel.metadata`."""

from settings_ui.models.activity import Activity
from settings_ui.models.api_key import ApiKey, ApiKeyUse, IdempotentAnswer
from settings_ui.models.billing import BillingAccount, BillingEvent, EventReading, SavedCard, TopUp
from settings_ui.models.billing_settings import BillingSettings
from settings_ui.models.blocked_caller import BlockedCaller, StopCount
from settings_ui.models.business import Business, Membership
from settings_ui.models.call import Call, DayCount, DurationCount, RecentDuration, TrackingNumber
from settings_ui.models.invitation import Invitation
from settings_ui.models.job import JobRun
from settings_ui.models.ledger import LedgerBalance, LedgerEntry, LedgerTransaction
from settings_ui.models.mail import OutgoingMail
from settings_ui.models.mail_choice import MailOptOut
from settings_ui.models.payout_destination import PayoutDestination
from settings_ui.models.plan import CataloguePrice, CatalogueReading, PlanInForce, PlanSubscription
from settings_ui.models.threshold_change import ThresholdChange
from settings_ui.models.ticket import Ticket, TicketAttachment, TicketEntry
from settings_ui.models.usage import UsageDay, UsagePrice
from settings_ui.models.user import EmailChange, PasswordReset, User, UserSession

__all__ = [
    "Activity",
    "ApiKey",
    "ApiKeyUse",
    "BillingAccount",
    "BillingEvent",
    "BillingSettings",
    "BlockedCaller",
    "Business",
    "Call",
    "CataloguePrice",
    "CatalogueReading",
    "DayCount",
    "DurationCount",
    "EmailChange",
    "EventReading",
    "IdempotentAnswer",
    "Invitation",
    "JobRun",
    "LedgerBalance",
    "LedgerEntry",
    "LedgerTransaction",
    "MailOptOut",
    "Membership",
    "OutgoingMail",
    "PasswordReset",
    "PayoutDestination",
    "PlanInForce",
    "PlanSubscription",
    "RecentDuration",
    "SavedCard",
    "StopCount",
    "ThresholdChange",
    "Ticket",
    "TicketAttachment",
    "TicketEntry",
    "TopUp",
    "TrackingNumber",
    "UsageDay",
    "UsagePrice",
    "User",
    "UserSession",
]
