"""What was used and what it cost, by day and kind, and how long the balance lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.days import local_day
from settings_ui.domain.money import CENT, Money
from settings_ui.domain.rates import UsageKind
from settings_ui.gateways.ports import Clock
from settings_ui.models import BillingSettings, Business, UsageDay
from settings_ui.services.billing.ledger import balance_of
from settings_ui.services.billing.subscription import running_plan
from settings_ui.services.kit.database import Database

MEAN_OF_DAYS, LEAST_DAYS = 14, 3


@dataclass(frozen=True)
class Runway:
    """In how many days the balance is used up, or with auto-recharge (`recharge`) falls below its threshold."""

    days: int
    recharge: Money | None = None


@dataclass(frozen=True)
class Period:
    """The usage of a billing period, both days inclusive; of the current one, up to today."""

    first: date
    last: date
    rows: tuple[UsageDay, ...]
    currency: str
    runway: Runway | None

    @property
    def spend(self) -> Money:
        """The total cost."""
        return Money(sum(row.micros for row in self.rows), self.currency)

    def of(self, kind: UsageKind) -> tuple[int, Money]:
        """Return the quantity and cost of a kind."""
        rows = [row for row in self.rows if row.kind == kind]
        return sum(row.quantity for row in rows), Money(sum(row.micros for row in rows), self.currency)

    def by_day(self) -> Iterator[tuple[date, Money]]:
        """Yield the cost of each day, including days without usage."""
        costs: dict[date, int] = {}
        for row in self.rows:
            costs[row.day] = costs.get(row.day, 0) + row.micros
        for n in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=n)
            yield day, Money(costs.get(day, 0), self.currency)


class Usage:
    """Reading the usage of the actor's business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def period(self, actor: Actor) -> Period:
        """Return the usage of this billing period: the plan's, or the calendar month without a plan."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            today = local_day(self._clock.now(), business.time_zone)
            first = _first_day(session, business, today)
            rows = select(UsageDay).where(
                UsageDay.business_id == business.id, col(UsageDay.day) >= first, col(UsageDay.day) <= today
            )
            found = tuple(session.exec(rows))
            return Period(first, today, found, business.currency, runway(session, business, today))

    def rows(self, actor: Actor) -> Iterator[UsageDay]:
        """Yield all usage, a row per day and kind, newest first; holds no connection while the caller reads."""
        require(actor, Capability.MANAGE_BILLING)
        query = select(UsageDay).where(UsageDay.business_id == actor.business_id)
        with self._database.read() as session:
            found = session.exec(query.order_by(col(UsageDay.day).desc(), col(UsageDay.kind))).all()
        yield from found


def runway(session: Session, business: Business, today: date) -> Runway | None:
    """Return how long the balance lasts at the average of the last 14 full days; None with less than 3 days of
    usage, or if nothing draws on it."""
    mine = UsageDay.business_id == business.id
    began = session.exec(select(func.min(UsageDay.day)).where(mine)).one()
    days = min(MEAN_OF_DAYS, (today - began).days) if began else 0
    if days < LEAST_DAYS:
        return None
    full = col(UsageDay.day).between(today - timedelta(days=days), today - timedelta(days=1))
    drawn = int(session.exec(select(func.coalesce(func.sum(UsageDay.micros), 0)).where(mine, full)).one())
    if drawn <= 0:
        return None
    settings = session.get(BillingSettings, business.id)
    left, recharge = balance_of(session, business.id, business.currency).micros, None
    if settings and settings.recharge:
        left -= settings.threshold_cents * CENT
        recharge = Money.of_cents(settings.amount_cents, business.currency)
    return Runway(max(0, left) * days // drawn, recharge)


def _first_day(session: Session, business: Business, today: date) -> date:
    plan = running_plan(session, business.id)
    first = local_day(plan.period_start, business.time_zone) if plan else today.replace(day=1)
    return first if first <= today else today.replace(day=1)
