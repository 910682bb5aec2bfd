"""The call log: every call appears on exactly one page, under any filter, despite concurrent inserts."""

from dataclasses import replace

import pytest
from sqlmodel import col, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid, NotFound
from settings_ui.models import Business, Call
from settings_ui.services.calls.log import MOST, Filter, SeenCall
from tests.calls import a_call, a_key, bring_in
from tests.services.calls.pages import EVERY, all_older, ids, minutes_ago
from tests.support import FakeClock, add_business, add_member


def test_calls_are_shown_newest_first_with_what_they_count_as(services: Services, business: str, owner: Actor) -> None:
    """The current verdict, and the one it was recorded with, which never changes."""
    bring_in(services, business, a_call("old", at=minutes_ago(2), duration_s=95), a_call("new", duration_s=50))
    services.qualified_calls.set(owner, "100", seen_s=90)
    bring_in(services, business, a_call("newest", at=minutes_ago(-1), duration_s=95))
    page = services.calls.log.page(owner, EVERY)
    assert [(s.call.id, s.verdict.qualified, s.qualified_then) for s in page.calls] == [
        ("newest", False, False),
        ("new", False, False),
        ("old", False, True),
    ]
    assert page.calls[2].verdict.reason == "95 s, under the 100 s threshold"
    assert (page.threshold_s, page.time_zone, page.region) == (100, "UTC", "US")
    assert (page.older, page.newer) == (None, None)


def test_a_business_without_calls_has_an_empty_page(services: Services, owner: Actor) -> None:
    page = services.calls.log.page(owner, EVERY)
    assert (page.calls, page.older, page.newer) == ((), None, None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
def test_pages_show_every_call_once_also_those_of_one_moment(
    services: Services, business: str, owner: Actor, limit: int
) -> None:
    bring_in(services, business, *[a_call(f"c{n:02}", at=minutes_ago(n // 4)) for n in range(10)])
    found = all_older(services, owner, limit=limit)
    assert len(found) == 10
    assert set(found) == {f"c{n:02}" for n in range(10)}
    assert found[-2:] == ["c09", "c08"]


def test_going_back_shows_the_pages_that_were_seen(services: Services, business: str, owner: Actor) -> None:
    bring_in(services, business, *[a_call(f"c{n:02}", at=minutes_ago(n // 3)) for n in range(11)])
    pages = [services.calls.log.page(owner, EVERY, limit=3)]
    while cursor := pages[-1].older:
        pages.append(services.calls.log.page(owner, EVERY, cursor=cursor, limit=3))
    assert [len(page.calls) for page in pages] == [3, 3, 3, 2]
    here = pages[-1]
    for before in reversed(pages[:-1]):
        assert here.newer is not None
        here = services.calls.log.page(owner, EVERY, cursor=here.newer, newer=True, limit=3)
        assert ids(here) == ids(before)
    assert here.newer is None
    assert here.older == pages[0].older


def test_calls_that_come_in_meanwhile_move_no_page(services: Services, business: str, owner: Actor) -> None:
    """Paging forward shows every call that existed at the start, once; new ones appear on going back."""
    bring_in(services, business, *[a_call(f"c{n:02}", at=minutes_ago(n)) for n in range(9)])
    page = services.calls.log.page(owner, EVERY, limit=3)
    found = ids(page)
    n = 0
    while page.older:
        n += 1
        bring_in(services, business, a_call(f"late{n}", at=minutes_ago(-n)))
        page = services.calls.log.page(owner, EVERY, cursor=page.older, limit=3)
        found += ids(page)
    assert found == [f"c{n:02}" for n in range(9)]
    first = services.calls.log.page(owner, EVERY, limit=5)
    assert ids(first) == ["late2", "late1", "c00", "c01", "c02"]


def test_a_page_of_newer_calls_ends_where_the_log_does(services: Services, business: str, owner: Actor) -> None:
    bring_in(services, business, *[a_call(f"c{n}", at=minutes_ago(n)) for n in range(4)])
    second = services.calls.log.page(owner, EVERY, cursor=older(services, owner, limit=2), limit=2)
    bring_in(services, business, a_call("late", at=minutes_ago(-1)))
    assert second.newer is not None
    first = services.calls.log.page(owner, EVERY, cursor=second.newer, newer=True, limit=2)
    assert ids(first) == ["c0", "c1"]
    assert first.newer is not None
    assert ids(services.calls.log.page(owner, EVERY, cursor=first.newer, newer=True, limit=2)) == ["late"]


def older(services: Services, actor: Actor, wanted: Filter = EVERY, limit: int = 1) -> str:
    cursor = services.calls.log.page(actor, wanted, limit=limit).older
    assert cursor is not None
    return cursor


def test_a_cursor_keeps_its_place_under_another_filter(services: Services, business: str, owner: Actor) -> None:
    """A cursor is a point in time, not a row number, so it stays valid under another filter."""
    bring_in(
        services,
        business,
        *[a_call(f"c{n}", at=minutes_ago(n), source="Radio" if n % 2 else "Organic") for n in range(8)],
    )
    cursor = older(services, owner, limit=3)
    page = services.calls.log.page(owner, Filter(source="Radio"), cursor=cursor)
    assert ids(page) == ["c3", "c5", "c7"]


@pytest.mark.parametrize(
    "cursor", ["x", "..", "W10.abc", "[]", "é", "\x00", "a" * 100_000, "WyJiaXoiLCJ4IiwxXQ.AAAAAAAAAAAAAAAAAAAAAAAAAAA"]
)
def test_a_made_up_cursor_is_refused(services: Services, owner: Actor, cursor: str) -> None:
    with pytest.raises(Invalid, match="not valid") as refused:
        services.calls.log.page(owner, EVERY, cursor=cursor)
    assert refused.value.field == "cursor"


def test_a_cursor_that_was_changed_or_of_another_business_is_refused(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    bring_in(services, business, a_call(), a_call())
    cursor = older(services, owner)
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    payload, _, signature = cursor.partition(".")
    for actor, tried in (
        (elsewhere, cursor),
        (owner, f"{payload}.{signature[::-1]}"),
        (owner, f"{payload[::-1]}.{signature}"),
        (owner, cursor[:-1]),
    ):
        with pytest.raises(Invalid) as refused:
            services.calls.log.page(actor, EVERY, cursor=tried)
        assert refused.value.field == "cursor"


@pytest.mark.parametrize("limit", [0, -1, MOST + 1, 10**9])
def test_a_page_has_one_call_at_least_and_500_at_most(services: Services, owner: Actor, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        services.calls.log.page(owner, EVERY, limit=limit)
    assert refused.value.field == "limit"


def test_one_call_is_found_by_the_platform_s_id(services: Services, business: str, owner: Actor) -> None:
    bring_in(services, business, a_call("c-1", duration_s=90))
    seen = services.calls.log.get(owner, "c-1")
    assert isinstance(seen, SeenCall)
    assert (seen.call.id, seen.verdict.qualified) == ("c-1", True)


def test_another_business_s_call_is_not_found_like_one_that_never_was(
    services: Services, business: str, clock: FakeClock
) -> None:
    bring_in(services, business, a_call("c-1"))
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    messages = set()
    for wanted in ("c-1", "c-2", "", "x" * 10_000):
        with pytest.raises(NotFound) as refused:
            services.calls.log.get(elsewhere, wanted)
        messages.add(refused.value.message)
    assert len(messages) == 1
    assert services.calls.log.page(elsewhere, EVERY).calls == ()


def test_the_sources_that_had_calls_are_listed_in_order(services: Services, business: str, owner: Actor) -> None:
    bring_in(
        services, business, *[a_call(source=source) for source in ("radio", "Billboard", "Zebra", "alpha", "radio")]
    )
    bring_in(services, add_business(services), a_call(source="Elsewhere"))
    assert services.calls.log.sources(owner) == ["alpha", "Billboard", "radio", "Zebra"]


def test_all_but_publishers_see_calls_and_so_do_keys_that_may_read(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    bring_in(services, business, a_call("c-1"))
    for role in (Role.OWNER, Role.ADMIN, Role.MANAGER, Role.VIEWER):
        assert ids(services.calls.log.page(add_member(services, business, role, clock), EVERY)) == ["c-1"]
    for access in (KeyAccess.FULL, KeyAccess.READ_ONLY):
        assert ids(services.calls.log.page(a_key(business, access), EVERY)) == ["c-1"]
    for denied in (add_member(services, business, Role.PUBLISHER, clock), a_key(business, KeyAccess.SCREENING)):
        for look in (
            lambda: services.calls.log.page(denied, EVERY),  # noqa: B023
            lambda: services.calls.log.get(denied, "c-1"),  # noqa: B023
            lambda: next(services.calls.log.export(denied, EVERY)),  # noqa: B023
            lambda: services.calls.log.sources(denied),  # noqa: B023
        ):
            with pytest.raises(Forbidden):
                look()


def test_a_rename_of_the_zone_or_region_shows_on_the_next_page(services: Services, business: str, owner: Actor) -> None:
    with services.database.write() as session:
        changed = {"time_zone": "Europe/London", "region": "GB"}
        session.exec(update(Business).where(col(Business.id) == business).values(**changed))
    page = services.calls.log.page(owner, EVERY)
    assert (page.time_zone, page.region) == ("Europe/London", "GB")


def test_calls_that_were_recorded_later_but_started_earlier_take_their_place_in_time(
    services: Services, business: str, owner: Actor
) -> None:
    call = a_call("first", at=minutes_ago(1))
    for new in (call, replace(call, id="second", started_at=minutes_ago(2)), replace(call, id="third")):
        services.calls.recording.record(a_key(business), new)
    page = services.calls.log.page(owner, EVERY)
    assert ids(page) == ["third", "first", "second"]
    assert isinstance(page.calls[0].call, Call)
