"""Reading the list: pagination in every order, stops in the last 30 days, and search."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.days import day_starts
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.blocked_callers.listing import Sort
from tests.blocked import block, entries, entry_of, listed, many_entries, screen
from tests.calls import CALLER, a_call, a_key
from tests.support import START, FakeClock, add_business, add_member

ZONES = (
    "UTC",
    "America/New_York",
    "America/Santiago",  # clocks change at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Kiritimati",  # 14 hours ahead
)
# Each has a clock change within the thirty days before it, or between them.
NOWS = (
    datetime(2026, 3, 4, 12, tzinfo=UTC),
    datetime(2026, 3, 20, 3, 30, tzinfo=UTC),
    datetime(2026, 4, 6, 4, 30, tzinfo=UTC),
    datetime(2026, 5, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 9, 6, 4, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 59, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
)
FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def stopped_at(services: Services, business: str, moment: datetime, caller: str = CALLER) -> None:
    """Report a call stopped by the platform at this time, counted for the entry that now matches the caller."""
    services.calls.recording.record(
        a_key(business), a_call(caller=caller, at=moment, status=CallStatus.STOPPED, duration_s=0)
    )


@FEW
@given(now=st.sampled_from(NOWS), zone=st.sampled_from(ZONES))
def test_today_and_the_29_days_before_are_counted_whole_and_no_other(
    services: Services, now: datetime, zone: str
) -> None:
    """In the business's time zone, exact to the second at both ends, also across clock changes."""
    clock: FakeClock = services.clock  # type: ignore[assignment]
    clock.moment = now
    owner = add_member(services, add_business(services, time_zone=zone), Role.OWNER, clock)
    block(services, owner, CALLER)
    today = now.astimezone(ZoneInfo(zone)).date()
    first = day_starts(today - timedelta(days=29), zone)
    for moment in (first - timedelta(seconds=1), first, day_starts(today, zone), now):
        stopped_at(services, owner.business_id, moment)
    end_of_today = day_starts(today + timedelta(days=1), zone)
    stopped_at(services, owner.business_id, end_of_today - timedelta(seconds=1))
    stopped_at(services, owner.business_id, end_of_today)
    listing = services.blocked_callers.block_list.page(owner)
    assert [day for day, _ in listing.by_day] == [today - timedelta(days=n) for n in range(29, -1, -1)]
    assert dict(listing.by_day)[today - timedelta(days=29)] == 1
    assert dict(listing.by_day)[today] == 3
    assert listing.stopped == 4
    assert listing.page[0].stopped == 4


def test_a_stop_is_out_of_the_count_after_thirty_days(services: Services, owner: Actor, clock: FakeClock) -> None:
    block(services, owner, CALLER)
    screen(services, owner.business_id)
    clock.moment = START + timedelta(days=29)
    assert (services.blocked_callers.block_list.page(owner).stopped, entry_of(services, owner, CALLER).stopped) == (
        1,
        1,
    )
    clock.moment = START + timedelta(days=30)
    assert (services.blocked_callers.block_list.page(owner).stopped, entry_of(services, owner, CALLER).stopped) == (
        0,
        0,
    )
    assert entry_of(services, owner, CALLER).row.last_stopped_at == START, "blocked permanently"


def test_thirty_days_of_stops_are_counted_also_for_removed_entries(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Removed and expired entries are in the total; each stop counts for its own entry."""
    business = owner.business_id
    other = add_member(services, add_business(services), Role.OWNER, clock)
    block(services, other, CALLER)
    screen(services, other.business_id)
    [gone] = block(services, owner, CALLER)
    block(services, owner, "+1212*", until=START + timedelta(hours=1))
    block(services, owner, "anonymous")
    for caller in (CALLER, CALLER, "+12125550177", ""):
        screen(services, business, caller)
    services.blocked_callers.block_list.unblock(owner, [gone])
    clock.tick(hours=1)
    listing = services.blocked_callers.block_list.page(owner)
    assert (listing.entries, listing.stopped) == (1, 4)
    assert [(entry.row.pattern, entry.stopped) for entry in listing.page] == [("anonymous", 1)]
    [again] = block(services, owner, CALLER)
    assert entry_of(services, owner, CALLER).row.id == again
    assert entry_of(services, owner, CALLER).stopped == 0, "a new entry starts at zero"


def test_an_entry_says_who_made_it_when_and_what_for(services: Services, owner: Actor, clock: FakeClock) -> None:
    services.blocked_callers.block_list.block(owner, [CALLER], note="Sells roofs", until=START + timedelta(days=1))
    clock.tick(minutes=1)
    block(services, a_key(owner.business_id), "+1212*")
    by_key, by_owner = services.blocked_callers.block_list.page(owner).page
    assert (by_owner.row.note, by_owner.row.created_at, by_owner.row.until) == (
        "Sells roofs",
        START,
        START + timedelta(days=1),
    )
    assert by_owner.creator is not None
    assert by_key.creator is None


def tried(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Insert twelve entries, a minute apart, some of which stopped something recently, long ago, or never."""
    for n in range(12):
        block(services, owner, f"+1415555{n:04}")
        clock.tick(minutes=1)
    for n, days, times in ((3, 0, 1), (7, 2, 3), (5, 40, 9), (9, 1, 1), (1, 2, 3), (10, 29, 2)):
        for k in range(times):
            at = clock.now() - timedelta(days=days, seconds=k + n)
            stopped_at(services, owner.business_id, at, f"+1415555{n:04}")


IN_ORDER = {
    Sort.ADDED: [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    Sort.NUMBER: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    Sort.STOPPED: [7, 1, 10, 9, 3, 11, 8, 6, 5, 4, 2, 0],
    Sort.LAST: [3, 9, 1, 7, 10, 5, 11, 8, 6, 4, 2, 0],
}


@pytest.mark.parametrize("sort", Sort)
def test_each_order_is_the_same_in_pages_of_any_size(
    services: Services, owner: Actor, clock: FakeClock, sort: Sort
) -> None:
    """By attempts, entries never or not recently tried come last, newest first."""
    tried(services, owner, clock)
    want = [f"+1415555{n:04}" for n in IN_ORDER[sort]]
    for limit in (1, 2, 3, 5, 7, 12, 50):
        pages = [listed(services, owner, sort=sort, offset=offset, limit=limit) for offset in range(0, 14, limit)]
        assert [pattern for page in pages for pattern in page] == want, limit
    assert listed(services, owner, sort=sort, search="555 0001") == ["+14155550001"]


def test_counts_say_how_many_there_are_and_how_many_match(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Also for the last page, a page beyond it, and a full page."""
    many_entries(services, owner.business_id, (f"+1415555{n:04}" for n in range(120)))
    block(services, owner, "+1212*", until=START + timedelta(hours=1))
    for search, matching in (
        ("", 121),
        ("415", 120),
        ("5550", 120),
        ("55501", 20),
        ("555011", 10),
        ("0119", 1),
        ("9999", 0),
    ):
        for offset in (0, 10, 50, 100, 119, 120, 121, 500):
            listing = services.blocked_callers.block_list.page(owner, search=search, offset=offset)
            assert (listing.entries, listing.matching) == (121, matching), (search, offset)
            assert len(listing.page) == max(0, min(50, matching - offset))
    clock.tick(hours=1)
    assert services.blocked_callers.block_list.page(owner).entries == 120


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("(415) 555-01", {CALLER}),
        ("+1 415 555", {CALLER, "+1415555*"}),
        ("٤١٥", {CALLER, "+1415555*"}),
        ("020 7946", {"+442079460018"}),
        ("roof", {CALLER}),
        ("ROOF", {CALLER}),
        ("sells  roofs", {CALLER}),
        ("100%", {"+442079460018"}),
        ("_", {"+442079460018"}),
        ("anonymous", {"anonymous"}),
        ("Anonymous callers", {"anonymous"}),
        ("hidden", {"anonymous"}),
        ("gate 7", {"anonymous"}),
        ("7", {"anonymous", "+442079460018"}),
        ("   ", {CALLER, "+1415555*", "+442079460018", "anonymous"}),
        ("%", {"+442079460018"}),
        ("nothing", set()),
        ("x" * 10_000, set()),
        ("'; DROP TABLE blocked_callers; --", set()),
    ],
)
def test_an_entry_is_found_by_a_part_of_its_number_or_note(
    services: Services, owner: Actor, search: str, found: set[str]
) -> None:
    """However the number is formatted; text with letters is searched for in notes only."""
    block(services, owner, "+1415555*")
    for number, note in ((CALLER, "Sells roofs"), ("020 7946 0018", "100% sure_"), ("anonymous", "Hidden, gate 7")):
        written = "+44 20 7946 0018" if number.startswith("0") else number
        services.blocked_callers.block_list.block(owner, [written], note=note)
    assert set(listed(services, owner, search=search)) == found


def test_removed_and_ended_entries_and_those_of_others_are_not_found(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    other = add_member(services, add_business(services), Role.OWNER, clock)
    block(services, other, CALLER)
    gone = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, gone)
    ended = block(services, owner, "anonymous", until=START + timedelta(minutes=1))
    clock.tick(minutes=1)
    for sort in Sort:
        assert listed(services, owner, sort=sort) == []
        assert listed(services, owner, sort=sort, search="415") == []
    for entry in (*gone, *ended, *block(services, other, "+1212*"), "blk_x", ""):
        with pytest.raises(NotFound):
            services.blocked_callers.block_list.get(owner, entry)
    assert services.blocked_callers.block_list.after(owner) == ((), None)


def test_a_cursor_goes_through_the_whole_list_once(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Newest first, despite concurrent inserts and removals, even of the cursor's own entry; ties are handled."""
    many_entries(services, owner.business_id, (f"+1415555{n:04}" for n in range(7)))
    clock.tick(minutes=1)
    [newest] = block(services, owner, CALLER)
    seen, cursor = [], ""
    while True:
        page, following = services.blocked_callers.block_list.after(owner, cursor=cursor, limit=3)
        seen += [entry.row.pattern for entry in page]
        assert len(page) == 3 or following is None
        if following is None:
            break
        services.blocked_callers.block_list.unblock(owner, [following])
        clock.tick(minutes=1)
        block(services, owner, f"+1212555{len(seen):04}")
        cursor = following
    assert seen[0] == CALLER
    assert sorted(seen[1:]) == [f"+1415555{n:04}" for n in range(7)]
    assert newest


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_1_to_500_entries(services: Services, owner: Actor, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        services.blocked_callers.block_list.after(owner, limit=limit)
    assert refused.value.field == "limit"


def test_a_cursor_of_nobody_or_of_another_business_is_refused(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    other = add_member(services, add_business(services), Role.OWNER, clock)
    for cursor in ("x", *block(services, other, CALLER)):
        with pytest.raises(Invalid) as refused:
            services.blocked_callers.block_list.after(owner, cursor=cursor)
        assert refused.value.field == "cursor"


def test_the_call_log_knows_which_callers_have_an_entry_of_their_own(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Rows that offer Unblock: not callers matched only by a prefix, and not expired entries."""
    [entry] = block(services, owner, CALLER)
    block(services, owner, "+1212*")
    block(services, owner, "anonymous", until=START + timedelta(minutes=1))
    viewer = add_member(services, owner.business_id, Role.VIEWER, clock)
    callers = [CALLER, "+12125550177", "anonymous", "+442079460018"]
    assert set(services.blocked_callers.block_list.entries_for(viewer, callers)) == {CALLER, "anonymous"}
    clock.tick(minutes=1)
    assert services.blocked_callers.block_list.entries_for(viewer, callers) == {CALLER: entry}
    assert len(entries(services, owner.business_id)) == 3
