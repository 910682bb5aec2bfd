"""What a ticket is about, as facts for support staff: only what the member may see, and never a secret."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.api_key import PREFIX
from settings_ui.domain.errors import Invalid
from settings_ui.domain.money import Money
from settings_ui.domain.phone import parse_number, shown_number
from settings_ui.domain.qualification import spoken_duration
from settings_ui.domain.text import NAME_LENGTH, has_invisible
from settings_ui.domain.tickets import Category
from settings_ui.domain.times import exact, with_days_in_words
from settings_ui.models import ApiKey, Business, Call, LedgerTransaction, TrackingNumber

FIELD = "about"
LONGEST = 200
_NUMBER = re.compile(r"#?([1-9]\d{0,17})", re.ASCII)


class AboutKind(StrEnum):
    """What a ticket may refer to."""

    CALL = "call"
    NUMBER = "number"
    KEY = "key"
    TRANSACTION = "transaction"


CAPABILITIES: Mapping[AboutKind, Capability] = {
    AboutKind.CALL: Capability.SEE_CALLS,
    AboutKind.NUMBER: Capability.SEE_NUMBERS,
    AboutKind.KEY: Capability.MANAGE_API_KEYS,
    AboutKind.TRANSACTION: Capability.MANAGE_BILLING,
}
NAMES: Mapping[AboutKind, str] = {
    AboutKind.CALL: "Call",
    AboutKind.NUMBER: "Number",
    AboutKind.KEY: "API key",
    AboutKind.TRANSACTION: "Transaction",
}
"""The fact that identifies the kind."""
BEGINNINGS: Mapping[AboutKind, tuple[Category, str]] = {
    AboutKind.CALL: (Category.CALLS, "Call from {From}, {Started}"),
    AboutKind.NUMBER: (Category.NUMBERS, "Number {Number}"),
    AboutKind.KEY: (Category.API, "API key {API key}"),
    AboutKind.TRANSACTION: (Category.BILLING, "Transaction {Transaction}, {What}"),
}
"""What prefills a ticket about each kind: its category, and its subject with facts in it."""


@dataclass(frozen=True)
class Beginning:
    """What prefills the form for a ticket about something."""

    kind: str = ""
    reference: str = ""
    category: str = ""
    subject: str = ""


def about_kinds(actor: Actor) -> list[AboutKind]:
    """Return what the actor may refer to."""
    return [kind for kind, capability in CAPABILITIES.items() if actor.may(capability)]


def facts(session: Session, actor: Actor, kind: str, reference: str) -> dict[str, str]:
    """Return the facts of the referenced item, empty for nothing; raise Invalid at `about` if it does not exist."""
    wanted = reference.strip()[:LONGEST]
    if not kind or not wanted:
        return {}
    if kind not in about_kinds(actor):
        raise Invalid("Choose one from the list.", field=FIELD)
    if has_invisible(wanted):  # PostgreSQL cannot even query for a NUL
        raise Invalid("This contains an invisible character. Type it again instead of pasting it.", field=FIELD)
    return _READERS[AboutKind(kind)](session, session.get_one(Business, actor.business_id), wanted)


def beginning(session: Session, actor: Actor, kind: str, reference: str) -> Beginning:
    """Return what prefills a ticket about it, empty for nothing; raise Invalid at `about` if it does not exist."""
    found = facts(session, actor, kind, reference)
    if not found:
        return Beginning()
    category, subject = BEGINNINGS[AboutKind(kind)]
    return Beginning(kind, reference.strip(), category.value, subject.format_map(found)[:NAME_LENGTH])


def shown_to(actor: Actor, about: Mapping[str, str]) -> Mapping[str, str]:
    """Return the facts of a ticket that the actor may see: a colleague may have referred to something they may not
    see."""
    return about if all(actor.may(CAPABILITIES[kind]) for kind, name in NAMES.items() if name in about) else {}


def _call(session: Session, home: Business, reference: str) -> dict[str, str]:
    found = session.exec(select(Call).where(Call.business_id == home.id, Call.id == reference)).first()
    if found is None:
        raise Invalid("No call has this ID. The details of a call in the call log show it.", field=FIELD)
    return {
        "Call": found.id,
        "From": shown_number(found.from_number, home.region),
        "To": shown_number(found.to_number, home.region),
        "Source": found.source,
        "Started": exact(found.started_at, home.time_zone),
        "Duration": spoken_duration(found.duration_s),
        "Status": found.status,
    }


def _number(session: Session, home: Business, reference: str) -> dict[str, str]:
    number = parse_number(reference, home.region, field=FIELD)
    found = session.exec(
        select(TrackingNumber)
        .where(TrackingNumber.business_id == home.id, TrackingNumber.number == number)
        .order_by(col(TrackingNumber.since).desc())
    ).first()
    if found is None:
        raise Invalid("This is not one of your tracking numbers.", field=FIELD)
    return {
        "Number": shown_number(found.number, home.region),
        "Source": found.source,
        "Since": exact(found.since, home.time_zone),
    } | ({"Released": exact(found.released_at, home.time_zone)} if found.released_at else {})


def _key(session: Session, home: Business, reference: str) -> dict[str, str]:
    found = session.exec(
        select(ApiKey)
        .where(ApiKey.business_id == home.id, ApiKey.name == reference)
        .order_by(col(ApiKey.created_at).desc())
    ).first()
    if found is None:
        raise Invalid("No API key has this name.", field=FIELD)
    ends = {"Revoked": found.revoked_at} if found.revoked_at else {"Expires": found.expires_at}
    times = {"Created": found.created_at, "Last used": found.last_used_at, **ends}
    return {
        "API key": found.name,
        "Shown as": f"{PREFIX}{found.first}…{found.last}",
        "Access": found.access.replace("_", " "),
    } | {name: exact(at, home.time_zone) for name, at in times.items() if at}


def _transaction(session: Session, home: Business, reference: str) -> dict[str, str]:
    number = _NUMBER.fullmatch(reference)
    wanted = LedgerTransaction.business_id == home.id, LedgerTransaction.number == int(number[1] if number else 0)
    found = session.exec(select(LedgerTransaction).where(*wanted)).first()
    if found is None:
        raise Invalid("No transaction has this number. It stands before its text in Settings → Billing.", field=FIELD)
    return {
        "Transaction": f"#{found.number}",
        "What": with_days_in_words(found.description),
        "Amount": str(Money(found.amount_micros, found.currency)),
        "Balance after it": str(Money(found.balance_micros, found.currency)),
        "Posted": exact(found.at, home.time_zone),
    }


_READERS: Mapping[AboutKind, Callable[[Session, Business, str], dict[str, str]]] = {
    AboutKind.CALL: _call,
    AboutKind.NUMBER: _number,
    AboutKind.KEY: _key,
    AboutKind.TRANSACTION: _transaction,
}
