"""Recent changes of a business, for those who may read them."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Forbidden
from settings_ui.models import Activity
from settings_ui.services.kit.activity import record
from tests.support import START, FakeClock, add_business, add_member


def write(
    services: Services,
    what: str,
    *,
    actor: Actor | None = None,
    business: str = "",
    minutes: int = 0,
    source: str | None = None,
) -> None:
    with services.database.write() as session:
        record(
            session,
            "payouts",
            what,
            at=START + timedelta(minutes=minutes),
            actor=actor,
            business_id=business or None,
            source=source,
            before={"a": "1"},
            after={"a": "2"},
        )


def test_the_ten_latest_come_newest_first_with_who_and_what(services: Services, owner: Actor) -> None:
    for number in range(12):
        write(services, f"did {number}", actor=owner, minutes=number)
    recent = services.activity.recent(owner, "payouts")
    assert [change.what for change in recent] == [f"did {number}" for number in range(11, 1, -1)]
    newest = recent[0]
    assert (newest.who, newest.before, newest.after) == (
        services.business.shell.see(owner).name,
        {"a": "1"},
        {"a": "2"},
    )
    assert newest.at == START + timedelta(minutes=11)


def test_the_operator_signs_what_the_command_line_did(services: Services, owner: Actor, business: str) -> None:
    services.business.members.set_add_on(business, active=True)
    [change] = services.activity.recent(owner, "payouts")
    assert (change.who, change.source, change.what) == ("The operator", "operator", "turned Pay Per Call on")


def test_nobody_signs_what_nobody_did(services: Services, owner: Actor, business: str) -> None:
    """Nor what an unknown source did: a person is never blamed by default."""
    write(services, "did", business=business)
    write(services, "did", business=business, source="an older version", minutes=1)
    assert [(change.who, change.source) for change in services.activity.recent(owner, "payouts")] == [
        ("Automatic", "an older version"),
        ("Automatic", "automatic"),
    ]


def test_topics_and_businesses_do_not_mix(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Nothing from other businesses, nor what a person changed about themselves elsewhere."""
    foreign = add_business(services)
    stranger = add_member(services, foreign, Role.OWNER, clock)
    write(services, "ours", actor=owner)
    write(services, "theirs", actor=stranger)
    write(services, "nobody's")
    assert [change.what for change in services.activity.recent(owner, "payouts")] == ["ours"]
    assert [change.what for change in services.activity.recent(stranger, "payouts")] == ["theirs"]
    assert services.activity.recent(owner, "no such topic") == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
def test_only_owner_and_admin_read_it(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    with pytest.raises(Forbidden):
        services.activity.recent(add_member(services, business, role, clock), "payouts")


def test_an_admin_reads_it(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    write(services, "ours", actor=owner)
    admin = add_member(services, business, Role.ADMIN, clock)
    assert [change.what for change in services.activity.recent(admin, "payouts")] == ["ours"]


def test_a_change_that_is_undone_leaves_no_trace(services: Services, owner: Actor) -> None:
    """It is written in the same transaction as the change."""

    def change() -> None:
        with services.database.write() as session:
            record(session, "payouts", "did", at=START, actor=owner)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert services.activity.recent(owner, "payouts") == []


def test_a_change_keeps_where_it_came_from(services: Services, owner: Actor) -> None:
    write(services, "did", actor=owner)
    with services.database.read() as session:
        row = session.get_one(Activity, services.activity.recent(owner, "payouts")[0].id)
    assert (row.source, row.network) == ("web", "192.0.2.0/24")
