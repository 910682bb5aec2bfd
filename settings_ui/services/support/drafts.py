"""Forms that are sent again: the page gave up waiting, or another window holds the same draft.

The page gives each draft an id, new once it was sent. It counts for its author in one place alone: an id that somebody
else has guessed or copied means nothing.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from sqlmodel import Session, col, select

from settings_ui.domain.errors import Conflict
from settings_ui.models import Ticket, TicketEntry

FIELD = "draft"


@dataclass(frozen=True)
class Draft:
    """A form as it was sent: `key` tells it from its author's other ones, `content` from what it is after an edit."""

    key: str
    content: str


def draft_of(draft_id: str, place: str, *content: object) -> Draft | None:
    """Return the draft with this id; None for no id. `place` is the ticket that it replies to, or the business in which
    it opens one."""
    return Draft(_digest(place, draft_id), _digest(*content)) if draft_id else None


def sent_before(session: Session, author_id: str, draft: Draft | None) -> Ticket | None:
    """Return the ticket that the draft is in, None if it was not sent yet; the caller holds the lock of its place.

    Raises Conflict at `draft` if it was edited after it had been sent.
    """
    if draft is None:
        return None
    sent = select(TicketEntry.content, Ticket).join(Ticket, col(Ticket.id) == TicketEntry.ticket_id)
    found = session.exec(sent.where(TicketEntry.author_id == author_id, col(TicketEntry.draft) == draft.key)).first()
    if found is None:
        return None
    content, ticket = found
    if content != draft.content:
        raise Conflict(
            f"An earlier version of this was already sent, in ticket #{ticket.number}. To send this version too, send "
            "it again.",
            field=FIELD,
        )
    return ticket


def _digest(*parts: object) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()
