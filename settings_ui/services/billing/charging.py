"""Charging usage to the balance: calls since the last run, and numbers by the month.

Usage is marked as charged in the transaction that posts it, so that however a run ends, nothing is charged twice or
forgotten. Imported history and stopped calls are never due.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from sqlmodel import Session, col, select, update

from settings_ui.domain.days import day_starts, local_day, months_later
from settings_ui.domain.errors import Conflict
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.domain.phone import is_toll_free
from settings_ui.domain.rates import MINUTE_S, WORDS, Rate, UsageKind, shown_quantity, whole
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, PlanInForce, TrackingNumber, UsageDay, UsagePrice
from settings_ui.services.billing.catalogue import Tariff, read_at
from settings_ui.services.billing.customers import lock_account, may_have_paid
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import add_up

log = logging.getLogger(__name__)
BATCH = 2_000
NEVER = date.max
"""Until when a released number is paid: nothing comes after it."""


@dataclass
class Used:
    """The quantity of one kind on one day; `first` is its first item, which can be charged only once."""

    first: str
    by_rate: dict[Rate | None, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def quantity(self) -> int:
        """The charged seconds or pieces."""
        return sum(self.by_rate.values())

    @property
    def micros(self) -> int:
        """What they cost."""
        return sum(rate.cost(quantity) for rate, quantity in self.by_rate.items() if rate)


Usage = dict[tuple[date, UsageKind], Used]


class Charging:
    """Charges due usage, one business after another."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(self) -> Changed[int]:
        """Charge everything due and return the number of items. Several processes may run it concurrently."""
        charged: Counter[str] = Counter()
        for due, charge in ((self._with_calls(), self._calls), (self._with_plans(), self._numbers)):
            for business_id in due:
                try:
                    taken = BATCH
                    while taken == BATCH:  # there may be more
                        taken = charge(business_id)
                        charged[business_id] += taken
                except Conflict as conflict:  # the others are charged anyway
                    log.error("usage of %s cannot be charged: %s", business_id, conflict.message)
        changed = frozenset(business_topic(business_id) for business_id, taken in charged.items() if taken)
        return Changed(charged.total(), changed)

    def _with_calls(self) -> list[str]:
        with self._database.read() as session:
            return list(session.exec(select(Call.business_id).where(col(Call.due_at).is_not(None)).distinct()))

    def _with_plans(self) -> list[str]:
        with self._database.read() as session:
            return list(session.exec(select(PlanInForce.business_id).distinct()))

    def _calls(self, business_id: str) -> int:
        """Charge a batch of calls in one transaction and return how many."""
        with self._database.write() as session:
            account = lock_account(session, business_id)
            business = session.get_one(Business, business_id)
            tariff = Tariff(session, business_id, business.currency)
            if tariff.began is not None and read_at(session) is None:
                return 0  # there is a plan, but its rates are not known yet
            if tariff.began is None and may_have_paid(account, self._clock.now()):
                return 0  # it counts from when it was paid, which is not known yet
            due = (
                select(Call.seq, Call.to_number, Call.duration_s, Call.started_at)
                .where(Call.business_id == business_id, col(Call.due_at).is_not(None))
                .order_by(col(Call.seq))
                .limit(BATCH)
            )
            calls = list(session.exec(due))
            usage: Usage = {}
            for seq, number, duration_s, started_at in calls:
                day = local_day(started_at, business.time_zone)
                for kind, quantity, rate in _of_call(tariff, number, duration_s, started_at):
                    used = usage.setdefault((day, kind), Used(f"call-{seq}"))
                    used.by_rate[rate] += quantity
            self._post(session, business, usage)
            done = col(Call.seq).in_([seq for seq, *_ in calls])
            session.exec(update(Call).where(done).values(due_at=None))
        return len(calls)

    def _numbers(self, business_id: str) -> int:
        """Charge each month of a number that has started since the first plan, and return how many."""
        now = self._clock.now()
        with self._database.write() as session:
            lock_account(session, business_id)
            business = session.get_one(Business, business_id)
            tariff = Tariff(session, business_id, business.currency)
            if tariff.began is None or read_at(session) is None:
                return 0
            today = local_day(now, business.time_zone)
            paid_until = col(TrackingNumber.paid_until)
            due = (
                select(TrackingNumber)
                .where(TrackingNumber.business_id == business_id, paid_until.is_(None) | (paid_until <= today))
                .order_by(col(TrackingNumber.id))
                .limit(BATCH)
                .with_for_update()
            )
            usage: Usage = {}
            numbers = list(session.exec(due))
            for number in numbers:
                for day, at in self._months(number, tariff.began, today, business.time_zone):
                    kind = UsageKind.TOLL_FREE_NUMBER if is_toll_free(number.number) else UsageKind.LOCAL_NUMBER
                    used = usage.setdefault((day, kind), Used(number.id))
                    used.by_rate[tariff.rate(kind, at)] += 1
            self._post(session, business, usage)
        return len(numbers)

    @staticmethod
    def _months(number: TrackingNumber, began: datetime, today: date, zone: str) -> Iterator[tuple[date, datetime]]:
        """Yield the uncharged months of a number that have started by today: their first day and first moment.

        The first one starts with the number or the first plan; a released number starts no new one.
        """
        first = max(number.since, began)
        number.paid_from = number.paid_from or local_day(first, zone)
        released = number.released_at
        if released is not None and released <= first:
            number.paid_until = NEVER
            return
        for month in count():
            day = months_later(number.paid_from, month)
            if released is not None and month and local_day(released, zone) <= day:
                number.paid_until = NEVER
                return
            if day > today:
                number.paid_until = day
                return
            if number.paid_until is None or day >= number.paid_until:
                yield day, day_starts(day, zone) if month else first

    def _post(self, session: Session, business: Business, usage: Usage) -> None:
        rows = []
        for (day, kind), used in sorted(usage.items()):
            what = f"{WORDS[kind].label} on {day:%Y-%m-%d}: {shown_quantity(kind, used.quantity)}"
            amount = Money(-used.micros, business.currency)
            key = f"usage:{kind}:{day}:{used.first}"
            if used.micros:
                post(
                    session,
                    business.id,
                    Movement(TransactionKind.USAGE, key, amount, what, kind.value),
                    at=self._clock.now(),
                )
            rows.append(
                {
                    "business_id": business.id,
                    "day": day,
                    "kind": kind.value,
                    "quantity": used.quantity,
                    "micros": used.micros,
                }
            )
        add_up(session, UsageDay, rows, ["quantity", "micros"])
        prices: Counter[str] = Counter()
        for used in usage.values():
            prices.update({rate.price: rate.cost(quantity) for rate, quantity in used.by_rate.items() if rate})
        by_price = [{"business_id": business.id, "price": p, "micros": micros} for p, micros in sorted(prices.items())]
        add_up(session, UsagePrice, by_price, ["micros"])


def _of_call(
    tariff: Tariff, number: str, duration_s: int, at: datetime
) -> Iterator[tuple[UsageKind, int, Rate | None]]:
    """Yield the items that a call is charged as: its minutes, rounded up to the increment, and the call itself."""
    kind = UsageKind.TOLL_FREE_MINUTE if is_toll_free(number) else UsageKind.LOCAL_MINUTE
    if duration_s:
        rate = tariff.rate(kind, at)
        yield kind, rate.billed_s(duration_s) if rate else whole(duration_s, MINUTE_S), rate
    yield UsageKind.CALL, 1, tariff.rate(UsageKind.CALL, at)
