"""Which mails a person gets: their choice, but for those that guard the account."""

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.notices import Notice
from tests.support import FakeClock, add_member


def on(services: Services, actor: Actor) -> dict[str, bool]:
    return {choice.notice.value: choice.on for choice in services.account.notices.see(actor)}


def test_everything_is_on_until_it_is_switched_off(services: Services, owner: Actor) -> None:
    assert on(services, owner) == {"expiring_key": True, "ticket_reply": True}
    services.account.notices.choose(owner, {Notice.EXPIRING_KEY})
    assert on(services, owner) == {"expiring_key": True, "ticket_reply": False}
    services.account.notices.choose(owner, {Notice.EXPIRING_KEY, Notice.TICKET_REPLY})
    assert on(services, owner) == {"expiring_key": True, "ticket_reply": True}


def test_what_guards_the_account_stays_on(services: Services, publisher: Actor) -> None:
    services.account.notices.choose(publisher, set())
    assert on(services, publisher) == {"payout_change": True}


def test_a_choice_leaves_alone_what_the_role_does_not_get(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    services.account.notices.choose(owner, set())
    services.business.members.add_member(
        business, "sam@example.com", name="Sam", role=Role.OWNER, password="a long enough password"
    )
    services.business.members.set_role(business, "dana@example.com", Role.MANAGER)
    manager = add_member(services, business, Role.MANAGER, clock)
    assert on(services, manager) == {"ticket_reply": True}
    lowered = Actor(owner.user_id, owner.session_id, business, Role.MANAGER, False)
    services.account.notices.choose(lowered, {Notice.TICKET_REPLY, Notice.EXPIRING_KEY})
    assert on(services, owner) == {"expiring_key": False, "ticket_reply": True}


def test_a_choice_that_changes_nothing_is_no_change(services: Services, owner: Actor) -> None:
    assert not services.account.notices.choose(owner, set(Notice)).topics
    assert services.account.notices.choose(owner, set()).topics
