"""Access requests: owners are notified once a day per section, and see the request until they grant it."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Page, Role, Tab
from settings_ui.domain.errors import Conflict, Forbidden, TooMany
from settings_ui.models import User
from tests.at_once import at_once
from tests.services.business.test_team import membership
from tests.support import FakeClock, add_business, add_member, mails


@pytest.fixture
def viewer(services: Services, business: str, clock: FakeClock) -> Actor:
    """A viewer of the business."""
    return add_member(services, business, Role.VIEWER, clock)


def asks(services: Services, owner: Actor, member: Actor) -> tuple[str, ...]:
    found = services.business.team.see(owner, only=membership(services, member)).members
    assert len(found) == 1
    return found[0].asks_for


def test_every_owner_who_can_sign_in_is_told_where_to_give_it(
    services: Services, business: str, owner: Actor, viewer: Actor, clock: FakeClock
) -> None:
    add_member(services, business, Role.OWNER, clock, email="second@example.com")
    add_member(services, business, Role.ADMIN, clock)
    gone = add_member(services, business, Role.OWNER, clock)
    with services.database.write() as session:
        session.get_one(User, gone.user_id).disabled_at = clock.now()
    done = services.business.requests.send(viewer, Tab.API_KEYS)
    assert (done.value, done.topics) == (2, {f"business-{business}"})
    sent = mails(services)
    assert {mail.recipient for mail in sent} == {"dana@example.com", "second@example.com"}
    assert f"/business?member={membership(services, viewer)}\n" in sent[0].body
    assert "is a viewer of Harbor Leads and asks for access to API Keys, which owners and admins have" in sent[0].body
    noted = services.activity.recent(owner, "members")[0]
    assert (noted.what, noted.after) == ("asked for access", {"Section": "API Keys"})
    assert asks(services, owner, viewer) == ("API Keys",)


def test_the_mail_says_who_has_what_follows_the_add_on(services: Services, owner: Actor, viewer: Actor) -> None:
    assert owner
    services.business.requests.send(viewer, Tab.PAYOUTS)
    assert "which publishers and members with access to Pay Per Call have" in mails(services)[0].body


def test_once_a_day_for_each_section_also_at_once(
    services: Services, owner: Actor, viewer: Actor, clock: FakeClock
) -> None:
    answers = at_once(*[lambda: services.business.requests.send(viewer, Tab.API_KEYS)] * 5)
    assert sum(isinstance(answer, TooMany) for answer in answers) == 4
    assert services.business.requests.was_sent(viewer, Tab.API_KEYS)
    assert not services.business.requests.was_sent(viewer, Page.NUMBERS)
    services.business.requests.send(viewer, Page.NUMBERS)
    clock.tick(hours=24, seconds=-1)
    with pytest.raises(TooMany):
        services.business.requests.send(viewer, Tab.API_KEYS)
    clock.tick(seconds=1)
    services.business.requests.send(viewer, Tab.API_KEYS)
    assert len(mails(services)) == 3
    assert asks(services, owner, viewer) == ("API Keys", "Numbers") or asks(services, owner, viewer) == (
        "Numbers",
        "API Keys",
    )


def test_somebody_elses_request_does_not_count_as_ones_own(
    services: Services, business: str, owner: Actor, viewer: Actor, clock: FakeClock
) -> None:
    other = add_member(services, business, Role.VIEWER, clock)
    services.business.requests.send(other, Tab.API_KEYS)
    assert not services.business.requests.was_sent(viewer, Tab.API_KEYS)
    services.business.requests.send(viewer, Tab.API_KEYS)
    assert len(mails(services, "dana@example.com")) == 2
    assert owner


def test_nobody_asks_for_what_is_open_to_them(services: Services, owner: Actor, viewer: Actor) -> None:
    for actor, section in ((owner, Tab.API_KEYS), (viewer, Tab.PROFILE), (viewer, Page.CALLS)):
        with pytest.raises(Conflict):
            services.business.requests.send(actor, section)
    assert mails(services) == []


def test_rights_are_those_of_now(services: Services, owner: Actor, viewer: Actor) -> None:
    """Not those at page load; and removed members cannot request anything."""
    member = membership(services, viewer)
    services.business.team.change_role(owner, member, "admin")
    with pytest.raises(Conflict):
        services.business.requests.send(viewer, Tab.API_KEYS)
    services.business.team.remove(owner, member)
    with pytest.raises(Forbidden):
        services.business.requests.send(viewer, Tab.API_KEYS)
    assert mails(services) == []


def test_a_request_is_shown_until_it_was_granted_or_a_week_went_by(
    services: Services, business: str, owner: Actor, viewer: Actor, clock: FakeClock
) -> None:
    services.business.requests.send(viewer, Tab.API_KEYS)
    services.business.requests.send(viewer, Tab.PAYOUTS)
    other = add_member(services, business, Role.VIEWER, clock)
    assert asks(services, owner, other) == ()
    member = membership(services, viewer)
    services.business.team.change_role(owner, member, "admin")
    assert asks(services, owner, viewer) == ("Payouts",)
    services.business.members.set_add_on(business, active=True)
    assert asks(services, owner, viewer) == ()
    services.business.team.set_access(owner, member, active=False)
    assert asks(services, owner, viewer) == ("Payouts",)
    clock.tick(days=7)
    assert asks(services, owner, viewer) == ()


def test_a_link_to_a_member_of_another_business_shows_nobody(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    stranger = add_member(services, add_business(services), Role.VIEWER, clock)
    assert services.business.team.see(owner, only=membership(services, stranger)).members == ()
