"""What a block would have stopped, compared with checking every call."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Forbidden
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.blocked_callers.entries import Result
from settings_ui.services.blocked_callers.preview import Preview, disjoint
from settings_ui.services.calls.reported import NewCall
from tests.calls import CALLER, a_call, a_key, kept_calls
from tests.support import START, FakeClock, add_business, add_member

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Neighbours of the range end, at every digit, for a prefix that ends in nines.
CALLERS = (
    *("+14155550132", "+14155559999", "+14155560000", "+14159999999", "+14160000000", "+14999999999", "+15000000000"),
    *("+442079460018", "+442079999999", "+998900000001", "+998999999999", "anonymous"),
)
PATTERNS = (
    *("+1415*", "+1415555*", "+14155559*", "+1415999*", "+1499*", "+1499999*", "+44207*", "+4420799*", "+998900*"),
    *("+998999*", "anonymous", *(caller for caller in CALLERS if caller != "anonymous")),
)
calls = st.builds(
    a_call,
    caller=st.sampled_from(CALLERS),
    at=st.integers(-31 * 24 * 60, 23 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
    duration_s=st.sampled_from([0, 89, 90, 300]),
    status=st.sampled_from(CallStatus),
)


def record(services: Services, business: str, *new: NewCall) -> None:
    """Record calls for a business."""
    for call in new:
        services.calls.recording.record(a_key(business), call)


@FEW
@given(reported=st.lists(calls, max_size=15), patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=5))
def test_a_preview_counts_what_looking_at_every_call_would(
    services: Services, reported: list[NewCall], patterns: list[str]
) -> None:
    """Calls of 30 days that were not stopped, in the business's time zone, each counted once."""
    business = add_business(services, time_zone="Pacific/Kiritimati")  # where it is already 5 March
    owner = add_member(services, business, Role.OWNER, FakeClock())
    record(services, business, *reported)
    record(services, add_business(services), a_call(caller=CALLERS[0]))
    today = START.date() + timedelta(days=1)
    inside, qualified = 0, [0, 0]
    for call in kept_calls(services, business):
        day = (call.started_at + timedelta(hours=14)).date()
        if not today - timedelta(days=29) <= day <= today or call.status == CallStatus.STOPPED:
            continue
        hit = any(p == call.from_number or (p[-1] == "*" and call.from_number.startswith(p[:-1])) for p in patterns)
        good = call.status == CallStatus.COMPLETED and call.duration_s >= 90
        inside += hit
        qualified[0] += hit and good
        qualified[1] += good
    preview = services.blocked_callers.preview.of(owner, patterns)
    assert (preview.calls, preview.qualified) == (inside, qualified[0])
    assert preview.share == (qualified[0] / qualified[1] if qualified[1] else 0.0)


@pytest.mark.parametrize("few", [True, False])
def test_a_call_counts_once_however_many_entries_would_stop_it(services: Services, owner: Actor, few: bool) -> None:
    """Nested prefixes, and a number within one: read by number if few calls match, otherwise by time."""
    record(services, owner.business_id, a_call(), a_call(caller="+14155559999"))
    record(services, owner.business_id, *(a_call(caller=f"+1212555{n:04}") for n in range(40 if few else 0)))
    nested = ["+1415*", "+1415555*", CALLER, f"{CALLER}*", "+1415555013*"]
    for patterns in (nested, nested[::-1], [CALLER, "+14155559999", "+1415*"], ["+1415555*", "+1415556*", CALLER]):
        assert services.blocked_callers.preview.of(owner, patterns).calls == 2, patterns


@pytest.mark.parametrize("pattern", [CALLER, "+1415*"])
def test_what_was_stopped_or_is_too_old_would_not_be_stopped_again(
    services: Services, owner: Actor, pattern: str
) -> None:
    month = timedelta(days=29, hours=12)
    record(
        services,
        owner.business_id,
        a_call(at=START - month),
        a_call(at=START - month - timedelta(seconds=1)),
        a_call(at=START + timedelta(hours=12)),
        a_call(status=CallStatus.STOPPED, duration_s=0),
        a_call(status=CallStatus.MISSED, duration_s=0),
    )
    preview = services.blocked_callers.preview.of(owner, [pattern])
    assert (preview.calls, preview.qualified) == (2, 1)


@pytest.mark.parametrize(("hit", "asks"), [(0, False), (1, False), (2, False), (3, True), (20, True)])
def test_it_asks_again_from_over_a_tenth_of_the_qualified_calls(
    services: Services, owner: Actor, hit: int, asks: bool
) -> None:
    record(services, owner.business_id, *(a_call(caller=CALLER if n < hit else "+12125550177") for n in range(20)))
    preview = services.blocked_callers.preview.of(owner, [CALLER])
    assert (preview.qualified, preview.share, preview.asks_again) == (hit, hit / 20, asks)


def test_the_threshold_in_force_says_what_is_qualified(services: Services, owner: Actor) -> None:
    record(services, owner.business_id, a_call(duration_s=60), a_call(duration_s=120))
    assert services.blocked_callers.preview.of(owner, [CALLER]).qualified == 1
    services.qualified_calls.set(owner, "60", seen_s=90)
    assert services.blocked_callers.preview.of(owner, [CALLER]).qualified == 2


def test_what_cannot_be_read_is_told_and_passed_over(services: Services, owner: Actor) -> None:
    record(services, owner.business_id, a_call())
    preview = services.blocked_callers.preview.of(owner, ["nonsense", "(415) 555-0132 x7", "911", CALLER])
    assert [(reading.number, reading.result) for reading in preview.readings] == [
        (None, Result.INVALID),
        (CALLER, Result.BLOCKED),
        (None, Result.INVALID),
        (CALLER, Result.BLOCKED),
    ]
    assert preview.readings[1].message == "The extension 7 was left out: callers’ numbers have none."
    assert (preview.calls, preview.qualified) == (1, 1)


@pytest.mark.parametrize("inputs", [[], ["nonsense"], [""]])
def test_nothing_stops_nothing(services: Services, owner: Actor, inputs: list[str]) -> None:
    record(services, owner.business_id, a_call())
    preview = services.blocked_callers.preview.of(owner, inputs)
    assert (preview.calls, preview.qualified, preview.share, preview.asks_again) == (0, 0, 0.0, False)


def test_a_thousand_numbers_and_prefixes_are_previewed_at_once(services: Services, owner: Actor) -> None:
    record(services, owner.business_id, *(a_call(caller=f"+1415555{n:04}") for n in range(20)))
    numbers = [f"+1415555{n:04}" for n in range(500)] + [f"+1{n}*" for n in range(212000, 212500)]
    preview = services.blocked_callers.preview.of(owner, numbers)
    assert (len(preview.readings), preview.calls) == (1000, 20)


def test_a_preview_blocks_nobody(services: Services, owner: Actor) -> None:
    assert isinstance(services.blocked_callers.preview.of(owner, [CALLER]), Preview)
    assert services.blocked_callers.block_list.page(owner).entries == 0


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
def test_only_owners_and_admins_preview(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    with pytest.raises(Forbidden):
        services.blocked_callers.preview.of(add_member(services, business, role, clock), [CALLER])
    services.blocked_callers.preview.of(add_member(services, business, Role.ADMIN, clock), [CALLER])


callers = st.integers(0, 9_999).map(lambda n: f"+1415555{n:04}") | st.sampled_from(CALLERS)
patterns = callers | callers.filter(lambda c: c != "anonymous").flatmap(
    lambda c: st.integers(5, len(c)).map(lambda length: f"{c[:length]}*")
)


@given(st.sets(patterns, max_size=12), callers)
def test_numbers_and_prefixes_that_are_disjoint_stand_for_the_same_callers(given: set[str], caller: str) -> None:
    """Every matching caller is in exactly one of them."""
    numbers, prefixes = disjoint(given)
    stopped = any(caller == p or (p.endswith("*") and caller.startswith(p[:-1])) for p in given)
    assert (caller in numbers) + sum(map(caller.startswith, prefixes)) == stopped
    assert len(numbers) == len(set(numbers))
