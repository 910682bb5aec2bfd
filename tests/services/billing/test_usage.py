"""A billing period's usage by day and kind, how long the balance will last, and the plan's invoices."""

from datetime import date, timedelta

import pytest
from sqlmodel import insert

from settings_ui.bootstrap import Services
from settings_ui.domain.access import KeyActor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.rates import UsageKind
from settings_ui.models import LedgerBalance, PlanSubscription, UsageDay
from settings_ui.services.billing.usage import Runway
from settings_ui.services.calls.reported import NewCall
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def talk(till: Till, minutes: int) -> None:
    """Report a completed local call, and charge it."""
    program = KeyActor("key", till.owner.business_id, "Platform", KeyAccess.SCREENING)
    new = NewCall(till.attempt(), "+14155550132", "+12125550100", till.clock.now(), minutes * 60, CallStatus.COMPLETED)
    till.services.calls.recording.record(program, new)
    till.services.billing.charging.run()


def write(till: Till, *, balance: int = 0, business: str = "", **used: int) -> None:
    """Store a business's balance and its usage by days ago (`d3` is three days ago), all in micro-units."""
    business = business or till.owner.business_id
    with till.services.database.write() as session:
        session.merge(LedgerBalance(business_id=business, currency="USD", balance_micros=balance))
        for ago, micros in used.items():
            day = till.clock.now().date() - timedelta(days=int(ago[1:]))
            session.merge(UsageDay(business_id=business, day=day, kind="call", quantity=1, micros=micros))


def runway(till: Till) -> Runway | None:
    return till.services.billing.usage.period(till.owner).runway


@on_sqlite
def test_a_period_begins_with_the_plan_and_names_every_day(till: Till) -> None:
    till.plan("starter")
    talk(till, 10)
    till.tick(days=2)
    talk(till, 20)
    seen = till.services.billing.usage.period(till.owner)
    assert (seen.first, seen.last, str(seen.spend)) == (date(2026, 3, 4), date(2026, 3, 6), "$1.37")
    assert [cost.micros for _, cost in seen.by_day()] == [460_000, 0, 910_000]
    assert seen.of(UsageKind.LOCAL_MINUTE)[0] == 30 * 60
    till.advance(29)
    seen = till.services.billing.usage.period(till.owner)
    assert seen.first == date(2026, 4, 4)
    assert seen.spend.micros == 0
    assert [row.day for row in till.services.billing.usage.rows(till.owner)] == [date(2026, 3, 6)] * 2 + [
        date(2026, 3, 4)
    ] * 2


@on_sqlite
def test_the_balance_lasts_as_long_as_the_mean_of_the_last_full_days(till: Till) -> None:
    """46 ¢ a day: no estimate until there are three full days; today does not count."""
    till.plan("starter")
    till.charge(till.card(), "46")
    for _ in range(3):
        assert runway(till) is None
        talk(till, 10)
        till.tick(days=1)
    talk(till, 100)
    assert till.balance == "$40.11"
    assert runway(till) == Runway(87)
    till.tick(days=20)
    assert runway(till) is None, "nothing was used in the last 14 days"


@on_sqlite
def test_with_auto_recharge_it_says_when_the_next_one_is(till: Till) -> None:
    till.plan("starter")
    till.charge(till.card(), "46")
    for _ in range(4):
        talk(till, 10)
        till.tick(days=1)
    till.services.billing.recharge.save(till.owner, on=True, threshold="20", amount="50", cap="500", alert_level="")
    found = runway(till)
    assert found
    assert (found.days, str(found.recharge)) == (52, "$50.00")


@on_sqlite
def test_the_mean_is_of_fourteen_days_and_each_ends_before_today(till: Till) -> None:
    write(till, balance=100, d15=999, d14=14, d1=14, d0=999)
    assert runway(till) == Runway(50)
    write(till, balance=-1)
    assert runway(till) == Runway(0)


@on_sqlite
def test_usage_of_another_business_is_in_nothing_that_is_said(services: Services, till: Till) -> None:
    """Nor does it start the window over which the mean is taken."""
    other = add_business(services)
    write(till, balance=100, d4=8, d1=0)
    write(till, business=other, d14=500, d2=500, d0=500)
    seen = services.billing.usage.period(till.owner)
    assert ([row.business_id for row in seen.rows], runway(till)) == ([till.owner.business_id], Runway(50))
    assert {row.business_id for row in services.billing.usage.rows(till.owner)} == {till.owner.business_id}


@on_sqlite
def test_the_sum_of_a_period_is_that_of_its_days_although_the_business_has_moved_west(till: Till) -> None:
    """Usage on a local day that has not started yet counts once that day starts."""
    write(till, d1=5, d0=7)
    till.clock.tick(days=-1)
    seen = till.services.billing.usage.period(till.owner)
    assert (seen.spend.micros, sum(cost.micros for _, cost in seen.by_day())) == (5, 5)


@on_sqlite
def test_without_a_plan_or_with_one_that_has_not_begun_here_the_period_is_the_month(till: Till) -> None:
    """A plan may start tomorrow by our clock because the provider's clock is ahead."""
    write(till, d4=9, d3=5, d0=1)
    usage = till.services.billing.usage
    assert (usage.period(till.owner).first, usage.period(till.owner).spend.micros) == (date(2026, 3, 1), 6)
    till.plan("starter")
    with till.services.database.write() as session:
        session.get_one(PlanSubscription, till.owner.business_id).period_start += timedelta(days=1)
    assert (usage.period(till.owner).first, usage.period(till.owner).spend.micros) == (date(2026, 3, 1), 6)


@on_sqlite
def test_all_usage_can_be_had_however_long_ago(till: Till) -> None:
    days = [date(2010, 1, 1) + timedelta(days=n) for n in range(3_660)]
    rows = [{"business_id": till.owner.business_id, "day": day, "kind": kind} for day in days for kind in UsageKind]
    with till.services.database.write() as session:
        session.connection().execute(insert(UsageDay), rows)
    found = [(row.day, row.kind) for row in till.services.billing.usage.rows(till.owner)]
    assert found == [(day, kind) for day in reversed(days) for kind in sorted(UsageKind)]


def test_whoever_reads_usage_slowly_holds_no_connection(till: Till) -> None:
    write(till, d2=1, d1=1)
    pool = till.services.database.engine.pool
    most = pool.size() + pool._max_overflow  # type: ignore[attr-defined]
    slow = [till.services.billing.usage.rows(till.owner) for _ in range(most)]
    for reading in slow:
        next(reading)
    assert till.services.billing.usage.period(till.owner)


@on_sqlite
def test_invoices_have_their_pdf_and_are_those_of_the_business(
    services: Services, till: Till, clock: FakeClock
) -> None:
    assert services.billing.plan.invoices(till.owner) == []
    till.plan("starter")
    till.advance(32)
    found = services.billing.plan.invoices(till.owner)
    assert [(str(each.total), each.status) for each in found] == [("$29.00", "paid")] * 2
    assert all(each.pdf_url and each.number for each in found)
    other = add_member(services, add_business(services), Role.OWNER, clock)
    assert services.billing.plan.invoices(other) == []
    assert services.billing.usage.period(other).rows == ()
    assert list(services.billing.usage.rows(other)) == []
