"""Tracking numbers: each has one source. Adding, renaming the source, releasing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from settings_ui.domain.access import Capability, KeyActor, Principal, require
from settings_ui.domain.errors import Conflict, Invalid, NotFound
from settings_ui.domain.ids import new_id
from settings_ui.domain.phone import parse_number, shown_number
from settings_ui.domain.rates import Rate, UsageKind
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, TrackingNumber
from settings_ui.services.billing.catalogue import Tariff
from settings_ui.services.kit.activity import BY_KEY, record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

TOPIC = "numbers"
PAGE, MOST = 50, 500


class Numbers:
    """The numbers of the actor's business that are not released."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, actor: Principal, *, search: str = "", offset: int = 0, limit: int = PAGE) -> list[TrackingNumber]:
        """Return the numbers whose digits or source contain the text, sorted by source, `limit` starting at
        `offset`."""
        require(actor, Capability.SEE_NUMBERS)
        query = (
            select(TrackingNumber)
            .where(TrackingNumber.business_id == actor.business_id, col(TrackingNumber.released_at).is_(None))
            .order_by(col(TrackingNumber.source), col(TrackingNumber.number))
            .offset(offset)
            .limit(limit)
        )
        if words := search.strip()[:100]:
            # “Partner 2” is a source, not every number with a two in it.
            digits = "" if any(c.isalpha() for c in words) else "".join(c for c in words if c.isdigit())
            matches = col(TrackingNumber.source).icontains(words, autoescape=True)
            query = query.where(matches | col(TrackingNumber.number).contains(digits) if digits else matches)
        with self._database.read() as session:
            return list(session.exec(query))

    def page(self, actor: Principal, *, cursor: str = "", limit: int = PAGE) -> tuple[list[TrackingNumber], str | None]:
        """Return the numbers after the cursor, sorted by source, and the next cursor.

        Numbers added, renamed or released in between do not shift the pages. Raises Invalid at `cursor` or `limit`.
        """
        require(actor, Capability.SEE_NUMBERS)
        if not 1 <= limit <= MOST:
            raise Invalid(f"Use a limit from 1 to {MOST}.", field="limit")
        place = (col(TrackingNumber.source), col(TrackingNumber.number), col(TrackingNumber.id))
        query = (
            select(TrackingNumber)
            .where(TrackingNumber.business_id == actor.business_id, col(TrackingNumber.released_at).is_(None))
            .order_by(*place)
            .limit(limit + 1)
        )
        with self._database.read() as session:
            if cursor:
                query = query.where(tuple_(*place) > _place(session, actor, cursor))
            found = list(session.exec(query))
        return found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None

    def get(self, actor: Principal, number_id: str) -> TrackingNumber:
        """Return a number; raise NotFound, also for a released one and for another business's."""
        require(actor, Capability.SEE_NUMBERS)
        with self._database.read() as session:
            row = session.get(TrackingNumber, number_id)
        if row is None or row.business_id != actor.business_id or row.released_at is not None:
            raise NotFound("This number was not found. It may have been released.")
        return row

    def monthly_rates(self, actor: Principal) -> Mapping[UsageKind, Rate | None]:
        """Return the current monthly rate of each kind of number, None if it is not charged."""
        require(actor, Capability.SEE_NUMBERS)
        now = self._clock.now()
        with self._database.read() as session:
            tariff = Tariff(session, actor.business_id, session.get_one(Business, actor.business_id).currency)
        return {kind: tariff.rate(kind, now) for kind in (UsageKind.LOCAL_NUMBER, UsageKind.TOLL_FREE_NUMBER)}

    def add(self, actor: Principal, number: str, source: str) -> Changed[TrackingNumber]:
        """Add a number for a source; raise Invalid at `number` or `source`, Conflict if the business has it already."""
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.write() as session:
            business = lock_business(session, actor.business_id)
            e164 = parse_number(number, business.region, field="number")
            name = clean_name(source, field="source", what="Source")  # second, as in the form
            has = select(TrackingNumber.source).where(
                TrackingNumber.business_id == business.id,
                TrackingNumber.number == e164,
                col(TrackingNumber.released_at).is_(None),
            )
            if (taken := session.exec(has).first()) is not None:
                shown = shown_number(e164, business.region)
                raise Conflict(f"{shown} already stands for {taken}. Rename its source instead.", field="number")
            row = TrackingNumber(
                id=new_id("num"), business_id=business.id, number=e164, source=name, since=self._clock.now()
            )
            session.add(row)
            self._note(session, actor, row, "added a number", after=name)
        return Changed(row, topics(actor.business_id))

    def rename_source(self, actor: Principal, number_id: str, source: str) -> Changed[TrackingNumber]:
        """Change the source of a number; past calls keep theirs. Raise NotFound, or Invalid."""
        require(actor, Capability.MANAGE_BUSINESS)
        name = clean_name(source, field="source", what="Source")
        with self._database.write() as session:
            row = _own(session, actor, number_id)
            if row.source != name:
                self._note(session, actor, row, "renamed a source", before=row.source, after=name)
                row.source = name
        return Changed(row, topics(actor.business_id))

    def release(self, actor: Principal, number_id: str) -> Changed[TrackingNumber]:
        """Release a number; its calls stay. Raise NotFound."""
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.write() as session:
            row = _own(session, actor, number_id)
            row.released_at = self._clock.now()
            self._note(session, actor, row, "released a number", before=row.source)
        return Changed(row, topics(actor.business_id))

    def _note(
        self, session: Session, actor: Principal, row: TrackingNumber, what: str, *, before: str = "", after: str = ""
    ) -> None:
        """Record which source a number had and has, with the number as its business writes it."""
        shown = shown_number(row.number, session.get_one(Business, row.business_id).region)
        had, has = ({shown: source} if source else {} for source in (before, after))
        by = {BY_KEY: actor.name} if isinstance(actor, KeyActor) else {}
        record(session, TOPIC, what, at=self._clock.now(), actor=actor, before=had, after=has | by)


def _cursor(number: TrackingNumber) -> str:
    """Return the number's id and the source that it has now, which may be renamed before the next page is read."""
    return f"{number.id}.{urlsafe_b64encode(number.source.encode()).decode()}"


def _place(session: Session, actor: Principal, cursor: str) -> tuple[str, str, str]:
    number_id, _, encoded = cursor.partition(".")
    last = session.get(TrackingNumber, number_id)
    try:
        source = urlsafe_b64decode(encoded).decode()
    except ValueError:
        last, source = None, ""
    if last is None or last.business_id != actor.business_id or "\0" in source:
        raise Invalid("This cursor is not valid. Use one from a previous answer, unchanged.", field="cursor")
    return source or last.source, last.number, last.id


def _own(session: Session, actor: Principal, number_id: str) -> TrackingNumber:
    row = session.exec(
        select(TrackingNumber)
        .where(
            TrackingNumber.id == number_id,
            TrackingNumber.business_id == actor.business_id,
            col(TrackingNumber.released_at).is_(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("This number was not found. It may have been released.")
    return row
