"""Completing a declined or abandoned top-up in checkout: paid once, whichever payment succeeds."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, NotFound
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("token", ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
def test_what_a_card_refused_is_finished_in_checkout_and_paid_once(till: Till, token: str) -> None:
    """The first payment is cancelled before a new one can be made."""
    first = till.charge(till.card(token))
    url = till.services.billing.funds.finish(till.owner, first.id).value
    assert till.top_up(first).state == "canceled"
    again = till.services.billing.funds.finish(till.owner, first.id).value
    assert again == url
    till.sandbox.submit(url)
    till.tick(minutes=1)
    till.reconcile()
    assert (till.charged(), till.balance) == ([2_500], "$25.00")
    with pytest.raises(Conflict):
        till.services.billing.funds.finish(till.owner, first.id)
    till.assert_sound()


@on_sqlite
def test_what_is_still_on_its_way_is_not_begun_a_second_time(till: Till) -> None:
    card = till.card()
    till.sandbox.control("faults", cut_after_charge=1)
    pending = till.charge(card)
    with pytest.raises(Conflict, match="still being processed"):
        till.services.billing.funds.finish(till.owner, pending.id)
    till.reconcile()
    assert till.charged() == [2_500]


@on_sqlite
def test_what_was_paid_meanwhile_is_not_paid_again(till: Till) -> None:
    """A stale window still shows it as declined; it is refused without calling the provider."""
    done = till.charge(till.card())
    till.sandbox.control("faults", fail=9)
    with pytest.raises(Conflict, match="already been paid"):
        till.services.billing.funds.finish(till.owner, done.id)
    assert not till.services.billing.statement.overview(till.owner).open_top_ups


@on_sqlite
def test_only_what_is_the_business_s_own_can_be_finished(services: Services, till: Till, clock: FakeClock) -> None:
    first = till.charge(till.card("pm_card_authenticationRequired"))
    other = add_member(services, add_business(services), Role.OWNER, clock)
    for actor, found in ((other, first.id), (till.owner, "top_nowhere")):
        with pytest.raises(NotFound):
            services.billing.funds.finish(actor, found)


@on_sqlite
def test_a_checkout_that_was_left_is_continued(till: Till) -> None:
    url = till.services.billing.funds.checkout(till.owner, "40", till.attempt()).value
    [left] = till.services.billing.statement.overview(till.owner).open_top_ups
    assert till.services.billing.funds.finish(till.owner, left.id).value == url


def test_what_was_confirmed_meanwhile_is_credited_and_not_paid_again(till: Till) -> None:
    """Confirmed at the provider, whose event has not arrived yet."""
    first = till.charge(till.card("pm_card_authenticationRequired"))
    confirm = till.sandbox.sdk().payment_intents.confirm
    confirm(first.payment, {"payment_method": till.card()})
    with pytest.raises(Conflict, match="already been paid"):
        till.services.billing.funds.finish(till.owner, first.id)
    assert (till.top_up(first).state, till.charged(), till.balance) == ("succeeded", [2_500], "$25.00")
    till.assert_sound()


@on_sqlite
def test_what_was_cancelled_at_the_provider_is_paid_in_checkout(till: Till) -> None:
    first = till.charge(till.card("pm_card_authenticationRequired"))
    till.sandbox.sdk().payment_intents.cancel(first.payment)
    till.sandbox.submit(till.services.billing.funds.finish(till.owner, first.id).value)
    till.reconcile()
    assert (till.top_up(first).state, till.charged(), till.balance) == ("canceled", [2_500], "$25.00")


@on_sqlite
def test_what_was_never_tried_since_the_card_was_gone_is_paid_in_checkout(till: Till) -> None:
    card = till.card()
    till.sandbox.sdk().payment_methods.detach(card)
    first = till.charge(card)
    assert (first.state, first.payment) == ("failed", None)
    till.sandbox.submit(till.services.billing.funds.finish(till.owner, first.id).value)
    till.reconcile()
    assert (till.charged(), till.balance) == ([2_500], "$25.00")


@on_sqlite
def test_a_payment_whose_mark_was_changed_at_the_provider_is_not_credited_when_it_is_finished(till: Till) -> None:
    first = till.charge(till.card("pm_card_authenticationRequired"))
    payments = till.sandbox.sdk().payment_intents
    payments.update(first.payment, {"metadata": {"top_up": "top_made_up"}})
    payments.confirm(first.payment, {"payment_method": till.card()})
    with pytest.raises(Conflict, match="unknown top-up"):
        till.services.billing.funds.finish(till.owner, first.id)
    assert till.balance == "$0.00"
