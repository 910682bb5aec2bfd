"""Stops that wait for the database: in order, bounded, and never lost without a word."""

import logging

import pytest
from sqlalchemy import text

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Unavailable
from settings_ui.services.calls.late_stops import LateStops
from settings_ui.services.calls.recording import Recording, Stop
from settings_ui.telemetry import metrics
from tests.blocked import block, counts_agree, stops
from tests.calls import CALLER, DIALLED, kept_calls
from tests.support import START, FakeClock


class Moody(Recording):
    """Recording that raises these errors first."""

    failures: list[Exception]

    def keep(self, stop: Stop) -> None:
        if self.failures:
            raise self.failures.pop(0)
        super().keep(stop)


@pytest.fixture
def late(services: Services, clock: FakeClock) -> LateStops:
    return LateStops(recording(services, clock), most=3)


def recording(services: Services, clock: FakeClock, *failures: Exception) -> Moody:
    moody = Moody(services.database, clock)
    moody.failures = list(failures)
    return moody


def a_stop(business: str, entry: str, id: str = "c-1") -> Stop:
    return Stop(business, id, CALLER, DIALLED, entry, START)


def lost() -> float:
    return metrics.stops_lost._value.get()


def test_each_call_is_written_once_and_counted(
    services: Services, business: str, owner: Actor, late: LateStops
) -> None:
    [entry] = block(services, owner, CALLER)
    for call in ("c-1", "c-2", "c-1"):
        late.add(a_stop(business, entry, call))
    assert (len(late), late.write(), len(late), late.write()) == (2, 2, 0, 0)
    late.add(a_stop(business, entry))
    late.write()
    assert [call.id for call in kept_calls(services, business)] == ["c-1", "c-2"]
    assert stops(services, business) == {(START.date(), entry): 2}
    assert counts_agree(services, business)


def test_what_cannot_be_written_goes_on_waiting(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    [entry] = block(services, owner, CALLER)
    late = LateStops(recording(services, clock, Unavailable()))
    late.add(a_stop(business, entry))
    with pytest.raises(Unavailable):
        late.write()
    assert (len(late), late.write()) == (1, 1)


def test_one_that_can_never_be_written_keeps_no_other_from_it(
    services: Services, business: str, owner: Actor, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is lost, as the log and a metric say: as when its business was deleted meanwhile."""
    [entry] = block(services, owner, CALLER)
    late, before = LateStops(recording(services, clock)), lost()
    late.add(a_stop("biz_gone", entry))
    late.add(a_stop(business, entry))
    assert (late.write(), len(late), lost() - before) == (1, 0, 1)
    assert "stopped call c-1 of biz_gone could not be written" in caplog.text


def test_more_than_the_most_are_lost_and_the_log_says_how_many_in_one_line(
    business: str, late: LateStops, caplog: pytest.LogCaptureFixture
) -> None:
    before = lost()
    for n in range(8):
        late.add(a_stop(business, "blk_1", f"c-{n}"))
    assert len(late) == 3
    late._recording.failures = [Unavailable()]  # type: ignore[attr-defined]
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable):
        late.write()
    assert lost() - before == 5
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == ["5 stopped calls are lost"]


def test_those_that_are_left_when_the_process_ends_are_lost_with_a_line(
    business: str, late: LateStops, caplog: pytest.LogCaptureFixture
) -> None:
    before = lost()
    late.give_up()
    assert caplog.text == ""
    for n in range(2):
        late.add(a_stop(business, "blk_1", f"c-{n}"))
    late.give_up()
    assert (len(late), lost() - before) == (0, 2)
    assert "2 stopped calls are lost" in caplog.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_takes_no_writes_is_unavailable(services: Services) -> None:
    """Like a standby before it takes over: 503, and a stop waits, instead of an error on our side."""

    def write() -> None:
        with services.database.write() as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text("CREATE TABLE not_here (id int)"))

    with pytest.raises(Unavailable):
        write()
