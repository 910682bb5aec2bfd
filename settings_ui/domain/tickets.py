"""Support tickets: their statuses, the transitions between them, categories and priorities."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from settings_ui.domain.api_key import PREFIX
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.text import clean_name, clean_prose

MOST_TEXT = 10_000
MOST_ATTACHMENTS = 10
FIRST_NUMBER = 1001


class TicketStatus(StrEnum):
    """Open waits for support, pending waits for the business, solved can be reopened, closed is final."""

    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Action(StrEnum):
    """What happens to a ticket."""

    MEMBER_REPLY = "member_reply"
    STAFF_REPLY = "staff_reply"
    SOLVE = "solve"
    REOPEN = "reopen"
    CLOSE = "close"


class Category(StrEnum):
    """What a ticket is about."""

    BILLING = "billing"
    CALLS = "calls"
    NUMBERS = "numbers"
    API = "api"
    ACCOUNT = "account"
    PAYOUTS = "payouts"
    OTHER = "other"


class Priority(StrEnum):
    """The urgency, from lowest to highest."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


CATEGORY_LABELS: Mapping[Category, str] = MappingProxyType(
    {
        Category.BILLING: "Billing",
        Category.CALLS: "Calls",
        Category.NUMBERS: "Numbers",
        Category.API: "API and keys",
        Category.ACCOUNT: "Account and members",
        Category.PAYOUTS: "Payouts",
        Category.OTHER: "Something else",
    }
)

_REPLIES = {Action.MEMBER_REPLY: TicketStatus.OPEN, Action.STAFF_REPLY: TicketStatus.PENDING}
TRANSITIONS: Mapping[TicketStatus, Mapping[Action, TicketStatus]] = MappingProxyType(
    {
        TicketStatus.OPEN: MappingProxyType(
            {**_REPLIES, Action.SOLVE: TicketStatus.SOLVED, Action.CLOSE: TicketStatus.CLOSED}
        ),
        TicketStatus.PENDING: MappingProxyType(
            {**_REPLIES, Action.SOLVE: TicketStatus.SOLVED, Action.CLOSE: TicketStatus.CLOSED}
        ),
        TicketStatus.SOLVED: MappingProxyType(
            {**_REPLIES, Action.REOPEN: TicketStatus.OPEN, Action.CLOSE: TicketStatus.CLOSED}
        ),
        TicketStatus.CLOSED: MappingProxyType({}),
    }
)
"""The next status for each status and action; anything else is refused."""

DEEDS: Mapping[Action, str] = MappingProxyType(
    {Action.SOLVE: "marked this as solved", Action.REOPEN: "reopened this", Action.CLOSE: "closed this ticket"}
)

_KEY = re.compile(rf"{PREFIX}([0-9A-Za-z]{{4}})[0-9A-Za-z]{{20,60}}([0-9A-Za-z]{{4}})")


def after(status: TicketStatus, action: Action) -> TicketStatus:
    """Return the status after the action; raise Conflict if the action is not possible in this status."""
    reached = TRANSITIONS[status].get(action)
    if reached is not None:
        return reached
    if status is TicketStatus.CLOSED:
        raise Conflict("This ticket is closed. Open a new one.", field="reply" if action in _REPLIES else None)
    raise Conflict("This ticket is already solved." if action is Action.SOLVE else "This ticket is not solved.")


def offered(status: TicketStatus) -> list[Action]:
    """Return the actions possible in this status besides replying, in the order of the buttons."""
    return [action for action in DEEDS if action in TRANSITIONS[status]]


def clean_subject(text: str) -> str:
    """Return a one-line subject; raise Invalid at `subject`."""
    return without_keys(clean_name(text, field="subject", what="Subject"))


def clean_text(text: str, *, field: str, what: str) -> str:
    """Return the text, inert and with API keys shortened; raise Invalid at `field`."""
    return without_keys(clean_prose(text, field=field, what=what, most=MOST_TEXT))


def without_keys(text: str) -> str:
    """Return the text with every API key shortened to what may be shown, so that tickets store no secrets."""
    return _KEY.sub(rf"{PREFIX}\1…\2", text)


def parse_category(text: str) -> Category:
    """Return the category; raise Invalid at `category`."""
    try:
        return Category(text)
    except ValueError:
        raise Invalid("Choose a category from the list.", field="category") from None


def parse_priority(text: str) -> Priority:
    """Return the priority; raise Invalid at `priority`."""
    try:
        return Priority(text)
    except ValueError:
        raise Invalid("Choose a priority from the list.", field="priority") from None
