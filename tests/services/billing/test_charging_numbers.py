"""Usage: what a number costs per month, by worked examples; charged once a month, on the same day."""

import pytest
from sqlmodel import select

from settings_ui.models import Business, TrackingNumber
from tests.services.billing.line import LOCAL, TOLL_FREE, Line, numbers
from tests.services.billing.till import Till

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_number_costs_its_rate_on_the_same_day_of_each_month(line: Line) -> None:
    services, till = line.till.services, line.till
    till.tick(days=27)  # the 31st of March
    services.numbers.add(till.owner, LOCAL, "Google Ads")
    services.numbers.add(till.owner, TOLL_FREE, "Radio")
    first = numbers(line)
    assert first == [
        ("local_number", -3_000_000, "Local numbers on 2026-03-31: 1 number"),
        ("toll_free_number", -4_000_000, "Toll-free numbers on 2026-03-31: 1 number"),
    ]
    assert numbers(line) == first
    till.tick(days=29)
    assert numbers(line) == first
    till.tick(days=1)  # the last day of April
    assert [what for _, _, what in numbers(line)[2:]] == [
        "Local numbers on 2026-04-30: 1 number",
        "Toll-free numbers on 2026-04-30: 1 number",
    ]
    with services.database.read() as session:
        radio = session.exec(select(TrackingNumber.id).where(TrackingNumber.number == TOLL_FREE)).one()
    services.numbers.release(till.owner, radio)
    till.tick(days=31 + 30)  # two more months have passed
    assert [what for _, _, what in numbers(line)[4:]] == [
        "Local numbers on 2026-05-31: 1 number",
        "Local numbers on 2026-06-30: 1 number",
    ]


@on_sqlite
def test_a_number_keeps_its_day_of_the_month_when_the_business_moves(line: Line) -> None:
    services, till = line.till.services, line.till
    services.numbers.add(till.owner, LOCAL, "Google Ads")
    assert len(numbers(line)) == 1
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).time_zone = "Pacific/Kiritimati"
    till.tick(days=31)
    assert [what for _, _, what in numbers(line)[1:]] == ["Local numbers on 2026-04-04: 1 number"]


@on_sqlite
def test_a_number_from_before_the_plan_is_paid_from_its_beginning(till: Till) -> None:
    services = till.services
    services.numbers.add(till.owner, LOCAL, "Google Ads")
    gone = services.numbers.add(till.owner, TOLL_FREE, "Radio").value
    till.tick(days=3)
    services.numbers.release(till.owner, gone.id)
    line = Line(till)
    assert numbers(line) == []
    till.tick(days=3)
    till.plan("starter")
    assert numbers(line) == [("local_number", -3_000_000, "Local numbers on 2026-03-10: 1 number")]


@on_sqlite
def test_a_number_that_is_added_and_released_between_two_runs_costs_its_first_month(line: Line) -> None:
    services, till = line.till.services, line.till
    number = services.numbers.add(till.owner, LOCAL, "Google Ads").value
    till.tick(minutes=5)
    services.numbers.release(till.owner, number.id)
    till.tick(days=90)
    assert [what for _, _, what in numbers(line)] == ["Local numbers on 2026-03-04: 1 number"]


@on_sqlite
def test_what_a_number_costs_a_month_is_known_once_there_is_a_plan(till: Till) -> None:
    numbers = till.services.numbers
    assert set(numbers.monthly_rates(till.owner).values()) == {None}
    till.plan("starter")
    rates = numbers.monthly_rates(till.owner)
    assert [rate.micros for rate in rates.values() if rate] == [3_000_000, 4_000_000]
