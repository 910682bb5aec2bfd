"""The activity log of a business: complete, filterable, and kept for 400 days."""

from datetime import timedelta

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services, jobs
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import Grace, KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid
from settings_ui.models import Activity, ApiKey
from settings_ui.services.activity.effects import Effect, Undo
from settings_ui.services.activity.filter import KEYS, ActivityFilterText, Filter, filter_of
from settings_ui.services.activity.log import Change
from settings_ui.services.kit.activity import AUTOMATIC, OPERATOR, record
from tests.blocked import block, screen
from tests.calls import CALLER, a_call, a_key
from tests.qualified import change
from tests.qualified import record as record_calls
from tests.statements import Statements
from tests.support import START, FakeClock, add_business, add_member

EVERYTHING = Filter()


def write(services: Services, business: str, what: str = "did something", **more: object) -> None:
    with services.database.write() as session:
        record(session, "numbers", what, at=services.clock.now(), business_id=business, **more)  # type: ignore[arg-type]


def latest(services: Services, actor: Actor) -> Change:
    return services.activity.page(actor, EVERYTHING).changes[0]


def whats(services: Services, actor: Actor, wanted: Filter) -> list[str]:
    return [found.seen.what for found in services.activity.page(actor, wanted).changes]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
def test_only_owners_and_admins_read_it(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    actor = add_member(services, business, role, clock)
    for read in (
        lambda: services.activity.page(actor, EVERYTHING),
        lambda: services.activity.choices(actor),
        lambda: list(services.activity.export(actor, EVERYTHING)),
    ):
        with pytest.raises(Forbidden):
            read()
    assert whats(services, add_member(services, business, Role.ADMIN, clock), EVERYTHING) == []


def test_pages_hold_every_change_once_in_both_directions(services: Services, business: str, owner: Actor) -> None:
    """Including changes with equal timestamps, of which there are many here."""
    for number in range(7):
        write(services, business, f"did {number}")
    write(services, add_business(services), "elsewhere")
    there, cursor = [], ""
    while True:
        page = services.activity.page(owner, EVERYTHING, cursor=cursor, limit=3)
        there.append([found.seen.id for found in page.changes])
        if page.older is None:
            break
        cursor = page.older
    assert [len(ids) for ids in there] == [3, 3, 1]
    assert len({one for ids in there for one in ids}) == 7
    back = services.activity.page(owner, EVERYTHING, cursor=str(page.newer), newer=True, limit=3)
    assert [found.seen.id for found in back.changes] == there[1]
    first = services.activity.page(owner, EVERYTHING, cursor=str(back.newer), newer=True, limit=3)
    assert ([found.seen.id for found in first.changes], first.newer) == (there[0], None)
    assert len(list(services.activity.export(owner, EVERYTHING))) == 7


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "~",
        "2026-03-04~act_1",
        "2026-03-04T12:00:00~a",
        "2026-03-04T12:00:00+00:00~\0",
        "0001-01-01T00:00:00+23:59~act_1",
        "9999-12-31T23:59:59-23:59~act_1",
    ],
)
def test_a_cursor_that_is_none_is_refused(services: Services, owner: Actor, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.activity.page(owner, EVERYTHING, cursor=cursor)
    assert refused.value.field == "cursor"


def test_it_is_filtered_by_who_what_and_when(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    admin = add_member(services, business, Role.ADMIN, clock)
    services.numbers.add(owner, "+1 415 555 0132", "Radio")
    services.numbers.add(a_key(business), "+1 415 555 0133", "Radio")
    write(services, business, "by the operator", source="operator")
    write(services, business, "by nobody")
    write(services, business, "by nobody", source="an older version")
    clock.tick(days=1)
    block(services, admin, CALLER)
    assert whats(services, owner, Filter(who=owner.user_id)) == ["added a number"]
    assert whats(services, owner, Filter(who=KEYS)) == ["added a number"]
    assert whats(services, owner, Filter(who=OPERATOR)) == ["by the operator"]
    assert whats(services, owner, Filter(who=AUTOMATIC)) == ["by nobody"] * 2
    assert whats(services, owner, Filter(topic="blocked_callers")) == ["blocked"]
    assert whats(services, owner, Filter(start=clock.now())) == ["blocked"]
    assert len(whats(services, owner, Filter(end=clock.now()))) == 5
    assert whats(services, owner, Filter(who="usr_nobody")) == []
    choices = services.activity.choices(owner)
    assert choices.topics == ("blocked_callers", "numbers")
    assert {user for user, _ in choices.people} == {owner.user_id, admin.user_id}
    by_key = services.activity.page(owner, Filter(who=KEYS)).changes[0].seen
    assert (by_key.who, by_key.after) == ("The key Platform", {"(415) 555-0133": "Radio"})


def test_days_of_a_filter_begin_and_end_in_the_business(services: Services) -> None:
    wanted = ActivityFilterText.of({"period": "custom", "first": "2026-03-04", "last": "2026-03-04", "unknown": "x"})
    found = filter_of(wanted, "America/New_York", START)
    assert found.start
    assert found.end
    assert (found.start.isoformat(), found.end - found.start) == ("2026-03-04T05:00:00+00:00", timedelta(days=1))
    assert filter_of(ActivityFilterText(period="all"), "UTC", START) == EVERYTHING
    assert ActivityFilterText().query() == ""
    assert ActivityFilterText(what="numbers", period="7").query() == "period=7&what=numbers"
    for wrong in ({"period": "custom", "first": "never"}, {"period": "999"}):
        with pytest.raises(Invalid):
            filter_of(ActivityFilterText.of(wrong), "UTC", START)


def test_a_block_says_what_it_stopped_since_and_can_be_taken_back(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    entries = block(services, owner, CALLER, "anonymous")
    assert latest(services, owner).effect == Effect(stopped=0, undo=Undo.UNBLOCK)
    for _ in range(3):
        screen(services, business)
    screen(services, business, "")
    blocked = latest(services, owner)
    assert (blocked.about, blocked.effect.stopped) == (tuple(entries), 4)
    clock.tick(seconds=1)
    services.blocked_callers.block_list.unblock(owner, entries)
    assert latest(services, owner).effect == Effect(stopped=4, undo=Undo.BLOCK_AGAIN)
    clock.tick(hours=1)
    assert latest(services, owner).effect == Effect(stopped=4)
    first = services.activity.page(owner, EVERYTHING).changes[-1]
    assert first.effect == Effect(stopped=4)


def test_what_ended_by_itself_is_not_offered_to_be_taken_back(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    block(services, owner, CALLER, until=clock.now() + timedelta(minutes=10))
    clock.tick(minutes=9)
    assert latest(services, owner).effect.undo is Undo.UNBLOCK
    clock.tick(minutes=1)
    assert latest(services, owner).effect.undo is None
    (entry,) = block(services, owner, CALLER, until=clock.now() + timedelta(minutes=10))
    services.blocked_callers.block_list.unblock(owner, [entry])
    clock.tick(minutes=10)
    assert latest(services, owner).effect.undo is None


def test_a_key_that_was_ended_says_when_it_was_used_last(services: Services, owner: Actor, clock: FakeClock) -> None:
    keys = services.api_keys.keys
    used, unused = (keys.create(owner, name, KeyAccess.FULL).value.key.id for name in ("CRM", "Old"))
    assert latest(services, owner).effect == Effect()
    with services.database.write() as session:
        session.get_one(ApiKey, used).last_used_at = clock.now()
    clock.tick(hours=1)
    keys.revoke(owner, used)
    assert latest(services, owner).effect == Effect(ended=True, last_request=START)
    clock.tick(hours=1)
    keys.rotate(owner, unused, Grace.NONE)
    assert latest(services, owner).effect == Effect(ended=True)


def test_a_threshold_says_which_share_qualified_before_and_after(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    change(services, owner, 60)
    assert latest(services, owner).seen.after == {"Threshold": "60 s"}
    record_calls(services, business, *(a_call(duration_s=seconds) for seconds in (30, 60, 90, 120)))
    clock.tick(seconds=1)
    change(services, owner, 100)
    seen = latest(services, owner).seen
    assert seen.before == {"Threshold": "60 s", "Qualified in 30 days": "75.0%"}
    assert seen.after == {"Threshold": "100 s", "Qualified in 30 days": "25.0%"}


def test_a_page_asks_the_database_as_often_for_one_change_as_for_many(
    services: Services, business: str, owner: Actor
) -> None:
    block(services, owner, CALLER)
    with Statements(services) as one:
        services.activity.page(owner, EVERYTHING)
    for number in range(30):
        block(services, owner, f"+1415555{number:04}")
    with Statements(services) as many:
        services.activity.page(owner, EVERYTHING)
    assert len(many) == len(one)


def test_what_is_older_than_400_days_is_forgotten_by_a_nightly_job(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    write(services, business, "old")
    clock.tick(seconds=1)
    write(services, business, "not so old")
    clock.tick(days=400)
    (nightly,) = (job for job in jobs(services) if job.name == "forget old activity")
    assert nightly.every_s == 24 * 3600
    assert nightly.work() == 1
    with services.database.read() as session:
        assert [row.what for row in session.exec(select(Activity))] == ["not so old"]
