"""Lists of tickets: pagination, status filter and search, for one business or all."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from settings_ui.domain.tickets import Priority, TicketStatus
from settings_ui.models import Business, Ticket, User

PAGE = 50
LONGEST_SEARCH = 100
LONGEST_WORDS = 4_000
"""Characters of a ticket that search covers: its number, its subject, and what was written first."""
LATEST_ALIKE = 500
_WORD = re.compile(r"[^\W_]+")


class Show(StrEnum):
    """Which tickets a list shows: those with one status, the unsolved ones, or all."""

    UNSOLVED = "unsolved"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True)
class Listed:
    """A ticket in a list, with who opened it and, for support staff, its business."""

    ticket: Ticket
    opener: str
    business: str


@dataclass(frozen=True)
class Listing:
    """A page of tickets, whether more follow, and how many are waiting for each side, regardless of the filter."""

    page: tuple[Listed, ...]
    more: bool
    waiting_for_us: int
    waiting_for_them: int


def page_of(
    session: Session, business_id: str | None, *, show: Show, search: str, offset: int, queue: bool = False
) -> Listing:
    """Return a page of the tickets of a business, or of all businesses, latest first.

    With `queue`, tickets waiting for the same side are sorted by priority, then by how long they have waited.
    """
    conditions = [*_within(business_id), *_of_status(show), *_matching(search)]
    order: list[Any] = [col(Ticket.updated_at).desc(), col(Ticket.id).desc()]
    if queue and show in (Show.OPEN, Show.PENDING):
        ranks = {priority.value: -rank for rank, priority in enumerate(Priority)}
        order = [sql.case(ranks, value=col(Ticket.priority)), col(Ticket.status_since), col(Ticket.id)]
    words: Any = Ticket.words
    query = select(Ticket).options(defer(words)).where(*conditions).order_by(*order)
    rows = session.exec(query.offset(offset).limit(PAGE + 1)).all()
    waiting = _waiting(session, business_id)
    return Listing(
        _with_names(session, rows[:PAGE]),
        len(rows) > PAGE,
        waiting.get(TicketStatus.OPEN, 0),
        waiting.get(TicketStatus.PENDING, 0),
    )


def alike(session: Session, business_id: str, subject: str, most: int) -> list[Ticket]:
    """Return those of a business's latest tickets that share the most words with a subject."""
    wanted = {word for word in _WORD.findall(folded(subject[:LONGEST_SEARCH])) if len(word) > 3}
    if not wanted:
        return []
    query = select(Ticket).where(Ticket.business_id == business_id).order_by(col(Ticket.updated_at).desc())
    latest = session.exec(query.limit(LATEST_ALIKE)).all()
    scores = [(sum(word in row.words for word in wanted), row) for row in latest]
    found = sorted((s for s in scores if s[0] >= min(2, len(wanted))), key=lambda s: -s[0])
    return [row for _, row in found[:most]]


def folded(text: str) -> str:
    """Return the text in the form that search compares: case-folded, no accents, no invisible characters, single
    spaces."""
    plain = unicodedata.normalize("NFKD", " ".join(text.casefold().split()))
    return "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c)[0] != "C").strip()


def words_of(number: int, subject: str, body: str) -> str:
    """Return the search text of a new ticket."""
    return folded(f"#{number} {subject} {body}"[:LONGEST_WORDS])[:LONGEST_WORDS]


def more_words(words: str, body: str) -> str:
    """Return the search text after another entry was added."""
    room = LONGEST_WORDS - len(words) - 1
    return f"{words} {folded(body[:room])[:room]}" if room > 0 else words


def _within(business_id: str | None) -> list[Any]:
    return [] if business_id is None else [col(Ticket.business_id) == business_id]


def _of_status(show: Show) -> list[Any]:
    if show is Show.ALL:
        return []
    if show is Show.UNSOLVED:
        return [col(Ticket.status).in_([TicketStatus.OPEN.value, TicketStatus.PENDING.value])]
    return [col(Ticket.status) == show.value]


def _matching(search: str) -> list[Any]:
    words = folded(search[:LONGEST_SEARCH]).split()
    return [col(Ticket.words).contains(word, autoescape=True) for word in words]


def _waiting(session: Session, business_id: str | None) -> dict[str, int]:
    query = select(Ticket.status, sql.func.count()).where(*_within(business_id), *_of_status(Show.UNSOLVED))
    return dict(session.exec(query.group_by(col(Ticket.status))).all())


def _with_names(session: Session, rows: Sequence[Ticket]) -> tuple[Listed, ...]:
    people, homes = {row.opened_by for row in rows}, {row.business_id for row in rows}
    names = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all())
    businesses = dict(session.exec(select(Business.id, Business.name).where(col(Business.id).in_(homes))).all())
    return tuple(Listed(row, names[row.opened_by], businesses[row.business_id]) for row in rows)
