"""Saved cards: stored by the provider; we mirror only what may be shown."""

import pytest
from sqlmodel import select

from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, NotFound, Unavailable
from settings_ui.models import Activity
from settings_ui.services.billing.busy import alone
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def shown(till: Till) -> list[tuple[str, str, bool]]:
    seen = till.services.billing.statement.overview(till.owner)
    return [(card.brand, card.last4, card.id == seen.default_card) for card in seen.cards]


def test_a_card_is_saved_on_the_provider_s_page_and_the_first_is_the_default(till: Till) -> None:
    url = till.services.billing.cards.add(till.owner)
    till.sandbox.submit(url)
    assert shown(till) == []
    assert till.services.billing.cards.refresh(till.owner).value
    assert shown(till) == [("visa", "4242", True)]
    assert not till.services.billing.cards.refresh(till.owner).value


def test_the_event_of_a_new_card_shows_it_too(till: Till) -> None:
    """Even if the user never returns from the provider's page."""
    till.sandbox.submit(till.services.billing.cards.add(till.owner))
    till.reconcile()
    assert shown(till) == [("visa", "4242", True)]


def test_another_card_is_made_the_default_here_and_there(till: Till) -> None:
    first, second = till.card(), till.card("pm_card_mastercard")
    till.services.billing.cards.make_default(till.owner, first)
    assert shown(till) == [("mastercard", "4444", False), ("visa", "4242", True)]
    till.services.billing.cards.make_default(till.owner, second)
    till.services.billing.cards.refresh(till.owner)
    assert shown(till) == [("mastercard", "4444", True), ("visa", "4242", False)]


def test_a_removed_card_is_gone_here_and_there_and_another_becomes_the_default(till: Till) -> None:
    first, second = till.card(), till.card("pm_card_mastercard")
    till.services.billing.cards.make_default(till.owner, second)
    assert till.services.billing.cards.remove(till.owner, second).value == "Mastercard •••• 4444"
    assert shown(till) == [("visa", "4242", True)]
    till.services.billing.cards.refresh(till.owner)
    assert shown(till) == [("visa", "4242", True)]
    with pytest.raises(NotFound):
        till.services.billing.cards.remove(till.owner, second)
    with pytest.raises(NotFound):
        till.charge(second)
    assert till.charge(first).state == "succeeded"


def test_a_card_that_was_removed_at_the_provider_cannot_be_charged_nor_made_the_default(till: Till) -> None:
    card = till.card()
    till.sandbox.sdk().payment_methods.detach(card)
    done = till.charge(card)
    assert (done.state, "no longer saved" in done.problem) == ("failed", True)
    with pytest.raises(NotFound):
        till.services.billing.cards.make_default(till.owner, card)
    assert shown(till) == []


@on_sqlite
def test_the_plan_is_paid_with_the_default_card_and_when_it_is_removed_with_the_next(till: Till) -> None:
    """Also at the provider, which renews the plan. Adding or removing another card changes nothing there."""
    first = till.card()
    till.plan("starter", card=first)
    second, third = till.card("pm_card_mastercard"), till.card("pm_card_amex")
    cards = till.services.billing.cards
    cards.make_default(till.owner, second)
    assert pays(till) == {second}
    cards.remove(till.owner, third)
    assert pays(till) == {second}
    cards.remove(till.owner, second)
    assert pays(till) == {first}
    assert [default for *_, default in shown(till)] == [True]


@on_sqlite
def test_a_card_stays_when_the_next_one_can_no_longer_pay_for_the_plan(till: Till) -> None:
    """The next one was removed at the provider; no event has reported it yet."""
    first = till.card()
    till.plan("starter", card=first)
    second, before = till.card("pm_card_mastercard"), pays(till)
    till.sandbox.sdk().payment_methods.detach(second)
    with pytest.raises(Conflict, match="no longer saved"):
        till.services.billing.cards.remove(till.owner, first)
    assert (shown(till), pays(till)) == ([("visa", "4242", True)], before)


def pays(till: Till) -> set[str]:
    """Return the cards the provider would charge: the plan's, and the customer's default."""
    sdk = till.sandbox.sdk()
    [plan] = sdk.subscriptions.list({"customer": till.customer}).data
    customer = sdk.customers.retrieve(till.customer)
    return {plan.default_payment_method, customer.invoice_settings.default_payment_method}


@on_sqlite
def test_a_card_is_not_made_the_default_while_it_may_be_being_removed(till: Till) -> None:
    """Otherwise the plan could be left to a card that is gone."""
    till.card()
    second = till.card("pm_card_mastercard")
    with alone(till.services.database, till.clock, till.owner.business_id), pytest.raises(Conflict, match="right now"):
        till.services.billing.cards.make_default(till.owner, second)
    till.services.billing.cards.make_default(till.owner, second)
    assert shown(till) == [("mastercard", "4444", True), ("visa", "4242", False)]


@on_sqlite
def test_a_card_is_made_the_default_once(till: Till) -> None:
    """Repeating the request adds no second activity entry."""
    till.card()
    second = till.card("pm_card_mastercard")
    for _ in range(2):
        till.services.billing.cards.make_default(till.owner, second)
    with till.services.database.read() as session:
        [change] = session.exec(select(Activity)).all()
    assert (change.what, change.before, change.after) == (
        "made a card the default",
        {"Default": "Visa •••• 4242"},
        {"Default": "Mastercard •••• 4444"},
    )


def test_a_card_of_another_business_is_neither_the_default_nor_removed(till: Till, clock: FakeClock) -> None:
    """Both businesses have cards at the same provider."""
    member = add_member(till.services, add_business(till.services), Role.OWNER, clock)
    other = Till(till.services, till.sandbox, clock, member)
    mine, theirs = till.card(), other.card("pm_card_mastercard")
    for deed in (till.services.billing.cards.make_default, till.services.billing.cards.remove):
        with pytest.raises(NotFound):
            deed(till.owner, theirs)
    assert (shown(till), shown(other)) == ([("visa", "4242", True)], [("mastercard", "4444", True)])
    assert other.charge(theirs).state == "succeeded"
    assert till.charge(mine).state == "succeeded"


@on_sqlite
def test_while_the_provider_is_away_the_mirror_still_shows(till: Till) -> None:
    till.card()
    till.sandbox.control("faults", fail=99, status=500)
    with pytest.raises(Unavailable):
        till.services.billing.cards.refresh(till.owner)
    with pytest.raises(Unavailable):
        till.services.billing.cards.add(till.owner)
    assert shown(till) == [("visa", "4242", True)]
    assert till.services.billing.statement.overview(till.owner).cards_as_of == till.clock.now()


def test_what_was_done_with_cards_is_in_the_activity(till: Till) -> None:
    till.card()
    second = till.card("pm_card_mastercard")
    till.services.billing.cards.make_default(till.owner, second)
    till.services.billing.cards.remove(till.owner, second)
    changes = till.services.activity.recent(till.owner, "billing")
    assert {change.what for change in changes} == {"made a card the default", "removed a card"}


@on_sqlite
def test_the_default_that_is_chosen_at_the_provider_is_ours_too(till: Till) -> None:
    """We mirror the provider's default, since that is the card it charges for the plan."""
    cards = [till.card(), till.card("pm_card_mastercard")]
    for card in cards:
        chosen = {"default_payment_method": card}
        till.sandbox.sdk().customers.update(till.customer, {"invoice_settings": chosen})  # type: ignore[typeddict-item]
        till.services.billing.cards.refresh(till.owner)
        assert till.services.billing.statement.overview(till.owner).default_card == card
