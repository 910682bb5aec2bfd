"""The usage of a billing period by day and kind, how long the balance lasts, and the invoices of the plan."""

from datetime import date

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import KeyActor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.rates import UsageKind
from settings_ui.services.billing.usage import Runway
from settings_ui.services.calls.recording import NewCall
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def talk(till: Till, minutes: int) -> None:
    """Let a local call be over, and charge it."""
    program = KeyActor("key", till.owner.business_id, "Platform", KeyAccess.SCREENING)
    new = NewCall(till.attempt(), "+14155550132", "+12125550100", till.clock.now(), minutes * 60, CallStatus.COMPLETED)
    till.services.calls.recording.record(program, new)
    till.services.billing.charging.run()


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
    """46 ¢ a day: silent until there are three full days, and today does not count."""
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
