"""The catalogue of plans, add-ons and rates: read from the provider, and stored here for when it is down."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.plans import Offered, Price
from settings_ui.domain.rates import Rate, UsageKind, add_on_owner, plan_owner, rate_of
from settings_ui.gateways.ports import Clock, Payments
from settings_ui.models import Business, CataloguePrice, CatalogueReading, PlanInForce
from settings_ui.services.billing.rate_changes import record_changes
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import insert_into

READ_EVERY = timedelta(hours=1)
NOTHING: Changed[bool] = Changed(False, frozenset())


@dataclass(frozen=True)
class Offers:
    """The available plans and add-ons in order, and when they were read; None if never."""

    plans: tuple[CataloguePrice, ...]
    add_ons: tuple[CataloguePrice, ...]
    rates: tuple[Rate, ...]
    as_of: datetime | None

    def rate(self, kind: UsageKind, plan: str, add_ons: tuple[str, ...], at: datetime) -> Rate | None:
        """Return the rate of a kind with this plan and these add-ons, or None."""
        return rate_of(self.rates, kind, plan, add_ons, at)


class Catalogue:
    """The mirror of the provider's catalogue."""

    def __init__(self, database: Database, clock: Clock, payments: Payments) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments

    def refresh(self) -> Changed[bool]:
        """Read the catalogue from the provider and return whether anything changed; then every business reloads.

        Raises ProviderUnavailable, ProviderRefused, keeping what was read before.
        """
        asked_at = self._clock.now()
        found = self._payments.catalogue()
        with self._database.write() as session:
            reading = _lock(session)
            if reading.as_of and reading.as_of > asked_at:
                return NOTHING  # someone has read it since
            before = all_rates(session)
            changed = _mirror(session, found, asked_at)
            session.flush()
            record_changes(session, before, all_rates(session), asked_at)
            reading.as_of = asked_at
            session.add(reading)
            everybody = session.exec(select(Business.id)) if changed else ()
            return Changed(changed, frozenset(map(business_topic, everybody)))

    def refresh_if_old(self) -> Changed[bool]:
        """Read the catalogue again if it was last read an hour ago, in case an event was lost."""
        with self._database.read() as session:
            as_of = read_at(session)
        fresh = as_of is not None and self._clock.now() - as_of < READ_EVERY
        return NOTHING if fresh else self.refresh()


def offers(session: Session) -> Offers:
    """Return the current offers."""
    query = select(CataloguePrice).where(col(CataloguePrice.until).is_(None))
    rows = list(session.exec(query.order_by(col(CataloguePrice.place), col(CataloguePrice.since).desc())))
    newest: dict[tuple[str, str], CataloguePrice] = {}
    for row in rows:
        newest.setdefault((row.offered, row.slug), row)
    return Offers(
        tuple(row for (offered, _), row in newest.items() if offered == Offered.PLAN),
        tuple(row for (offered, _), row in newest.items() if offered == Offered.ADD_ON),
        tuple(all_rates(session)),
        read_at(session),
    )


def read_at(session: Session) -> datetime | None:
    """Return when the catalogue was last read, or None."""
    reading = session.get(CatalogueReading, 1)
    return reading.as_of if reading else None


def all_rates(session: Session) -> list[Rate]:
    """Return all rates that ever were."""
    query = select(CataloguePrice).where(CataloguePrice.offered == Offered.RATE.value)
    return [
        Rate(UsageKind(row.slug), row.owner, row.micros, row.currency, row.increment_s, row.since, row.until, row.id)
        for row in session.exec(query)
    ]


def currencies(session: Session, plan: str, add_ons: Collection[str]) -> set[str]:
    """Return the currencies in which usage with this plan and these add-ons is charged from now on."""
    owners = {plan_owner(plan), *map(add_on_owner, add_ons)}
    return {rate.currency for rate in all_rates(session) if rate.owner in owners and rate.until is None}


class Tariff:
    """The rates of one business at any moment, in its currency."""

    def __init__(self, session: Session, business_id: str, currency: str) -> None:
        query = select(PlanInForce).where(PlanInForce.business_id == business_id)
        self._plans = list(session.exec(query.order_by(col(PlanInForce.since), col(PlanInForce.id))))
        self._rates = all_rates(session) if self._plans else []
        self._currency = currency
        moments = [plan.since for plan in self._plans]
        moments += [moment for rate in self._rates for moment in (rate.since, rate.until) if moment]
        self._edges = sorted(moments)
        self._known: dict[tuple[UsageKind, int], Rate | None] = {}

    @property
    def began(self) -> datetime | None:
        """When usage was first charged, or None."""
        return self._plans[0].since if self._plans else None

    def rate(self, kind: UsageKind, at: datetime, *, any_currency: bool = False) -> Rate | None:
        """Return the rate that was in force, or None if nothing is charged: before the first plan, or if the plan has
        no such rate, or only one in another currency."""
        place = kind, bisect_right(self._edges, at)
        if place not in self._known:
            self._known[place] = self._find(kind, at)
        rate = self._known[place]
        return rate if rate and (any_currency or rate.currency == self._currency) else None

    def _find(self, kind: UsageKind, at: datetime) -> Rate | None:
        plan = next((each for each in reversed(self._plans) if each.since <= at), None)
        return rate_of(self._rates, kind, plan.plan, plan.add_ons, at) if plan else None


def _lock(session: Session) -> CatalogueReading:
    session.connection().execute(insert_into(session, CatalogueReading).values(id=1).on_conflict_do_nothing())
    held = select(CatalogueReading).where(CatalogueReading.id == 1).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()


def _mirror(session: Session, found: list[Price], now: datetime) -> bool:
    """Update the rows to the prices found and return whether anything changed."""
    rows = {row.id: row for row in session.exec(select(CataloguePrice))}
    offered = {price.id for price in found}
    fresh = {(price.owner, price.slug): price for price in found if price.id not in rows}
    changed = False
    for row in rows.values():
        if row.until is None and row.id not in offered:
            successor = fresh.get((row.owner, row.slug))
            row.until = max(row.since, _since(successor, now)) if successor else now
            session.add(row)
            changed = True
    for price in found:
        before = rows.get(price.id)
        after = _row(price, before.since if before else _since(price, now))
        if before is None or before.model_dump() != after.model_dump():
            session.merge(after)
            changed = True
    return changed


def _since(price: Price, now: datetime) -> datetime:
    """If the provider's clock is ahead of ours, use our time."""
    return min(price.created_at, now)


def _row(price: Price, since: datetime) -> CataloguePrice:
    return CataloguePrice(
        id=price.id,
        offered=price.offered.value,
        slug=price.slug,
        owner=price.owner,
        name=price.name,
        description=price.description,
        place=price.place,
        micros=price.micros,
        currency=price.currency,
        increment_s=price.increment_s,
        since=since,
    )
