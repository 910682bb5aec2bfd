"""Adding funds: invalid input is not charged, one charge per form, and never “failed” while the outcome is unknown."""

from functools import partial

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, TooMany
from settings_ui.models import TopUp
from tests.at_once import at_once
from tests.sandbox.running import Running
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, add_business, add_member, make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_saved_card_is_charged_and_credited_at_once(till: Till) -> None:
    done = till.charge(till.card(), "1,250.50")
    assert (done.state, done.card_shown, done.cents) == ("succeeded", "Visa •••• 4242", 125_050)
    assert done.receipt_url
    assert till.balance == "$1,250.50"
    assert till.charged() == [125_050]
    till.assert_sound()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
@on_sqlite
def test_who_may_not_bill_may_do_nothing_of_it(
    services: Services, till: Till, business: str, clock: FakeClock, role: Role
) -> None:
    """Every entry point checks permission."""
    member, card = add_member(services, business, role, clock), till.card()
    billing = services.billing
    for deed in (
        lambda: billing.funds.charge(member, "25", card, till.attempt()),
        lambda: billing.funds.form(member),
        lambda: billing.funds.checkout(member, "25", till.attempt()),
        lambda: billing.funds.finish(member, "top_1"),
        lambda: billing.cards.add(member),
        lambda: billing.cards.make_default(member, card),
        lambda: billing.cards.remove(member, card),
        lambda: billing.cards.refresh(member),
        lambda: billing.statement.overview(member),
        lambda: billing.statement.balance(member),
        lambda: billing.statement.page(member),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert till.charged() == []


@pytest.mark.parametrize("amount", ["0", "-25", "NaN", "1e309", "25.001", "9.99", "5000.01", "", "9" * 5000])
@on_sqlite
def test_an_amount_that_cannot_be_is_refused_before_the_provider_is_asked(till: Till, amount: str) -> None:
    card = till.card()
    asked = till.sandbox.kinds()
    for way in (partial(till.charge, card, amount), partial(till.services.billing.funds.checkout, till.owner, amount)):
        with pytest.raises(Invalid) as refused:
            way(till.attempt())
        assert refused.value.field == "amount"
    assert till.sandbox.kinds() == asked


def test_a_card_of_another_business_is_not_there(services: Services, till: Till, clock: FakeClock) -> None:
    """Even if the card exists at the provider and someone sends its id."""
    other = add_member(services, add_business(services), Role.OWNER, clock)
    theirs = Till(services, till.sandbox, clock, other).card()
    for card in (theirs, "pm_card_visa", "", "pm_made_up"):
        with pytest.raises(NotFound) as refused:
            till.charge(card)
        assert refused.value.field == "card"
    for deed in (services.billing.cards.make_default, services.billing.cards.remove):
        with pytest.raises(NotFound):
            deed(till.owner, theirs)
    assert till.charged() == []


def test_a_top_up_that_comes_many_times_at_once_is_charged_once(till: Till) -> None:
    """A double click, two windows with the same form, a browser retry."""
    card = till.card()
    done = at_once(*[partial(till.charge, card, "25", "one-form-of-the-page")] * 12)
    assert {found.id for found in done if isinstance(found, TopUp)} == {done[0].id}  # type: ignore[attr-defined]
    assert not [found for found in done if isinstance(found, DomainError)]
    assert till.charged() == [2_500]
    assert till.balance == "$25.00"
    till.assert_sound()


@on_sqlite
def test_two_top_ups_are_two_charges(till: Till) -> None:
    card = till.card()
    till.charge(card)
    till.charge(card)
    assert (till.charged(), till.balance) == ([2_500, 2_500], "$50.00")


@on_sqlite
def test_the_token_of_a_form_stands_for_one_amount_and_card(till: Till) -> None:
    card, other = till.card(), till.card("pm_card_mastercard")
    till.charge(card, "25", "one-form-of-the-page")
    for again in (partial(till.charge, card, "30"), partial(till.charge, other, "25")):
        with pytest.raises(Conflict):
            again("one-form-of-the-page")
    assert till.charged() == [2_500]


@on_sqlite
def test_a_form_that_is_sent_again_after_days_is_charged_once(till: Till) -> None:
    """The answer was lost, and the idempotency key has since expired at the provider."""
    card = till.card()
    till.sandbox.control("faults", cut_after_charge=1)
    first = till.charge(card, "25", "one-form-of-the-page")
    till.tick(hours=27)
    again = till.charge(card, "25", "one-form-of-the-page")
    assert (again.id, again.state, till.charged()) == (first.id, "pending", [2_500])
    till.reconcile()
    assert till.balance == "$25.00"
    till.assert_sound()


def test_a_form_is_the_same_until_funds_are_added_with_it(services: Services, till: Till, clock: FakeClock) -> None:
    """Neither another business adding funds with the same form token nor an auto-recharge changes it."""
    other = Till(services, till.sandbox, clock, add_member(services, add_business(services), Role.OWNER, clock))
    card, form = till.card(), services.billing.funds.form(till.owner)
    other.charge(other.card(), attempt=services.billing.funds.form(other.owner))
    services.billing.recharge.save(till.owner, on=True, threshold="20", amount="50", cap="50", alert_level="")
    services.billing.recharge.run()
    assert till.balance == "$50.00"
    assert services.billing.funds.form(till.owner) == form
    till.charge(card, attempt=form)
    assert services.billing.funds.form(till.owner) != form
    assert (till.balance, other.balance) == ("$75.00", "$25.00")


@pytest.mark.parametrize("attempt", ["", "short", "x" * 65, "with a blank in it", "with\x00nul-in-the-middle"])
@on_sqlite
def test_a_form_without_its_token_is_refused(till: Till, attempt: str) -> None:
    with pytest.raises(Invalid):
        till.services.billing.funds.charge(till.owner, "25", till.card(), attempt)
    assert till.charged() == []


@on_sqlite
def test_twenty_in_an_hour_and_then_it_waits(till: Till) -> None:
    """The rate limit stops card testing; resubmitting a form that was already answered still returns its result."""
    card = till.card()
    first = till.charge(card, "10", "one-form-of-the-page")
    for _ in range(19):
        till.charge(card, "10")
    with pytest.raises(TooMany):
        till.charge(card, "10")
    assert till.charge(card, "10", "one-form-of-the-page").id == first.id
    till.tick(hours=1)
    assert till.charge(card, "10").state == "succeeded"


@pytest.mark.parametrize(
    ("token", "state", "said"),
    [
        ("pm_card_chargeCustomerFail", "failed", "declined"),
        ("pm_card_authenticationRequired", "needs_action", "confirm"),
    ],
)
def test_a_refused_card_charges_nothing_and_says_why(till: Till, token: str, state: str, said: str) -> None:
    done = till.charge(till.card(token))
    assert done.state == state
    assert said in done.problem
    assert (till.charged(), till.balance) == ([], "$0.00")
    assert [found.id for found in till.services.billing.statement.overview(till.owner).open_top_ups] == [done.id]


def test_a_currency_that_changes_while_funds_are_added_charges_nothing(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """Race: the currency changes before the top-up is stored. Every payment is in the balance's currency."""

    class Meanwhile(StandIn):
        def create_customer(self, *given: object, **named: object) -> object:
            home = services.business.details.see(till.owner)
            services.business.details.save(till.owner, home.name, home.time_zone, home.region, "EUR")
            return payments.create_customer(*given, **named)  # type: ignore[arg-type]

    payments = payments_of(sandbox)
    other = make_services(services.database.url, clock, payments=Meanwhile(payments))
    with pytest.raises(Conflict, match="currency"):
        other.billing.funds.checkout(till.owner, "25", till.attempt())
    other.database.close()
    with services.database.read() as session:
        assert session.exec(select(TopUp)).all() == []


def test_a_new_card_pays_in_checkout_and_is_credited_when_that_is_known(till: Till) -> None:
    url = till.services.billing.funds.checkout(till.owner, "40", till.attempt()).value
    assert till.balance == "$0.00"
    refused = till.sandbox.submit(url, "4000 0000 0000 0002")
    assert "declined" in refused.text
    till.reconcile()
    till.tick(minutes=1)
    till.reconcile()
    assert [row.state for row in till.services.billing.statement.overview(till.owner).open_top_ups] == ["pending"]
    till.sandbox.submit(url)
    till.reconcile()
    assert (till.charged(), till.balance) == ([4_000], "$40.00")
    till.assert_sound()


@on_sqlite
def test_a_checkout_that_nobody_paid_ends_after_a_day(till: Till) -> None:
    till.services.billing.funds.checkout(till.owner, "40", till.attempt())
    till.tick(hours=25)
    till.reconcile()
    assert not till.services.billing.statement.overview(till.owner).open_top_ups


@on_sqlite
def test_the_same_form_opens_the_same_checkout(till: Till) -> None:
    attempt = till.attempt()
    urls = {till.services.billing.funds.checkout(till.owner, "40", attempt).value for _ in range(2)}
    assert len(urls) == 1
