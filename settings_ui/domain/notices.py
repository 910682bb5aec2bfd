"""The kinds of notification emails, and which of them people can turn off."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from settings_ui.domain.access import Actor, Capability


class Notice(StrEnum):
    """A kind of email that a member can get."""

    EXPIRING_KEY = "expiring_key"
    TICKET_REPLY = "ticket_reply"
    PAYOUT_CHANGE = "payout_change"
    BILLING = "billing"


@dataclass(frozen=True)
class About:
    """A notice's label, when it is sent, who can get it, and whether it protects the account and cannot be turned
    off."""

    label: str
    when: str
    capability: Capability
    security: bool = False


NOTICES: Mapping[Notice, About] = MappingProxyType(
    {
        Notice.EXPIRING_KEY: About(
            "API key expiry", "7 days and 1 day before a key expires.", Capability.MANAGE_API_KEYS
        ),
        Notice.BILLING: About(
            "Balance and payments",
            "When the balance is low or used up, and when a payment fails.",
            Capability.MANAGE_BILLING,
        ),
        Notice.TICKET_REPLY: About(
            "Ticket replies", "When support replies to a ticket you wrote in.", Capability.USE_SUPPORT
        ),
        Notice.PAYOUT_CHANGE: About(
            "Payout changes", "When your PayPal email is saved or changed.", Capability.SET_OWN_PAYOUT, security=True
        ),
    }
)
"""The notices in the order shown."""


def notices_of(actor: Actor) -> list[Notice]:
    """Return the notices that the actor's role can get, in the order shown."""
    return [notice for notice, about in NOTICES.items() if actor.may(about.capability)]
