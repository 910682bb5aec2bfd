"""Unblocking, and undoing it within an hour."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import NotFound
from settings_ui.services.kit.changes import Changed, business_topic
from tests.at_once import at_once
from tests.blocked import block, entries, entry_of, listed, screen
from tests.calls import CALLER
from tests.support import START, FakeClock, add_business, add_member


@pytest.fixture
def neighbour(services: Services, clock: FakeClock) -> Actor:
    """The owner of another business."""
    return add_member(services, add_business(services), Role.OWNER, clock)


def test_unblocking_takes_off_what_is_on_the_list_and_passes_over_all_else(
    services: Services, owner: Actor, neighbour: Actor, clock: FakeClock
) -> None:
    """Unknown ids, those of other businesses, and removed or expired entries do not count and leave no trace."""
    mine, other, ended = block(services, owner, CALLER, "+1212*"), block(services, neighbour, CALLER), None
    [ended] = block(services, owner, "anonymous", until=START + timedelta(minutes=1))
    clock.tick(minutes=1)
    assert services.blocked_callers.block_list.unblock(owner, [mine[0]]).value == 1
    for nothing in ([], ["blk_x"], other, [mine[0]], [ended], ["' OR 1=1 --"]):
        assert services.blocked_callers.block_list.unblock(owner, nothing) == Changed(0, frozenset())
    assert listed(services, owner) == ["+1212*"]
    assert listed(services, neighbour) == [CALLER]
    assert [change.what for change in services.activity.recent(owner, "blocked_callers")].count("unblocked") == 1
    done = services.blocked_callers.block_list.unblock(owner, [*mine, *other])
    assert done == Changed(1, frozenset({business_topic(owner.business_id)}))


def test_two_who_unblock_the_same_entries_at_once_take_each_off_once(services: Services, owner: Actor) -> None:
    made = block(services, owner, *[f"+1415555{n:04}" for n in range(20)])
    orders = [made, made[::-1]] * 6
    results = at_once(
        *[lambda ids=ids: services.blocked_callers.block_list.unblock(owner, ids).value for ids in orders]
    )
    assert sum(result for result in results if isinstance(result, int)) == 20
    assert not [result for result in results if isinstance(result, Exception)]


def test_one_entry_is_taken_off_once_and_handed_back_as_it_was(
    services: Services, owner: Actor, neighbour: Actor
) -> None:
    """Of several concurrent requests one removes it; for the others, and for another business, it is not found."""
    [entry] = block(services, owner, CALLER)
    screen(services, owner.business_id)
    before = entry_of(services, owner, CALLER)
    take_off = services.blocked_callers.block_list.unblock_one
    with pytest.raises(NotFound):
        take_off(neighbour, entry)
    results = at_once(*[lambda: take_off(owner, entry)] * 6)
    [done] = [result for result in results if isinstance(result, Changed)]
    assert sum(isinstance(result, NotFound) for result in results) == 5
    assert (done.value.stopped, done.value.row.pattern, done.value.creator) == (1, CALLER, before.creator)
    assert done.topics == {business_topic(owner.business_id)}
    assert listed(services, owner) == []
    assert [change.what for change in services.activity.recent(owner, "blocked_callers")].count("unblocked") == 1


def test_an_unblocking_is_undone_within_the_hour(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Note, end and stops are restored, as if nothing had happened."""
    [entry] = block(services, owner, CALLER, until=START + timedelta(days=9))
    screen(services, owner.business_id)
    before = entry_of(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, [entry])
    clock.tick(minutes=59, seconds=59)
    assert services.blocked_callers.block_list.put_back(owner, [entry]) == Changed(
        1, frozenset({business_topic(owner.business_id)})
    )
    assert entry_of(services, owner, CALLER) == before
    assert not screen(services, owner.business_id).allow
    assert services.blocked_callers.block_list.put_back(owner, [entry]) == Changed(0, frozenset()), "once is enough"


def test_after_an_hour_it_is_too_late(services: Services, owner: Actor, clock: FakeClock) -> None:
    [entry] = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, [entry])
    clock.tick(hours=1)
    assert services.blocked_callers.block_list.put_back(owner, [entry]) == Changed(0, frozenset())
    assert screen(services, owner.business_id).allow


def test_what_was_blocked_again_meanwhile_is_not_put_back(services: Services, owner: Actor) -> None:
    [first, prefix] = block(services, owner, CALLER, "+1212*")
    services.blocked_callers.block_list.unblock(owner, [first, prefix])
    [second] = block(services, owner, CALLER)
    assert services.blocked_callers.block_list.put_back(owner, [first, prefix]).value == 1
    assert {row.id for row in entries(services, owner.business_id) if row.removed_at is None} == {second, prefix}


def test_of_two_entries_for_a_number_the_latest_is_put_back(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Blocked and unblocked twice, then both undone in one request: only one entry is active, as always."""
    [first] = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, [first])
    clock.tick(minutes=1)
    [second] = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, [second])
    assert services.blocked_callers.block_list.put_back(owner, [first, second]).value == 1
    assert entry_of(services, owner, CALLER).row.id == second


def test_what_would_have_ended_meanwhile_is_not_put_back(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Nor does an entry that replaced another and has since expired prevent the undo."""
    [short] = block(services, owner, "anonymous", until=START + timedelta(minutes=10))
    [lasting] = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, [short, lasting])
    block(services, owner, CALLER, until=START + timedelta(minutes=10))
    clock.tick(minutes=20)
    assert services.blocked_callers.block_list.put_back(owner, [short, lasting]).value == 1
    assert entry_of(services, owner, CALLER).row.id == lasting


def test_others_entries_are_not_put_back(services: Services, owner: Actor, neighbour: Actor) -> None:
    theirs = block(services, neighbour, CALLER)
    services.blocked_callers.block_list.unblock(neighbour, theirs)
    assert services.blocked_callers.block_list.put_back(owner, theirs) == Changed(0, frozenset())
    assert listed(services, neighbour) == []


def test_24_who_undo_and_block_at_once_leave_one_entry(services: Services, owner: Actor) -> None:
    made = block(services, owner, CALLER)
    services.blocked_callers.block_list.unblock(owner, made)
    undo = [lambda: services.blocked_callers.block_list.put_back(owner, made).value] * 12
    again = [lambda: services.blocked_callers.block_list.block(owner, [CALLER]).value] * 12
    results = at_once(*undo, *again)
    assert not [result for result in results if isinstance(result, Exception)]
    assert listed(services, owner) == [CALLER]
