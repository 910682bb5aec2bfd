"""Stopped calls: stored and counted once, and later reports merged in, despite concurrency."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Conflict
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.recording import Decision
from tests.at_once import at_once
from tests.blocked import block, counts_agree, entries, entry_of, screen, stops
from tests.calls import CALLER, DIALLED, a_call, a_key, bring_in, kept_calls
from tests.support import START, FakeClock

ALLOWED = Decision(allow=True)
TODAY = START.date()


def test_a_stopped_call_is_kept_and_counted_with_it(services: Services, business: str, owner: Actor) -> None:
    services.numbers.add(owner, DIALLED, "Radio")
    [entry] = block(services, owner, CALLER)
    screen(services, business, id="c-1")
    [call] = kept_calls(services, business)
    assert (call.id, call.status, call.duration_s, call.source) == ("c-1", "stopped", 0, "Radio")
    assert (call.started_at, call.blocked_caller_id, call.screened) == (START, entry, True)
    assert stops(services, business) == {(TODAY, entry): 1}
    assert entry_of(services, owner, CALLER).row.last_stopped_at == START
    assert counts_agree(services, business)


def test_one_call_is_stopped_once_however_often_the_platform_asks(
    services: Services, business: str, owner: Actor
) -> None:
    [entry] = block(services, owner, CALLER)
    for written in (CALLER, "(415) 555-0132", CALLER):
        assert screen(services, business, written, id="c-1").blocked_caller_id == entry
    assert len(kept_calls(services, business)) == 1
    assert stops(services, business) == {(TODAY, entry): 1}


def test_24_questions_about_one_call_at_once_stop_it_once(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, CALLER)
    results = at_once(*[lambda: screen(services, business, id="c-1")] * 24)
    assert results == [Decision(allow=False, blocked_caller_id=entry)] * 24
    assert len(kept_calls(services, business)) == 1
    assert stops(services, business) == {(TODAY, entry): 1}
    assert counts_agree(services, business)


def test_24_calls_at_once_are_24_stopped_calls(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, CALLER)
    at_once(*[lambda: screen(services, business)] * 24)
    assert stops(services, business) == {(TODAY, entry): 24}
    assert counts_agree(services, business)


def test_calls_without_an_id_are_each_one_call(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, CALLER)
    for _ in range(3):
        services.calls.recording.screen(a_key(business), CALLER, DIALLED)
    assert stops(services, business) == {(TODAY, entry): 3}


def test_a_caller_who_is_unblocked_while_the_phone_rings_is_let_through(
    services: Services, business: str, owner: Actor
) -> None:
    """Between the decision and the write somebody may unblock the caller: the write checks again."""
    [entry] = block(services, owner, CALLER)
    assert not services.calls.recording.decide(a_key(business), CALLER, DIALLED).allow
    services.blocked_callers.block_list.unblock(owner, [entry])
    assert services.calls.recording.stop(a_key(business), CALLER, DIALLED, "c-1") == ALLOWED
    assert kept_calls(services, business) == []


def test_stopping_while_the_list_changes_leaves_the_counts_right(
    services: Services, business: str, owner: Actor
) -> None:
    """Calls are screened while entries are removed, restored and blocked again, without deadlock."""
    callers = [f"+1415555{n:04}" for n in range(4)]
    block(services, owner, *callers)

    def list_changes(n: int) -> None:
        standing = [row.id for row in entries(services, business) if row.removed_at is None]
        services.blocked_callers.block_list.unblock(owner, standing if n % 2 else standing[::-1])
        if n % 3:
            services.blocked_callers.block_list.put_back(owner, standing)
        services.blocked_callers.block_list.block(owner, callers)

    rings = [lambda n=n: [screen(services, business, caller) for caller in callers * 2] for n in range(8)]
    changes: list[Callable[[], object]] = [lambda n=n: list_changes(n) for n in range(8)]
    results = at_once(*rings, *changes)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(stops(services, business).values()) == len(kept_calls(services, business))
    assert counts_agree(services, business)


@pytest.mark.parametrize("status", [CallStatus.COMPLETED, CallStatus.MISSED, CallStatus.VOICEMAIL])
def test_a_stopped_call_that_the_platform_connected_anyway_becomes_what_it_reports(
    services: Services, business: str, owner: Actor, clock: FakeClock, status: CallStatus
) -> None:
    """As when our answer came too late. The stop is taken back, also from the entry's last stop."""
    [entry] = block(services, owner, CALLER)
    screen(services, business)
    clock.tick(minutes=10)
    screen(services, business, id="c-1")
    report = a_call("c-1", at=clock.now() + timedelta(seconds=2), duration_s=134, status=status, source="Radio")
    recorded = services.calls.recording.record(a_key(business), report)
    assert (recorded.new, recorded.call.status, recorded.call.duration_s) == (False, status.value, 134)
    assert (recorded.call.source, recorded.call.blocked_caller_id, recorded.call.screened) == ("Radio", None, False)
    assert stops(services, business) == {(TODAY, entry): 1}
    assert entry_of(services, owner, CALLER).row.last_stopped_at == START
    assert counts_agree(services, business)
    assert services.calls.recording.record(a_key(business), report).call == recorded.call, (
        "the same report again is the same call"
    )
    with pytest.raises(Conflict):
        services.calls.recording.record(a_key(business), replace(report, duration_s=135))


def test_the_only_stop_of_an_entry_that_was_none_leaves_it_never_tried(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    screen(services, business, id="c-1")
    services.calls.recording.record(a_key(business), a_call("c-1"))
    entry = entry_of(services, owner, CALLER)
    assert (entry.stopped, entry.row.last_stopped_at) == (0, None)
    assert counts_agree(services, business)


def test_a_stopped_call_that_is_reported_as_stopped_is_the_same_call_with_the_platform_s_times(
    services: Services, business: str, owner: Actor
) -> None:
    """However often it is reported, and whatever became of the entry meanwhile; after that it is final."""
    [entry] = block(services, owner, CALLER)
    screen(services, business, id="c-1")
    services.blocked_callers.block_list.unblock(owner, [entry])
    report = a_call("c-1", at=START - timedelta(days=1), duration_s=0, status=CallStatus.STOPPED, source="Radio")
    for _ in range(3):
        recorded = services.calls.recording.record(a_key(business), report)
        assert (recorded.new, recorded.call.blocked_caller_id) == (False, entry)
        assert recorded.call.started_at == START - timedelta(days=1)
    assert stops(services, business) == {(TODAY - timedelta(days=1), entry): 1}
    assert entries(services, business)[0].last_stopped_at == START - timedelta(days=1)
    assert counts_agree(services, business)
    with pytest.raises(Conflict):
        services.calls.recording.record(a_key(business), a_call("c-1"))


def test_a_report_of_another_call_under_a_stopped_one_s_id_is_a_conflict(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    screen(services, business, id="c-1")
    with pytest.raises(Conflict, match="another from"):
        services.calls.recording.record(a_key(business), a_call("c-1", caller="+14155550133"))
    assert counts_agree(services, business)


def test_a_call_that_was_recorded_is_not_stopped_afterwards(services: Services, business: str, owner: Actor) -> None:
    """If the platform asks about a call that is already over, the answer is to block, but the recorded call stays
    unchanged."""
    services.calls.recording.record(a_key(business), a_call("c-1"))
    block(services, owner, CALLER)
    assert not screen(services, business, id="c-1").allow
    assert [call.status for call in kept_calls(services, business)] == ["completed"]
    assert stops(services, business) == {}


def test_a_call_that_the_platform_stopped_by_itself_names_the_entry(
    services: Services, business: str, owner: Actor
) -> None:
    """It may keep a copy of the list and only report; without a matching entry it is still a stopped call."""
    services.calls.recording.record(a_key(business), a_call("c-1", status=CallStatus.STOPPED, duration_s=0))
    [entry] = block(services, owner, CALLER)
    services.calls.recording.record(a_key(business), a_call("c-2", status=CallStatus.STOPPED, duration_s=0))
    assert [call.blocked_caller_id for call in kept_calls(services, business)] == [None, entry]
    assert services.blocked_callers.block_list.page(owner).stopped == 2
    assert counts_agree(services, business)


def test_reports_and_questions_about_one_call_at_once_leave_one_call_and_right_counts(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    key, report = a_key(business), a_call("c-1", duration_s=134)
    asks = [lambda: screen(services, business, id="c-1")] * 12
    says = [lambda: services.calls.recording.record(key, report)] * 12
    results = at_once(*asks, *says)
    assert not [result for result in results if isinstance(result, Exception)]
    assert [call.status for call in kept_calls(services, business)] == ["completed"]
    assert stops(services, business) == {}
    assert counts_agree(services, business)


def test_an_older_stop_that_is_reported_late_is_not_the_last_one(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    screen(services, business)
    late = a_call(at=START - timedelta(hours=3), status=CallStatus.STOPPED, duration_s=0)
    services.calls.recording.record(a_key(business), late)
    assert entry_of(services, owner, CALLER).row.last_stopped_at == START


def test_stops_and_last_stops_are_rebuilt_from_the_calls(services: Services, business: str, owner: Actor) -> None:
    """Whatever corrupted them: `differences` reports each, and `rebuild` repairs them all."""
    first, second = block(services, owner, CALLER, "+1212*")
    screen(services, business)
    screen(services, business, "+12125550177")
    with services.database.write() as session:
        session.execute(text("UPDATE stop_counts SET stopped = 7 WHERE blocked_caller_id = :id"), {"id": first})
        session.execute(text("DELETE FROM stop_counts WHERE blocked_caller_id = :id"), {"id": second})
        session.execute(text("UPDATE blocked_callers SET last_stopped_at = NULL WHERE id = :id"), {"id": second})
    said = services.calls.counts.differences(business, TODAY, TODAY)
    assert sorted(said) == sorted([
        f"{TODAY} {first}: counted 7 stops; the calls say 1",
        f"{TODAY} {second}: counted 0 stops; the calls say 1",
        f"{second}: last stop never; the calls say {START}",
    ])  # fmt: skip
    list(services.calls.counts.rebuild(business))
    assert counts_agree(services, business)
    assert stops(services, business) == {(TODAY, first): 1, (TODAY, second): 1}


def test_an_imported_row_amends_the_call_that_was_stopped_while_it_rang(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """Like a report over the API: the call was connected after all, and its stop is no longer counted."""
    [entry] = block(services, owner, CALLER)
    for each in ("c-1", "c-2", "c-3"):
        screen(services, business, id=each)
    clock.tick(minutes=5)
    heard = a_call("c-1", duration_s=120)
    stopped = a_call("c-2", duration_s=0, status=CallStatus.STOPPED)
    bring_in(services, business, heard, stopped, heard, a_call("c-4"), replace(a_call("c-3"), caller="+14155550199"))
    kept = {call.id: call for call in kept_calls(services, business)}
    assert {call.id: (call.status, call.blocked_caller_id, call.screened) for call in kept.values()} == {
        "c-1": ("completed", None, False),
        "c-2": ("stopped", entry, False),
        "c-3": ("stopped", entry, True),
        "c-4": ("completed", None, False),
    }
    assert stops(services, business) == {(TODAY, entry): 2}
    assert counts_agree(services, business)
    bring_in(services, business, replace(heard, duration_s=240))
    assert {call.id: call.duration_s for call in kept_calls(services, business)}["c-1"] == 120, "it is amended once"


def test_imports_and_reports_of_the_same_stopped_calls_at_once_count_each_once(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    calls = [a_call(f"c-{n}") for n in range(6)]
    for call in calls:
        screen(services, business, id=call.id)
    at_once(
        lambda: bring_in(services, business, *calls),
        lambda: bring_in(services, business, *reversed(calls)),
        *[lambda call=call: services.calls.recording.record(a_key(business), call) for call in calls],
    )
    assert not [count for count in stops(services, business).values() if count]
    assert counts_agree(services, business)
