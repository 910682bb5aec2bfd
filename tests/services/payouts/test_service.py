"""Payouts: one PayPal email per member and business; changes are held for 72 hours."""

import functools
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid, TooMany
from settings_ui.models import Activity, OutgoingMail, PayoutDestination, User
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.services.payouts.service import Destinations
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_business, add_member, join, mails

PAY, NEW = "pay@harborleads.example", "new@harborleads.example"


def shown(payouts: Destinations) -> tuple[str | None, str | None]:
    """What is in force and what is on hold."""
    return (
        payouts.in_force.email if payouts.in_force else None,
        payouts.on_hold.email if payouts.on_hold else None,
    )


def activity(services: Services) -> list[Activity]:
    with services.database.read() as session:
        query = select(Activity).where(Activity.topic == "payouts", col(Activity.user_id).is_not(None))
        return list(session.exec(query.order_by(col(Activity.at))))


def test_the_first_address_is_in_force_at_once(services: Services, publisher: Actor) -> None:
    """Nothing was in force before, so there is nothing to protect with a hold."""
    saved = services.payouts.destinations.save(publisher, PAY, PASSWORD)
    assert saved.value.effective_at == saved.value.created_at
    assert saved.topics == {user_topic(publisher.user_id), business_topic(publisher.business_id)}
    assert shown(services.payouts.destinations.see(publisher)) == (PAY, None)


def test_a_change_waits_72_hours_while_the_old_address_stays(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """Even with a stolen session and password, the owner has three days to notice."""
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    changed = services.payouts.destinations.save(publisher, NEW, PASSWORD).value
    assert changed.effective_at == clock.now() + timedelta(hours=72)
    clock.tick(hours=71, minutes=59, seconds=59)
    assert shown(services.payouts.destinations.see(publisher)) == (PAY, NEW)
    clock.tick(seconds=1)
    assert shown(services.payouts.destinations.see(publisher)) == (NEW, None)


def test_a_change_during_a_hold_is_refused_with_its_end_in_the_zone_of_the_business(
    services: Services, clock: FakeClock
) -> None:
    """Saving again neither restarts nor shortens a hold."""
    home = add_business(services, time_zone="America/New_York")
    publisher = add_member(services, home, Role.PUBLISHER, clock)
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    for again in ("other@harborleads.example", NEW, PAY):
        with pytest.raises(Conflict) as refused:
            services.payouts.destinations.save(publisher, again, PASSWORD)
        assert refused.value.message == (
            f"A change to {NEW} is on hold until Saturday 7 March, 07:00. Cancel it before you save another."
        )
        assert refused.value.field == "email"
    assert len(services.payouts.destinations.see(publisher).history) == 2


@pytest.mark.parametrize("again", [PAY, PAY.upper(), f"  {PAY}\n", "pay@HarborLeads。example"])
def test_the_address_in_force_cannot_be_saved_again(services: Services, publisher: Actor, again: str) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    with pytest.raises(Conflict, match="Payouts already go to this address") as refused:
        services.payouts.destinations.save(publisher, again, PASSWORD)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    "email",
    ["", "nonsense", "naïve@example.com", "p\u0430y@example.com", "ｐay@example.com", "pay@exam\u202eple.com", "\0"],
    ids=ascii,
)
def test_an_address_that_paypal_cannot_pay_is_refused_at_its_field(
    services: Services, publisher: Actor, email: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.payouts.destinations.save(publisher, email, PASSWORD)
    assert refused.value.field == "email"
    assert services.payouts.destinations.see(publisher).history == ()
    assert mails(services) == []


def test_an_earlier_address_waits_its_72_hours_too(services: Services, publisher: Actor, clock: FakeClock) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    clock.tick(hours=72)
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    assert shown(services.payouts.destinations.see(publisher)) == (NEW, PAY)


def test_the_history_is_kept_newest_first(services: Services, publisher: Actor, clock: FakeClock) -> None:
    for email in (PAY, NEW, "third@harborleads.example"):
        services.payouts.destinations.save(publisher, email, PASSWORD)
        clock.tick(hours=73)
    emails = [destination.email for destination in services.payouts.destinations.see(publisher).history]
    assert emails == ["third@harborleads.example", NEW, PAY]


def test_each_business_pays_to_its_own_address(services: Services, publisher: Actor, clock: FakeClock) -> None:
    """A saved address affects neither the member's other businesses nor other members."""
    other = add_business(services)
    join(services, publisher.user_id, other, Role.PUBLISHER)
    there = Actor(publisher.user_id, publisher.session_id, other, Role.PUBLISHER, pay_per_call=False)
    colleague = add_member(services, publisher.business_id, Role.PUBLISHER, clock)
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    services.payouts.destinations.save(there, NEW, PASSWORD)
    assert shown(services.payouts.destinations.see(publisher)) == (PAY, None)
    assert shown(services.payouts.destinations.see(there)) == (NEW, None)
    assert services.payouts.destinations.see(colleague).history == ()


def test_both_addresses_get_a_mail_with_what_happened(services: Services, publisher: Actor) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    told, asked = mails(services, "pat@example.com"), mails(services, PAY)
    assert [mail.subject for mail in told] == ["Your PayPal email for Harbor Leads was saved"]
    assert f"From now on, your payouts from Harbor Leads go to {PAY}." in told[0].body
    assert "http://localhost:8000/payouts/cancel?token=" in told[0].body
    assert "The link works until Saturday 7 March, 12:00." in told[0].body
    assert [mail.subject for mail in asked] == ["Confirm this PayPal email for payouts from Harbor Leads"]
    assert "http://localhost:8000/payouts/confirm?token=" in asked[0].body
    assert "/payouts/cancel" not in asked[0].body, "a stranger's mailbox must not stop payouts"
    assert "pat@example.com" not in asked[0].body, "nor learn who signs in"


def test_the_mail_about_a_change_names_both_addresses_and_the_end_of_the_hold(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    clock.tick(days=10)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    mail = mails(services, "pat@example.com")[-1]
    assert mail.subject == "Your PayPal email for Harbor Leads was changed"
    assert f"From Tuesday 17 March, 12:00, your payouts from Harbor Leads go to\n{NEW}." in mail.body
    assert f"Until then, they go to {PAY}." in mail.body
    assert len(mails(services, PAY)) == 1, "the old PayPal address is not told the new one"


def test_the_activity_shows_who_and_only_the_first_letters(services: Services, publisher: Actor) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    first, second = activity(services)
    assert (first.what, first.before) == ("saved a PayPal email", {})
    assert first.after == {"PayPal email": "p••@h••.example"}
    assert second.what == "changed their PayPal email, on hold for 72 hours"
    assert (second.before, second.after) == (
        {"PayPal email": "p••@h••.example"},
        {"PayPal email": "n••@h••.example"},
    )
    assert {(row.user_id, row.business_id, row.network) for row in (first, second)} == {
        (publisher.user_id, publisher.business_id, "192.0.2.0/24")
    }


def test_destination_mails_and_activity_are_written_together_or_not_at_all(
    services: Services, publisher: Actor
) -> None:
    """No destination changes without a mail: if the mail cannot be stored, nothing is saved."""
    with services.database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE mail_outbox RENAME TO mail_outbox_away")
    try:
        with pytest.raises((DomainError, DBAPIError)):
            services.payouts.destinations.save(publisher, PAY, PASSWORD)
    finally:
        with services.database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE mail_outbox_away RENAME TO mail_outbox")
    assert services.payouts.destinations.see(publisher).history == ()
    assert activity(services) == []


def test_of_24_saves_at_once_exactly_one_counts(services: Services, publisher: Actor) -> None:
    """Two windows, a double click, a script: each accepted save sends one mail per side; the rest are refused."""
    saves = [
        functools.partial(services.payouts.destinations.save, publisher, f"pay{number}@harborleads.example", PASSWORD)
        for number in range(24)
    ]
    answers = at_once(*saves)
    refused = [answer for answer in answers if isinstance(answer, Conflict | TooMany)]
    assert len(refused) >= 22, "the first is in force at once, at most one change is on hold"
    with services.database.read() as session:
        rows = session.exec(select(PayoutDestination)).all()
        sent = session.exec(select(OutgoingMail)).all()
    assert len(rows) == 24 - len(refused)
    assert len(sent) == 2 * len(rows)
    assert len([row for row in rows if row.effective_at == row.created_at]) == 1
    assert len([row for row in rows if row.effective_at > row.created_at]) <= 1


def test_of_24_changes_at_once_exactly_one_is_on_hold(services: Services, publisher: Actor) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    saves = [
        functools.partial(services.payouts.destinations.save, publisher, f"new{number}@harborleads.example", PASSWORD)
        for number in range(24)
    ]
    answers = at_once(*saves)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    history = services.payouts.destinations.see(publisher).history
    assert len(history) == 2
    assert shown(services.payouts.destinations.see(publisher))[0] == PAY


def test_a_member_who_is_removed_while_saving_is_gone_and_nobody_waits_for_the_other(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Locks taken in different orders would end with an error for some of them, the removal among them."""
    for _ in range(10):
        leaving = add_member(services, owner.business_id, Role.PUBLISHER, clock)
        [member] = [m for m in services.business.team.see(owner).members if m.email == email_of(services, leaving)]
        remove = functools.partial(services.business.team.remove, owner, member.id)
        save = functools.partial(services.payouts.destinations.save, leaving, PAY, PASSWORD)
        removed, saved, again = at_once(remove, save, remove)
        assert sorted(type(each).__name__ for each in (removed, again)) == ["Changed", "NotFound"]
        assert type(saved).__name__ in ("Changed", "Forbidden")
        assert services.payouts.run.lines(business_id=owner.business_id) == []


def email_of(services: Services, actor: Actor) -> str:
    with services.database.read() as session:
        return session.get_one(User, actor.user_id).email


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLISHER])
def test_others_need_the_add_on(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    """Without it they can neither see, save nor cancel; with it they can do what a publisher does."""
    email = f"{role}@example.com"
    without = add_member(services, business, role, clock, email=email)
    for call in (
        lambda: services.payouts.destinations.see(without),
        lambda: services.payouts.destinations.save(without, PAY, PASSWORD),
        lambda: services.payouts.destinations.cancel(without, "pay_1"),
        lambda: services.payouts.destinations.send_confirmation(without, "pay_1"),
    ):
        with pytest.raises(Forbidden):
            call()
    with_it = Actor(without.user_id, without.session_id, business, role, pay_per_call=True)
    services.payouts.destinations.save(with_it, PAY, PASSWORD)
    assert shown(services.payouts.destinations.see(with_it)) == (PAY, None)


def test_a_member_removed_while_saving_saves_nothing(services: Services, publisher: Actor, business: str) -> None:
    """Access was granted when the event started; membership is checked again on write."""
    services.business.members.remove_member(business, "pat@example.com")
    with pytest.raises(Forbidden):
        services.payouts.destinations.save(publisher, PAY, PASSWORD)
    assert mails(services) == []


def test_the_confirmation_can_be_sent_again_five_times_an_hour(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """The rate limit keeps anyone from flooding a stranger's mailbox."""
    saved = services.payouts.destinations.save(publisher, PAY, PASSWORD).value
    for _ in range(5):
        services.payouts.destinations.send_confirmation(publisher, saved.id)
    with pytest.raises(TooMany, match="We already sent five emails") as refused:
        services.payouts.destinations.send_confirmation(publisher, saved.id)
    assert refused.value.retry_after_s == 3600
    assert len(mails(services, PAY)) == 6
    clock.tick(hours=1)
    services.payouts.destinations.send_confirmation(publisher, saved.id)


def test_of_many_confirmations_at_once_five_are_sent(services: Services, publisher: Actor) -> None:
    saved = services.payouts.destinations.save(publisher, PAY, PASSWORD).value
    at_once(*[functools.partial(services.payouts.destinations.send_confirmation, publisher, saved.id)] * 20)
    assert len(mails(services, PAY)) == 6


def test_ten_are_saved_an_hour(services: Services, publisher: Actor, clock: FakeClock) -> None:
    """Each save mails the address it names, and cancelling allows the next save immediately, hence the rate limit."""
    payouts = services.payouts.destinations
    payouts.save(publisher, PAY, PASSWORD)
    for _ in range(9):
        payouts.cancel(publisher, payouts.save(publisher, NEW, PASSWORD).value.id)
    with pytest.raises(TooMany) as refused:
        payouts.save(publisher, NEW, PASSWORD)
    assert refused.value.field == "email"
    assert len(mails(services, NEW)) == 9
    clock.tick(hours=1, seconds=1)
    payouts.save(publisher, NEW, PASSWORD)
