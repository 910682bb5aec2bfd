"""The links in payout mails: each does one thing, once, for one destination, until it expires."""

import functools

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import DomainError, Forbidden, Gone, NotFound
from settings_ui.models import Activity, PayoutDestination
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.services.kit.links import Links
from settings_ui.services.payouts.mail import CANCEL, CONFIRM
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_member, link_token, mails

PAY, NEW = "pay@harborleads.example", "new@harborleads.example"


@pytest.fixture
def first(services: Services, publisher: Actor) -> PayoutDestination:
    return services.payouts.destinations.save(publisher, PAY, PASSWORD).value


@pytest.fixture
def change(services: Services, publisher: Actor, first: PayoutDestination, clock: FakeClock) -> PayoutDestination:
    clock.tick(days=10)
    return services.payouts.destinations.save(publisher, NEW, PASSWORD).value


def cancel_token(services: Services) -> str:
    """The token of the latest cancel link in the login mailbox."""
    return link_token(mails(services, "pat@example.com")[-1].body, "/payouts/cancel")


def confirm_token(services: Services, address: str) -> str:
    """The token of the latest confirm link in the PayPal mailbox."""
    return link_token(mails(services, address)[-1].body, "/payouts/confirm")


def shown(services: Services, publisher: Actor) -> tuple[str | None, str | None]:
    seen = services.payouts.destinations.see(publisher)
    return seen.in_force.email if seen.in_force else None, seen.on_hold.email if seen.on_hold else None


def test_the_mail_link_cancels_a_change_with_nobody_signed_in(
    services: Services, publisher: Actor, change: PayoutDestination
) -> None:
    """The owner of the login mailbox can stop a thief, even if the thief has changed the password."""
    done = services.payouts.links.cancel(cancel_token(services), None)
    assert (done.value.email, done.value.otherwise, done.value.business) == (NEW, PAY, "Harbor Leads")
    assert done.topics == {user_topic(publisher.user_id), business_topic(publisher.business_id)}
    assert shown(services, publisher) == (PAY, None)


def test_the_mail_link_cancels_a_first_address_within_72_hours(
    services: Services, publisher: Actor, first: PayoutDestination, clock: FakeClock
) -> None:
    token = cancel_token(services)
    clock.tick(hours=72)
    with pytest.raises(Gone, match="expired after 72 hours"):
        services.payouts.links.cancel(token, None)
    clock.tick(seconds=-1)
    assert services.payouts.links.cancel(token, None).value.otherwise is None
    assert shown(services, publisher) == (None, None)


def test_looking_changes_nothing(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    """Mail scanners open every link; only a person clicks the button."""
    cancel, confirm = cancel_token(services), confirm_token(services, NEW)
    for _ in range(3):
        seen = services.payouts.links.look_at_cancel(cancel, None)
        assert (seen.email, seen.otherwise, seen.business) == (NEW, PAY, "Harbor Leads")
        assert services.payouts.links.look_at_confirm(confirm).email == NEW
    assert shown(services, publisher) == (PAY, NEW)
    assert services.payouts.destinations.see(publisher).history[0].confirmed_at is None


def test_a_cancel_link_works_once(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    """Reusing it cannot cancel a later change."""
    token = cancel_token(services)
    services.payouts.links.cancel(token, None)
    services.payouts.destinations.save(publisher, "third@harborleads.example", PASSWORD)
    for use in (services.payouts.links.cancel, services.payouts.links.look_at_cancel):
        with pytest.raises(Gone, match="This link was already used"):
            use(token, None)
    assert shown(services, publisher) == (PAY, "third@harborleads.example")


def test_of_many_uses_at_once_one_counts(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    answers = at_once(*[functools.partial(services.payouts.links.cancel, cancel_token(services), None)] * 12)
    assert sum(isinstance(answer, Gone) for answer in answers) == 11
    with services.database.read() as session:
        assert len(session.exec(select(Activity).where(Activity.what == "cancelled a PayPal email")).all()) == 1


def test_a_cancel_link_is_dead_once_the_change_is_in_force(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock
) -> None:
    token = cancel_token(services)
    clock.tick(hours=72)
    for use in (services.payouts.links.cancel, services.payouts.links.look_at_cancel):
        with pytest.raises(Gone, match="expired after 72 hours"):
            use(token, None)
    assert shown(services, publisher) == (NEW, None)


def test_a_cancel_link_is_refused_while_somebody_else_is_signed_in(
    services: Services, publisher: Actor, change: PayoutDestination, business: str, clock: FakeClock
) -> None:
    """On a shared machine nobody accidentally cancels someone else's change; the refusal does not use up the link."""
    token = cancel_token(services)
    other = add_member(services, business, Role.OWNER, clock)
    for use in (services.payouts.links.cancel, services.payouts.links.look_at_cancel):
        with pytest.raises(Forbidden, match="for another account"):
            use(token, other.user_id)
    assert shown(services, publisher) == (PAY, NEW)
    services.payouts.links.cancel(token, publisher.user_id)


def test_cancelling_by_link_is_recorded_as_such(
    services: Services, publisher: Actor, change: PayoutDestination
) -> None:
    services.payouts.links.cancel(cancel_token(services), None)
    with services.database.read() as session:
        row = session.exec(select(Activity).where(Activity.what == "cancelled a PayPal email")).one()
    assert (row.source, row.user_id, row.business_id) == ("mail link", publisher.user_id, publisher.business_id)
    assert row.before == {"PayPal email": "n••@h••.example"}


def forged(services: Services, change: PayoutDestination) -> list[str]:
    """Tokens we did not issue, or issued for another purpose."""
    good = cancel_token(services)
    ours = services.config.secret_key
    return [
        "",
        "nonsense",
        change.id,
        good[:-1],
        good + "x",
        "x" + good,
        good.swapcase(),
        good.split(".")[0] + ".",
        "x" * 1_000_000,
        "\0",
        "\ud800",
        "ü" * 40,
        Links("another secret", "http://localhost").url("", CANCEL, change.id).partition("=")[2],
        Links(ours, "http://localhost").url("", "some-other-purpose", change.id).partition("=")[2],
        Links(ours, "http://localhost").url("", CANCEL, "pay_nobodyhasthisidatall2222").partition("=")[2],
        confirm_token(services, NEW),
    ]


def test_a_forged_or_foreign_link_is_not_found_and_does_nothing(
    services: Services, publisher: Actor, change: PayoutDestination
) -> None:
    """Above all, a confirm link, which may reach a stranger's mailbox, cannot cancel."""
    for token in forged(services, change):
        for use in (services.payouts.links.cancel, services.payouts.links.look_at_cancel):
            with pytest.raises(NotFound):
                use(token, None)
    assert shown(services, publisher) == (PAY, NEW)


def test_a_cancel_link_confirms_nothing(services: Services, publisher: Actor, change: PayoutDestination) -> None:
    """A thief with access to the login mailbox cannot claim access to the PayPal one."""
    tokens = [t for t in forged(services, change) if t != confirm_token(services, NEW)] + [cancel_token(services)]
    for token in tokens:
        for use in (services.payouts.links.confirm, services.payouts.links.look_at_confirm):
            with pytest.raises(NotFound):
                use(token)
    assert services.payouts.destinations.see(publisher).history[0].confirmed_at is None


def test_the_confirm_link_confirms_once(
    services: Services, publisher: Actor, change: PayoutDestination, clock: FakeClock
) -> None:
    """Confirming only records that the address is right; it neither starts nor shortens a hold."""
    token = confirm_token(services, NEW)
    done = services.payouts.links.confirm(token)
    assert (done.value.email, done.value.business) == (NEW, "Harbor Leads")
    assert done.topics == {user_topic(publisher.user_id), business_topic(publisher.business_id)}
    assert services.payouts.destinations.see(publisher).history[0].confirmed_at == clock.now()
    assert shown(services, publisher) == (PAY, NEW)
    for use in (services.payouts.links.confirm, services.payouts.links.look_at_confirm):
        with pytest.raises(Gone, match="already confirmed"):
            use(token)
    with services.database.read() as session:
        [row] = session.exec(select(Activity).where(Activity.what == "confirmed a PayPal email")).all()
    assert (row.source, row.after) == ("mail link", {"PayPal email": "n••@h••.example"})


def test_a_cancelled_address_cannot_be_confirmed(
    services: Services, publisher: Actor, change: PayoutDestination
) -> None:
    token = confirm_token(services, NEW)
    services.payouts.destinations.cancel(publisher, change.id)
    for use in (services.payouts.links.confirm, services.payouts.links.look_at_confirm):
        with pytest.raises(Gone, match="This change was cancelled"):
            use(token)


def test_a_confirm_link_is_good_for_seven_days_from_its_own_mail(
    services: Services, publisher: Actor, first: PayoutDestination, clock: FakeClock
) -> None:
    """A new mail brings a new link, even if the address was saved long ago."""
    old = confirm_token(services, PAY)
    clock.tick(days=7, seconds=1)
    for use in (services.payouts.links.confirm, services.payouts.links.look_at_confirm):
        with pytest.raises(Gone, match="expired after 7 days"):
            use(old)
    services.payouts.destinations.send_confirmation(publisher, first.id)
    with pytest.raises(Gone):
        services.payouts.links.confirm(old)
    clock.tick(days=7)
    assert services.payouts.links.confirm(confirm_token(services, PAY)).value.email == PAY


def test_a_link_of_a_removed_member_still_cancels(
    services: Services, publisher: Actor, change: PayoutDestination, business: str
) -> None:
    """The history outlives the membership, and so does the right to stop a change."""
    token = cancel_token(services)
    services.business.members.remove_member(business, "pat@example.com")
    assert services.payouts.links.cancel(token, None).value.email == NEW


def test_cancel_and_confirm_at_once_leave_one_story(
    services: Services, publisher: Actor, change: PayoutDestination
) -> None:
    cancel, confirm = cancel_token(services), confirm_token(services, NEW)
    answers = at_once(
        lambda: services.payouts.links.cancel(cancel, None), lambda: services.payouts.links.confirm(confirm)
    )
    assert not isinstance(answers[0], DomainError), "cancelling always wins over confirming"
    assert shown(services, publisher) == (PAY, None)
    assert CANCEL != CONFIRM
