"""What a ticket is about, as facts for whoever answers it: those that the member may see, and never a secret."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.api_key import PREFIX
from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import parse_number, shown_number
from settings_ui.domain.qualification import spoken_duration
from settings_ui.domain.times import exact
from settings_ui.models import ApiKey, Business, Call, TrackingNumber

FIELD = "about"
LONGEST = 200


class AboutKind(StrEnum):
    """What a ticket may point at."""

    CALL = "call"
    NUMBER = "number"
    KEY = "key"


CAPABILITIES: Mapping[AboutKind, Capability] = {
    AboutKind.CALL: Capability.SEE_CALLS,
    AboutKind.NUMBER: Capability.SEE_NUMBERS,
    AboutKind.KEY: Capability.MANAGE_API_KEYS,
}


def about_kinds(actor: Actor) -> list[AboutKind]:
    """Return what the actor may point at."""
    return [kind for kind, capability in CAPABILITIES.items() if actor.may(capability)]


def facts(session: Session, actor: Actor, kind: str, reference: str) -> dict[str, str]:
    """Return the facts of what is meant, empty for nothing; raise Invalid at `about` for what is not there."""
    wanted = reference.strip()[:LONGEST]
    if not kind or not wanted:
        return {}
    if kind not in about_kinds(actor):
        raise Invalid("Choose one of the list.", field=FIELD)
    return _READERS[AboutKind(kind)](session, session.get_one(Business, actor.business_id), wanted)


def _call(session: Session, home: Business, reference: str) -> dict[str, str]:
    found = session.exec(select(Call).where(Call.business_id == home.id, Call.id == reference)).first()
    if found is None:
        raise Invalid("No call has this id. It stands in the details of a call in the call log.", field=FIELD)
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
        raise Invalid("This is none of your tracking numbers.", field=FIELD)
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
        raise Invalid("No key has this name.", field=FIELD)
    ends = {"Revoked": found.revoked_at} if found.revoked_at else {"Expires": found.expires_at}
    times = {"Created": found.created_at, "Last used": found.last_used_at, **ends}
    return {
        "API key": found.name,
        "Shown as": f"{PREFIX}{found.first}…{found.last}",
        "Access": found.access.replace("_", " "),
    } | {name: exact(at, home.time_zone) for name, at in times.items() if at}


_READERS: Mapping[AboutKind, Callable[[Session, Business, str], dict[str, str]]] = {
    AboutKind.CALL: _call,
    AboutKind.NUMBER: _number,
    AboutKind.KEY: _key,
}
