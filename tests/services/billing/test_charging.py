"""Usage: what calls cost, by worked examples; each is charged once, in one ledger transaction per day and kind."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, insert, select

from settings_ui.bootstrap import Services
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, Call, UsageDay
from settings_ui.services.billing.charging import BATCH
from settings_ui.services.calls.import_file import store
from settings_ui.services.calls.reported import NewCall, checked
from tests.at_once import at_once
from tests.services.billing.line import CALLER, LOCAL, TOLL_FREE, Line
from tests.services.billing.till import Till

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("seconds", "to", "expected"),
    [
        (1, LOCAL, {"local_minute": 45_000, "call": 10_000}),
        (60, LOCAL, {"local_minute": 45_000, "call": 10_000}),
        (61, LOCAL, {"local_minute": 90_000, "call": 10_000}),
        (134, LOCAL, {"local_minute": 135_000, "call": 10_000}),
        (134, TOLL_FREE, {"toll_free_minute": 195_000, "call": 10_000}),
        (0, LOCAL, {"call": 10_000}),
    ],
)
@on_sqlite
def test_what_a_call_costs(line: Line, seconds: int, to: str, expected: dict[str, int]) -> None:
    """Partial minutes are rounded up; the toll-free rate depends on the number dialled."""
    line.call(seconds, to=to)
    assert line.cost() == expected


@on_sqlite
def test_an_increment_of_thirty_seconds_charges_half_minutes(till: Till) -> None:
    """On Scale: 4.5 ¢ a toll-free minute, with no per-call fee."""
    till.plan("scale")
    line = Line(till)
    line.call(61, to=TOLL_FREE)
    assert line.cost() == {"toll_free_minute": 67_500}
    assert line.ledger()[0][2] == "Toll-free minutes on 2026-03-04: 1.5 min"


def test_one_transaction_a_day_and_kind(line: Line) -> None:
    line.till.tick(days=2)
    for seconds in (30, 90, 61):
        line.call(seconds)
    line.call(20, at=line.till.clock.now() - timedelta(days=1))
    assert line.run() == 4
    assert line.ledger() == [
        ("call", -10_000, "Calls on 2026-03-05: 1 call"),
        ("local_minute", -45_000, "Local minutes on 2026-03-05: 1 min"),
        ("call", -30_000, "Calls on 2026-03-06: 3 calls"),
        ("local_minute", -225_000, "Local minutes on 2026-03-06: 5 min"),
    ]
    assert line.run() == 0
    with line.till.services.database.read() as session:
        today = session.exec(select(UsageDay).where(UsageDay.quantity > 1)).all()
    assert {(row.kind, row.quantity, row.micros) for row in today} == {
        ("local_minute", 300, 225_000),
        ("local_minute", 60, 45_000),
        ("call", 3, 30_000),
    }


def test_stopped_calls_and_imported_history_are_never_charged(line: Line) -> None:
    till, services = line.till, line.till.services
    line.call(0, status=CallStatus.STOPPED)
    services.blocked_callers.block_list.block(till.owner, [CALLER])
    assert not services.calls.recording.screen(line.platform, CALLER, LOCAL, "rings").allow
    with services.database.write() as session:
        business = session.get_one(Business, till.owner.business_id)
        old = NewCall("old", CALLER, LOCAL, till.clock.now() - timedelta(days=5), 300, CallStatus.COMPLETED)
        store(session, business.id, [(old, checked(old, business, till.clock.now()))])
    assert line.cost() == {}


def test_a_call_that_is_amended_or_repeated_is_charged_once(line: Line) -> None:
    services = line.till.services
    services.blocked_callers.block_list.block(line.till.owner, [CALLER])
    services.calls.recording.screen(line.platform, CALLER, LOCAL, "rings")
    assert line.cost() == {}
    line.call(60, id="rings", at=line.till.clock.now())
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}
    line.call(60, id="rings", at=line.till.clock.now())
    assert line.run() == 0


@on_sqlite
def test_missed_calls_and_voicemail_are_calls(line: Line) -> None:
    line.call(0, status=CallStatus.MISSED)
    line.call(25, status=CallStatus.VOICEMAIL)
    assert line.cost() == {"local_minute": 45_000, "call": 20_000}


@on_sqlite
def test_days_are_those_of_the_business(line: Line) -> None:
    with line.till.services.database.write() as session:
        session.get_one(Business, line.till.owner.business_id).time_zone = "America/Los_Angeles"
    line.till.tick(days=2)
    edge = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)  # midnight in Los Angeles
    line.call(60, at=edge - timedelta(seconds=1))
    line.call(60, at=edge)
    line.run()
    assert [what for kind, _, what in line.ledger() if kind == "local_minute"] == [
        "Local minutes on 2026-03-05: 1 min",
        "Local minutes on 2026-03-06: 1 min",
    ]


@on_sqlite
def test_a_rate_that_changes_in_the_middle_of_a_day_splits_it(line: Line) -> None:
    """One transaction, each call at the rate in force when it began, even if the plan changes before the run."""
    till = line.till
    line.call(60)
    till.tick(hours=1)
    till.sandbox.control("prices", lookup_key="rate_starter_local_minute", unit_amount_decimal="5")
    till.reconcile()
    line.call(60)
    till.tick(hours=1)
    till.change_plan("growth", "volume_minutes")
    line.call(60)
    assert line.cost() == {"local_minute": 45_000 + 50_000 + 19_000, "call": 10_000 + 10_000 + 5_000}
    assert len(line.ledger()) == 2


@on_sqlite
def test_parts_of_a_micro_unit_are_not_charged(till: Till) -> None:
    till.sandbox.control("prices", lookup_key="rate_scale_toll_free_minute", unit_amount_decimal="4.5001")
    till.plan("scale")
    line = Line(till)
    line.call(30, to=TOLL_FREE)
    assert line.cost() == {"toll_free_minute": 22_500}
    line.call(30, to=TOLL_FREE)
    line.call(60, to=TOLL_FREE)
    assert line.cost() == {"toll_free_minute": 22_500 + 67_501}


@on_sqlite
def test_without_a_plan_or_in_another_currency_nothing_is_charged(till: Till, services: Services) -> None:
    line = Line(till)
    line.call(60)
    assert line.run() == 1, "processed, although no rates have been read"
    assert line.cost() == {}
    till.plan("starter")
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).currency = "EUR"
    line.call(60)
    assert line.cost() == {}
    with services.database.read() as session:
        assert {(row.kind, row.quantity) for row in session.exec(select(UsageDay))} == {
            ("local_minute", 120),
            ("call", 2),
        }


@on_sqlite
def test_after_a_plan_has_ended_its_rates_go_on(line: Line) -> None:
    line.till.change_plan("starter", "volume_minutes")
    line.till.services.billing.plan.cancel(line.till.owner)
    line.till.advance(32)
    line.call(60)
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}


def test_several_runs_at_once_charge_once(line: Line) -> None:
    for _ in range(20):
        line.call(60)
    line.till.services.numbers.add(line.till.owner, LOCAL, "Google Ads")
    at_once(*[line.run for _ in range(4)])
    assert line.cost() == {"local_minute": 900_000, "call": 200_000, "local_number": 3_000_000}


@on_sqlite
def test_calls_and_numbers_wait_while_the_rates_are_not_known(line: Line) -> None:
    from settings_ui.models import CatalogueReading

    with line.till.services.database.write() as session:
        session.delete(session.get_one(CatalogueReading, 1))
    line.call(60)
    line.till.services.numbers.add(line.till.owner, LOCAL, "Google Ads")
    assert (line.run(), line.ledger()) == (0, [])
    line.till.services.billing.catalogue.refresh()
    assert line.cost() == {"local_minute": 45_000, "call": 10_000, "local_number": 3_000_000}
    with line.till.services.database.read() as session:
        assert session.exec(select(Call).where(col(Call.due_at).is_not(None))).all() == []


def test_a_block_says_what_it_would_have_saved_to_the_micro_unit(line: Line) -> None:
    """The saving equals what the ledger charged for the same calls, whatever their numbers and durations."""
    for seconds, to in ((61, LOCAL), (1, TOLL_FREE), (3_600, LOCAL), (0, LOCAL)):
        line.call(seconds, to=to)
    saved = line.till.services.blocked_callers.preview.of(line.till.owner, [CALLER]).saved
    assert saved is not None
    assert (saved.micros, saved.currency) == (sum(line.cost().values()), "USD")


@on_sqlite
def test_without_a_plan_a_block_says_nothing_of_money(till: Till) -> None:
    line = Line(till)
    line.call(61)
    assert till.services.blocked_callers.preview.of(till.owner, [CALLER]).saved is None


@on_sqlite
def test_more_than_a_batch_is_charged_in_one_run(line: Line) -> None:
    line.call(60)
    with line.till.services.database.write() as session:
        call = session.exec(select(Call)).one().model_dump(exclude={"seq"})
        session.connection().execute(insert(Call), [call | {"id": f"of-many-{n}"} for n in range(BATCH)])
    assert line.run() == BATCH + 1
    assert line.cost() == {"local_minute": 45_000 * (BATCH + 1), "call": 10_000 * (BATCH + 1)}
