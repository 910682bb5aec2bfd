"""From typed numbers to entries of the block list: a result for each, and nothing lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select, update

from settings_ui.domain.access import Actor, Principal
from settings_ui.domain.block_pattern import NOTE_LENGTH, extension_of, parse_pattern
from settings_ui.domain.errors import Invalid
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import has_invisible
from settings_ui.domain.times import exact
from settings_ui.models import BlockedCaller, Business
from settings_ui.services.kit.upsert import insert_into


class Result(StrEnum):
    """The result for one number to block."""

    BLOCKED = "blocked"
    ALREADY = "already_blocked"
    INVALID = "invalid"


@dataclass(frozen=True)
class Blocked:
    """One number of a request: as written, as stored, and its result."""

    input: str
    number: str | None
    id: str | None
    result: Result
    message: str = ""


def read_inputs(inputs: Sequence[str], region: str) -> list[Blocked]:
    """Return what each text would block; unreadable ones are invalid, with a message that says how to fix them."""
    results = []
    for text in inputs:
        try:
            pattern = parse_pattern(text, region, field="numbers")
        except Invalid as error:
            results.append(Blocked(text, None, None, Result.INVALID, error.message))
            continue
        cut = extension_of(text, region)
        message = f"The extension {cut} was left out: callers’ numbers have none." if cut else ""
        results.append(Blocked(text, pattern, None, Result.BLOCKED, message))
    return results


def clean_note(note: str) -> str:
    """Return a note with single spaces; raise Invalid at `note` if it is too long or has invisible characters."""
    kept = " ".join(note.split())
    if len(kept) > NOTE_LENGTH or has_invisible(kept):
        raise Invalid(f"A note can have up to {NOTE_LENGTH} visible characters.", field="note")
    return kept


def insert_patterns(
    session: Session,
    actor: Principal,
    business: Business,
    read: Sequence[Blocked],
    *,
    notes: Sequence[str],
    ends: Sequence[datetime | None],
    now: datetime,
) -> list[Blocked]:
    """Insert the entries, each with its note and its end, and return the result of each.

    In the caller's transaction, which holds the lock of the business. A repeated number is already blocked.
    """
    wanted: dict[str, dict[str, Any]] = {}
    for result, note, until in zip(read, notes, ends, strict=True):
        if result.result is Result.BLOCKED and result.number and result.number not in wanted:
            wanted[result.number] = {
                "id": new_id("blk"),
                "business_id": business.id,
                "pattern": result.number,
                "note": note,
                "until": until,
                "created_by": actor.user_id if isinstance(actor, Actor) else None,
                "created_at": now,
            }
    if not wanted:
        return list(read)
    retire(session, business.id, wanted, now)
    session.connection().execute(
        insert_into(session, BlockedCaller).on_conflict_do_nothing(), [row for _, row in sorted(wanted.items())]
    )
    standing = {pattern: (entry, until) for pattern, entry, until in _standing(session, business.id, wanted)}
    fresh = {pattern for pattern, row in wanted.items() if standing[pattern][0] == row["id"]}
    results = []
    for result, until in zip(read, ends, strict=True):
        if result.result is not Result.BLOCKED or result.number is None:
            results.append(result)
            continue
        entry, end = standing[result.number]
        if result.number in fresh:
            fresh.remove(result.number)
            results.append(replace(result, id=entry))
        else:
            remark = f"It is blocked until {exact(end, business.time_zone)}." if end and end != until else ""
            message = " ".join(part for part in (result.message, remark) if part)
            results.append(Blocked(result.input, result.number, entry, Result.ALREADY, message))
    return results


def retire(session: Session, business_id: str, patterns: Iterable[str], now: datetime) -> None:
    """Remove expired entries with these patterns, so that they can be blocked again."""
    session.exec(
        update(BlockedCaller)
        .where(
            col(BlockedCaller.business_id) == business_id,
            col(BlockedCaller.pattern).in_(patterns),
            col(BlockedCaller.removed_at).is_(None),
            col(BlockedCaller.until) <= now,
        )
        .values(removed_at=col(BlockedCaller.until))
    )


def _standing(session: Session, business_id: str, patterns: Iterable[str]) -> Sequence[tuple[str, str, Any]]:
    return session.exec(
        select(BlockedCaller.pattern, BlockedCaller.id, BlockedCaller.until).where(
            BlockedCaller.business_id == business_id,
            col(BlockedCaller.pattern).in_(patterns),
            col(BlockedCaller.removed_at).is_(None),
        )
    ).all()
