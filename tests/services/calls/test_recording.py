"""Recording calls is idempotent under retries, reordering and concurrency, and keeps the counts right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import ProgrammingError

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Conflict, Forbidden, Invalid, Unavailable
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.text import has_invisible
from settings_ui.services.calls.recording import UNASSIGNED, Recorded, Recording
from settings_ui.services.calls.reported import NewCall
from tests.at_once import at_once
from tests.calls import CALLER, DIALLED, a_call, a_key, kept_calls
from tests.support import START, FakeClock, add_business, add_member

TODAY = START.date()
FOR_EACH_EXAMPLE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def agree(services: Services, business: str) -> bool:
    """Whether counts and calls agree for the days around the test's own day."""
    first, last = TODAY - timedelta(days=3), TODAY + timedelta(days=3)
    return services.calls.counts.differences(business, first, last) == []


def test_a_call_is_kept_as_it_was_reported(services: Services, business: str) -> None:
    """Numbers and time are normalized, and the threshold in force is stored with it."""
    eastern = timezone(timedelta(hours=-5))
    new = NewCall(
        "c-1", "(415) 555-0132", "212.555.0110", START.astimezone(eastern), 95, CallStatus.COMPLETED, " Google   Ads "
    )
    recorded = services.calls.recording.record(a_key(business), new)
    assert recorded.new
    [call] = kept_calls(services, business)
    assert call == recorded.call
    assert (call.id, call.from_number, call.to_number) == ("c-1", CALLER, DIALLED)
    assert (call.source, call.started_at, call.duration_s) == ("Google Ads", START, 95)
    assert (call.status, call.threshold_s, call.blocked_caller_id) == ("completed", 90, None)
    assert agree(services, business)


def test_a_hidden_number_is_kept_as_anonymous(services: Services, business: str) -> None:
    services.calls.recording.record(a_key(business), a_call(caller="Restricted"))
    assert kept_calls(services, business)[0].from_number == "anonymous"


def test_without_a_source_the_number_says_it(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    """A released number still has its source, until it is added again with another one."""
    key = a_key(business)
    assert services.calls.recording.record(key, a_call(source="")).call.source == UNASSIGNED
    number = services.numbers.add(owner, DIALLED, "Radio").value
    assert services.calls.recording.record(key, a_call(source="")).call.source == "Radio"
    services.numbers.release(owner, number.id)
    assert services.calls.recording.record(key, a_call(source="")).call.source == "Radio"
    clock.tick(days=1)
    services.numbers.add(owner, DIALLED, "Billboard")
    assert services.calls.recording.record(key, a_call(source="")).call.source == "Billboard"
    assert services.calls.recording.record(key, a_call(source="Partner A")).call.source == "Partner A"


def test_the_same_call_again_is_the_same_call_and_counts_once(services: Services, business: str) -> None:
    """Also with its numbers and time formatted differently, and without its source."""
    key = a_key(business)
    first = services.calls.recording.record(key, a_call("c-1"))
    for again in (
        a_call("c-1"),
        a_call("c-1", caller="415-555-0132", dialled="1 212 555 0110"),
        a_call("c-1", at=START.astimezone(timezone(timedelta(hours=9)))),
        a_call("c-1", source=""),
        a_call("c-1", source=" Radio "),
    ):
        recorded = services.calls.recording.record(key, again)
        assert not recorded.new
        assert recorded.call == first.call
    assert len(kept_calls(services, business)) == 1
    assert agree(services, business)


def test_a_call_keeps_its_source_when_its_number_stands_for_another_now(
    services: Services, business: str, owner: Actor
) -> None:
    """A retry by the platform must not fail because we changed the number's source."""
    number = services.numbers.add(owner, DIALLED, "Radio").value
    services.calls.recording.record(a_key(business), a_call("c-1", source=""))
    services.numbers.rename_source(owner, number.id, "Billboard")
    recorded = services.calls.recording.record(a_key(business), a_call("c-1", source=""))
    assert (recorded.new, recorded.call.source) == (False, "Radio")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"caller": "+14155550133"}, "from"),
        ({"dialled": "+12125550111"}, "to"),
        ({"started_at": START + timedelta(seconds=1)}, "started_at"),
        ({"started_at": START + timedelta(microseconds=1)}, "started_at"),
        ({"duration_s": 101}, "duration_s"),
        ({"status": CallStatus.MISSED}, "status"),
        ({"source": "Partner A"}, "source"),
    ],
)
def test_the_same_id_with_other_content_is_a_conflict_that_says_where(
    services: Services, business: str, other: dict[str, object], field: str
) -> None:
    first = a_call("c-1")
    services.calls.recording.record(a_key(business), first)
    with pytest.raises(Conflict, match=f"Call c-1 was already recorded with another {field}") as refused:
        services.calls.recording.record(a_key(business), replace(first, **other))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert len(kept_calls(services, business)) == 1
    assert agree(services, business)


def test_two_businesses_may_use_the_same_ids(services: Services, business: str) -> None:
    other = add_business(services)
    services.calls.recording.record(a_key(business), a_call("c-1"))
    assert services.calls.recording.record(a_key(other), a_call("c-1", duration_s=5)).new
    assert [call.duration_s for call in kept_calls(services, business)] == [100]


def test_the_same_call_from_24_places_at_once_is_one_call(services: Services, business: str) -> None:
    key, new = a_key(business), a_call("c-1")
    results = at_once(*[lambda: services.calls.recording.record(key, new)] * 24)
    assert all(isinstance(result, Recorded) for result in results), results
    assert sum(result.new for result in results if isinstance(result, Recorded)) == 1
    assert len(kept_calls(services, business)) == 1
    assert agree(services, business)


def test_one_id_with_24_contents_at_once_keeps_one_and_refuses_the_others(services: Services, business: str) -> None:
    key = a_key(business)
    results = at_once(
        *[lambda n=n: services.calls.recording.record(key, a_call("c-1", duration_s=n)) for n in range(24)]
    )
    assert sum(isinstance(result, Recorded) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 23
    assert agree(services, business)


def test_calls_at_once_over_days_and_sources_are_all_counted(services: Services, business: str) -> None:
    """Calls update the counts of the same days concurrently, without deadlock."""
    calls = [
        a_call(
            at=START - timedelta(hours=12 * (n % 3)),
            source=("Radio", "Organic", "Partner A")[n % 3],
            duration_s=80 + n % 20,
            status=CallStatus.MISSED if n % 5 == 0 else CallStatus.COMPLETED,
        )
        for n in range(72)
    ]
    batches = [calls[start::24] for start in range(24)]
    key = a_key(business)
    results = at_once(
        *[lambda batch=batch: [services.calls.recording.record(key, call) for call in batch] for batch in batches]
    )
    assert all(isinstance(result, list) for result in results), results
    assert len(kept_calls(services, business)) == 72
    assert agree(services, business)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": "a\u202eb"}, "id"),
        ({"id": "a\x00b"}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"source": "x" * 101}, "source"),
        ({"source": "a\u200bb"}, "source"),
        ({"caller": "4.15556E+09"}, "from"),
        ({"dialled": ""}, "to"),
        ({"dialled": "anonymous"}, "to"),
        ({"duration_s": -1}, "duration_s"),
        ({"duration_s": 86_401}, "duration_s"),
        ({"duration_s": 10**18}, "duration_s"),
        ({"id": "screen"}, "id"),
        ({"started_at": START.replace(tzinfo=None)}, "started_at"),
        ({"started_at": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "started_at"),
        ({"started_at": datetime(1, 1, 1, tzinfo=UTC)}, "started_at"),
        ({"started_at": START + timedelta(hours=24, seconds=1)}, "started_at"),
        ({"started_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "started_at"),
        ({"started_at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))}, "started_at"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field_and_nothing_is_kept(
    services: Services, business: str, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.calls.recording.record(a_key(business), replace(a_call(), **wrong))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert kept_calls(services, business) == []
    assert agree(services, business)


@pytest.mark.parametrize("moment", [datetime(2000, 1, 1, tzinfo=UTC), START + timedelta(hours=24)])
def test_the_first_and_the_last_moment_that_may_be_reported_are_kept(
    services: Services, business: str, moment: datetime
) -> None:
    """A platform's clock may be ahead, and history may go far back."""
    assert services.calls.recording.record(a_key(business), a_call(at=moment)).call.started_at == moment


@pytest.mark.parametrize("duration_s", [0, 86_400])
def test_the_shortest_and_the_longest_call_are_kept(services: Services, business: str, duration_s: int) -> None:
    assert services.calls.recording.record(a_key(business), a_call(duration_s=duration_s)).call.duration_s == duration_s


ids = st.text(min_size=1, max_size=128).filter(lambda text: not has_invisible(text))


@FOR_EACH_EXAMPLE
@given(id=ids)
def test_an_id_of_any_visible_characters_is_kept_to_the_letter(services: Services, id: str) -> None:
    """Ids belong to the platform: two that look alike are still two."""
    business = add_business(services)
    owner = add_member(services, business, Role.OWNER, FakeClock())
    assert services.calls.recording.record(a_key(business), a_call(id)).new
    assert services.calls.log.get(owner, id).call.id == id
    assert not services.calls.recording.record(a_key(business), a_call(id)).new


@pytest.mark.parametrize("access", [KeyAccess.FULL, KeyAccess.SCREENING])
def test_full_and_screening_keys_record_calls(services: Services, business: str, access: KeyAccess) -> None:
    assert services.calls.recording.record(a_key(business, access), a_call()).new


def test_nobody_else_records_calls(services: Services, business: str, clock: FakeClock) -> None:
    """Neither read-only keys nor members: calls come from the platform."""
    with pytest.raises(Forbidden):
        services.calls.recording.record(a_key(business, KeyAccess.READ_ONLY), a_call())
    for role in Role:
        with pytest.raises(Forbidden):
            services.calls.recording.record(add_member(services, business, role, clock), a_call())
    assert kept_calls(services, business) == []


def test_a_call_is_kept_with_its_count_or_not_at_all(services: Services, business: str) -> None:
    """If the counts cannot be written, the call is not stored either, and the platform's retry brings both."""
    with services.database.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE duration_counts RENAME TO elsewhere")
        connection.commit()
    try:
        with pytest.raises((Unavailable, ProgrammingError)):
            Recording(services.database, services.clock).record(a_key(business), a_call("c-1"))
        assert kept_calls(services, business) == []
    finally:
        with services.database.connection() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO duration_counts")
            connection.commit()
    assert services.calls.recording.record(a_key(business), a_call("c-1")).new
    assert agree(services, business)
