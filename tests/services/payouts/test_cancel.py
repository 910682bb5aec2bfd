"""Cancelling a change on hold: only one's own, only during the hold, only once."""

import functools
from datetime import timedelta

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Gone, NotFound
from settings_ui.models import Activity, PayoutDestination
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import REVERT_PATH, VERIFY_PATH
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.services.payouts.mail import CANCEL_PATH
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_business, add_member, join, link_token, mails, open_session

PAY, NEW, OTHER = "pay@harborleads.example", "new@harborleads.example", "other@harborleads.example"


@pytest.fixture
def change(services: Services, publisher: Actor, clock: FakeClock) -> PayoutDestination:
    """A change on hold, made ten days after the first address."""
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    clock.tick(days=10)
    return services.payouts.destinations.save(publisher, NEW, PASSWORD).value


def test_a_cancelled_change_never_takes_effect_and_another_can_be_saved(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock
) -> None:
    done = services.payouts.destinations.cancel(publisher, change.id)
    assert done.topics == {user_topic(publisher.user_id), business_topic(publisher.business_id)}
    seen = services.payouts.destinations.see(publisher)
    assert (seen.in_force and seen.in_force.email, seen.on_hold) == (PAY, None)
    clock.tick(minutes=1)
    services.payouts.destinations.save(publisher, OTHER, PASSWORD)
    clock.tick(days=30)
    assert services.payouts.destinations.see(publisher).in_force is not None
    assert [
        (row.email, row.cancelled_at is not None) for row in services.payouts.destinations.see(publisher).history
    ] == [
        (OTHER, False),
        (NEW, True),
        (PAY, False),
    ]


def test_cancelling_does_not_shorten_the_next_hold(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock
) -> None:
    clock.tick(hours=71)
    services.payouts.destinations.cancel(publisher, change.id)
    again = services.payouts.destinations.save(publisher, NEW, PASSWORD).value
    assert again.effective_at == clock.now() + timedelta(hours=72)


def test_the_activity_says_who_cancelled_what(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    services.payouts.destinations.cancel(publisher, change.id)
    with services.database.read() as session:
        row = session.exec(select(Activity).where(Activity.what == "cancelled a PayPal email")).one()
    assert (row.user_id, row.business_id, row.source) == (publisher.user_id, publisher.business_id, "web")
    assert (row.before, row.after) == ({"PayPal email": "n••@h••.example"}, {})


def test_a_change_can_be_cancelled_until_the_hold_is_over_and_not_after(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock
) -> None:
    clock.tick(hours=72)
    with pytest.raises(Gone, match="in force and can no longer be cancelled"):
        services.payouts.destinations.cancel(publisher, change.id)
    clock.tick(seconds=-1)
    services.payouts.destinations.cancel(publisher, change.id)


def test_a_change_is_cancelled_once(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    services.payouts.destinations.cancel(publisher, change.id)
    with pytest.raises(Gone, match="already cancelled"):
        services.payouts.destinations.cancel(publisher, change.id)


def test_of_many_cancels_at_once_one_counts(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    answers = at_once(*[functools.partial(services.payouts.destinations.cancel, publisher, change.id)] * 12)
    assert sum(isinstance(answer, Gone) for answer in answers) == 11
    with services.database.read() as session:
        assert len(session.exec(select(Activity).where(Activity.what == "cancelled a PayPal email")).all()) == 1


@pytest.mark.parametrize("later", [0, 71, 73])
def test_what_is_in_force_cannot_be_cancelled_in_the_app(
    services: Services, publisher: Actor, clock: FakeClock, later: int
) -> None:
    """A stolen session cannot clear the destination to save its own without a hold, not even while the mail link
    could still cancel."""
    first = services.payouts.destinations.save(publisher, PAY, PASSWORD).value
    clock.tick(hours=later)
    with pytest.raises(NotFound, match="There is no change on hold"):
        services.payouts.destinations.cancel(publisher, first.id)
    assert services.payouts.destinations.see(publisher).in_force is not None


@pytest.mark.parametrize("call", ["cancel", "send_confirmation"])
def test_anybody_elses_change_is_like_none_at_all(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock, call: str
) -> None:
    """Colleague, owner, the same user in another business, an unknown id: all get one answer, and nothing changes."""
    elsewhere = add_business(services)
    join(services, publisher.user_id, elsewhere, Role.PUBLISHER)
    in_other_business = Actor(publisher.user_id, publisher.session_id, elsewhere, Role.PUBLISHER, pay_per_call=False)
    colleague = add_member(services, publisher.business_id, Role.PUBLISHER, clock)
    services.business.members.set_add_on(publisher.business_id, active=True)
    boss = add_member(services, publisher.business_id, Role.OWNER, clock)
    answers = set()
    for actor, asked in [
        (colleague, change.id),
        (boss, change.id),
        (in_other_business, change.id),
        (publisher, "pay_nobodyhasthisidatall2222"),
        (publisher, ""),
    ]:
        with pytest.raises(NotFound) as refused:
            getattr(services.payouts.destinations, call)(actor, asked)
        answers.add((refused.value.message, refused.value.code))
    assert answers == {("This was not found. It may have been removed.", "not_found")}
    on_hold = services.payouts.destinations.see(publisher).on_hold
    assert on_hold is not None
    assert on_hold.id == change.id


@pytest.mark.parametrize("asked", ["\0", "pay_\0", "\ud800", "x" * 100_000, "' or 1=1 --"], ids=lambda t: ascii(t)[:12])
@pytest.mark.parametrize("call", ["cancel", "send_confirmation"])
def test_an_id_that_no_database_could_hold_is_refused_too(
    services: Services, publisher: Actor, change: PayoutDestination, call: str, asked: str
) -> None:
    with pytest.raises(DomainError) as refused:
        getattr(services.payouts.destinations, call)(publisher, asked)
    assert refused.value.code in {"not_found", "invalid_request"}


def test_with_the_add_on_gone_the_app_refuses_and_the_mail_link_still_cancels(
    services: Services, business: str, clock: FakeClock
) -> None:
    """Losing the add-on during a hold must not leave a thief's change unstoppable."""
    services.business.members.set_add_on(business, active=True)
    kim = add_member(services, business, Role.MANAGER, clock, email="kim@example.com")
    services.payouts.destinations.save(kim, PAY, PASSWORD)
    clock.tick(days=10)
    change = services.payouts.destinations.save(kim, NEW, PASSWORD).value
    services.business.members.set_add_on(business, active=False)
    now = Actor(kim.user_id, kim.session_id, business, Role.MANAGER, pay_per_call=False)
    with pytest.raises(Forbidden):
        services.payouts.destinations.cancel(now, change.id)
    token = link_token(mails(services, "kim@example.com")[-1].body, "/payouts/cancel")
    assert services.payouts.links.cancel(token, None).value.otherwise == PAY
    clock.tick(days=10)
    services.business.members.set_add_on(business, active=True)
    seen = services.payouts.destinations.see(kim)
    assert (seen.in_force and seen.in_force.email, seen.on_hold) == (PAY, None)


def test_a_hold_runs_on_while_the_add_on_is_off(services: Services, business: str, clock: FakeClock) -> None:
    """The hold protects the money, not the feature: switching the add-on off and on does not restart it."""
    services.business.members.set_add_on(business, active=True)
    kim = add_member(services, business, Role.MANAGER, clock)
    services.payouts.destinations.save(kim, PAY, PASSWORD)
    services.payouts.destinations.save(kim, NEW, PASSWORD)
    services.business.members.set_add_on(business, active=False)
    clock.tick(hours=72)
    assert services.payouts.run.lines() == []
    services.business.members.set_add_on(business, active=True)
    assert [line.paypal_email for line in services.payouts.run.lines()] == [NEW]


def test_a_confirmed_or_cancelled_address_needs_no_confirmation(services: Services, publisher: Actor) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    change = services.payouts.destinations.save(publisher, NEW, PASSWORD).value
    services.payouts.links.confirm(link_token(mails(services, PAY)[0].body, "/payouts/confirm"))
    services.payouts.destinations.cancel(publisher, change.id)
    for destination in services.payouts.destinations.see(publisher).history:
        with pytest.raises(Conflict, match="does not need confirmation"):
            services.payouts.destinations.send_confirmation(publisher, destination.id)


def test_whoever_changes_the_login_email_first_does_not_keep_a_change_from_the_owner(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """A thief with the password would try this: the cancel link goes to both addresses, even after two changes."""
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    clock.tick(days=10)
    for thief in ("thief@example.com", "thief2@example.com"):
        services.account.login_email.change(publisher, thief, PASSWORD)
        clock.tick(minutes=1)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    told = mails(services, "pat@example.com")[-1]
    assert told.subject == "Your PayPal email for Harbor Leads was changed"
    assert told.body == mails(services, "thief2@example.com")[-1].body
    assert "PayPal" not in "".join(mail.subject for mail in mails(services, "thief@example.com")), "already replaced"
    services.payouts.links.cancel(link_token(told.body, CANCEL_PATH), None)
    clock.tick(days=30)
    in_force = services.payouts.destinations.see(publisher).in_force
    assert in_force is not None
    assert in_force.email == PAY


@pytest.mark.parametrize("later", ["a week later", "taken back"])
def test_an_address_that_can_no_longer_take_the_account_back_is_told_nothing(
    services: Services, publisher: Actor, clock: FakeClock, later: str
) -> None:
    services.account.login_email.change(publisher, "moss@example.com", PASSWORD)
    services.account.login_email.verify(link_token(mails(services, "moss@example.com")[-1].body, VERIFY_PATH))
    clock.tick(seconds=1)
    if later == "taken back":
        services.account.login_email.revert(link_token(mails(services, "pat@example.com")[-1].body, REVERT_PATH))
        token = open_session(services, publisher.user_id, clock)  # the revert has ended the one that made the change
        again = services.account.access.actor(token_digest(token), publisher.business_id)
        assert again is not None
        publisher = again
    else:
        clock.tick(days=7)
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    told = [mail.recipient for mail in mails(services) if "PayPal email for Harbor Leads was saved" in mail.subject]
    assert told == ["pat@example.com" if later == "taken back" else "moss@example.com"]
