"""What people are mailed about, and what of it they may switch off."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from settings_ui.domain.access import Capability


class Notice(StrEnum):
    """A kind of mail that a member may get."""

    EXPIRING_KEY = "expiring_key"
    TICKET_REPLY = "ticket_reply"
    PAYOUT_CHANGE = "payout_change"
    BILLING = "billing"


@dataclass(frozen=True)
class About:
    """What a notice is called, when it comes, who can get it, and whether it guards the account: then it stays on."""

    label: str
    when: str
    capability: Capability
    security: bool = False


NOTICES: Mapping[Notice, About] = MappingProxyType(
    {
        Notice.EXPIRING_KEY: About(
            "Expiring API key", "7 days and 1 day before a key ends.", Capability.MANAGE_API_KEYS
        ),
        Notice.BILLING: About(
            "Balance and payments",
            "When the balance is low or used up, and when a payment fails.",
            Capability.MANAGE_BILLING,
        ),
        Notice.TICKET_REPLY: About(
            "Ticket reply", "When support answers in a ticket that you wrote in.", Capability.USE_SUPPORT
        ),
        Notice.PAYOUT_CHANGE: About(
            "Payout change", "When your PayPal email is saved or changed.", Capability.SET_OWN_PAYOUT, security=True
        ),
    }
)
"""The notices in the order of the page."""
