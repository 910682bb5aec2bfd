"""Adding funds while the provider fails, is cut off or is unreachable: pending while unknown, and charged once."""

from dataclasses import replace
from functools import partial

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Conflict, Invalid, Unavailable
from settings_ui.domain.payments import Checkout
from settings_ui.gateways.ports import ProviderRefused, ProviderUnavailable
from tests.sandbox.running import Running
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, make_services, replaced

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("status", [500, 429])
def test_a_provider_that_fails_leaves_it_pending_and_the_pass_charges_it_once(till: Till, status: int) -> None:
    card = till.card()
    till.sandbox.control("faults", fail=1, status=status)
    done = till.charge(card)
    assert (done.state, till.balance) == ("pending", "$0.00")
    till.sandbox.control("faults")
    till.tick(minutes=1)
    till.reconcile()
    assert (till.charged(), till.balance) == ([2_500], "$25.00")
    till.assert_sound()


def test_a_connection_cut_after_the_charge_is_credited_and_not_charged_again(till: Till) -> None:
    card = till.card()
    till.sandbox.control("faults", cut_after_charge=1)
    assert till.charge(card).state == "pending"
    till.tick(minutes=1)
    till.reconcile()
    till.reconcile()
    assert (till.charged(), till.balance) == ([2_500], "$25.00")
    till.assert_sound()


@on_sqlite
def test_what_is_found_out_for_one_business_is_told_once(till: Till) -> None:
    """For a charge whose answer was lost, however late, and for one never made; not for one that still needs action."""

    def told() -> int:
        return len(till.services.billing.open_top_ups.settle_of(till.owner.business_id).topics)

    card = till.card()
    till.sandbox.control("faults", cut_after_charge=1)
    till.charge(card)
    till.tick(hours=27)
    assert (told(), told(), till.balance) == (1, 0, "$25.00")
    till.sandbox.control("faults", fail=1, status=500)
    till.charge(card)
    assert (told(), told(), till.balance) == (1, 0, "$50.00")
    waits = till.charge(till.card("pm_card_authenticationRequired"))
    assert (told(), till.top_up(waits).state) == (0, "needs_action")
    assert till.charged() == [2_500, 2_500]


@on_sqlite
def test_after_a_day_nothing_is_charged_any_more(till: Till) -> None:
    """Idempotency keys expire at the provider after 24 hours; reusing one later would charge twice."""
    card = till.card()
    till.sandbox.control("faults", fail=1, status=500)
    done = till.charge(card)
    till.sandbox.control("faults")
    till.tick(hours=23)
    till.reconcile()
    assert (till.top_up(done).state, till.charged()) == ("failed", [])
    assert "Nothing was charged" in till.top_up(done).problem


@on_sqlite
def test_the_owner_never_comes_and_the_payment_is_given_up(till: Till) -> None:
    done = till.charge(till.card("pm_card_authenticationRequired"))
    till.tick(hours=25)
    till.reconcile()
    assert till.top_up(done).state == "needs_action"
    till.tick(hours=1)
    assert till.reconcile() == 1
    assert till.top_up(done).state == "canceled"
    assert till.sandbox.sdk().payment_intents.retrieve(done.payment).status == "canceled"


@on_sqlite
def test_a_payment_that_is_confirmed_as_it_is_given_up_keeps_nothing_else_from_being_settled(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """Race: the owner confirms it after it was read, and it can no longer be cancelled; the next pass credits it."""

    class Confirmed(StandIn):
        def cancel(self, payment: str) -> None:
            sandbox.sdk().payment_intents.confirm(payment, {"payment_method": "pm_card_visa", "off_session": False})
            payments.cancel(payment)

    payments = payments_of(sandbox)
    late = till.charge(till.card("pm_card_authenticationRequired"))
    till.tick(hours=26)
    sandbox.control("faults", cut_after_charge=1)
    till.charge(till.card())
    till.tick(minutes=1)
    other = make_services(services.database.url, clock, payments=Confirmed(payments))
    other.billing.open_top_ups.settle_of(till.owner.business_id)
    assert (till.top_up(late).state, till.balance) == ("needs_action", "$25.00")
    other.billing.open_top_ups.settle_of(till.owner.business_id)
    other.database.close()
    assert (till.top_up(late).state, till.balance) == ("succeeded", "$50.00")


@on_sqlite
def test_a_checkout_that_is_not_ours_ends_nothing_when_it_expires(till: Till) -> None:
    """Anyone with access to the provider account can open one with any metadata: an unknown top-up, or a paid one."""
    paid = till.charge(till.card())
    till.reconcile()
    till.tick(seconds=1)
    url = till.services.billing.funds.checkout(till.owner, "40", till.attempt()).value
    line = {"price_data": {"currency": "usd", "unit_amount": 4_000, "product_data": {"name": "Funds"}}, "quantity": 1}
    sessions = till.sandbox.sdk().checkout.sessions
    page = {"mode": "payment", "line_items": [line], "success_url": "https://example.com/"}
    for mark in ("top_of_nobody", paid.id):
        sessions.expire(sessions.create(page | {"metadata": {"top_up": mark}}).id)
    till.reconcile()
    till.sandbox.submit(url)
    till.reconcile()
    assert (till.balance, till.services.billing.events.set_aside()[0]) == ("$65.00", 0)
    assert till.top_up(paid).state == "succeeded"


def test_a_customer_that_was_deleted_at_the_provider_is_made_again(till: Till) -> None:
    card, gone = till.card(), till.customer
    till.sandbox.sdk().customers.delete(gone)
    assert till.charge(card).state == "failed"
    till.services.billing.cards.refresh(till.owner)
    assert till.services.billing.statement.overview(till.owner).cards == ()
    done = till.charge(till.card())
    assert (done.state, till.balance) == ("succeeded", "$25.00")
    assert till.customer != gone


@on_sqlite
def test_a_provider_that_does_not_know_the_customer_is_said_to_be_away(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """As with another account's API keys. What was read before is kept."""

    class Strange(StandIn):
        def customer(self, customer: str) -> None:
            raise ProviderRefused("resource_missing")

        def subscriptions(self, customer: str) -> None:
            raise ProviderRefused("resource_missing")

    till.plan("starter")
    strange = make_services(services.database.url, clock, payments=Strange(payments_of(sandbox)))
    for read in (strange.billing.cards.refresh, strange.billing.plan.refresh):
        with pytest.raises(Unavailable):
            read(till.owner)
    strange.database.close()
    assert [card.last4 for card in services.billing.statement.overview(till.owner).cards] == ["4242"]
    assert services.billing.plan.see(till.owner).runs


@on_sqlite
def test_a_provider_without_checkout_says_so_and_saved_cards_go_on(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """A replica of Stripe's API may not have checkout pages."""

    class WithoutPages(StandIn):
        def open_checkout(self, *_: object, **__: object) -> None:
            payments.checkout("cs_nowhere")

        def events(self, *_: object) -> None:
            payments.checkout("cs_nowhere")

    payments = payments_of(sandbox)
    card = till.card()
    without = make_services(services.database.url, clock, payments=WithoutPages(payments))
    charge = partial(without.billing.funds.charge, till.owner, "25", card)
    with pytest.raises(Unavailable, match="saved card"):
        without.billing.funds.checkout(till.owner, "25", till.attempt())
    assert charge(till.attempt()).value.state == "succeeded"
    sandbox.control("faults", cut_after_charge=1)
    assert charge(till.attempt()).value.state == "pending"
    till.tick(minutes=1)
    without.billing.events.reconcile()
    without.database.close()
    assert (till.charged(), till.balance) == ([2_500, 2_500], "$50.00")


@on_sqlite
def test_without_events_a_checkout_is_looked_up_until_it_is_paid_or_over(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """Including one whose creation response was lost, and one that was never created."""

    class WithoutEvents(StandIn):
        def events(self, *_: object) -> None:
            raise ProviderRefused("resource_missing")

        def open_checkout(self, *given: object, **named: object) -> None:
            payments.open_checkout(*given, **named)  # type: ignore[arg-type]
            raise ProviderUnavailable("The payment provider is not responding.")

    def states() -> list[str]:
        return sorted(row.state for row in services.billing.statement.overview(till.owner).open_top_ups)

    payments = payments_of(sandbox)
    without = make_services(services.database.url, clock, payments=WithoutEvents(payments))
    services.billing.catalogue.refresh()
    url = services.billing.funds.checkout(till.owner, "40", till.attempt()).value
    with pytest.raises(Unavailable):
        without.billing.funds.checkout(till.owner, "30", till.attempt())
    sandbox.control("faults", fail=1, status=500)
    with pytest.raises(Unavailable):
        services.billing.funds.checkout(till.owner, "20", till.attempt())
    sandbox.control("faults")
    till.tick(minutes=1)
    assert (without.billing.events.reconcile().value, states()) == (0, ["pending"] * 3)
    sandbox.submit(url)
    assert (without.billing.events.reconcile().value, states()) == (1, ["pending"] * 2)
    assert till.balance == "$40.00"
    for hours, left in ((23.5, 2), (1.5, 1), (2, 0)):
        till.tick(hours=hours)
        without.billing.events.reconcile()
        assert states() == ["pending"] * left
    without.database.close()
    assert till.charged() == [4_000]


def test_what_is_known_to_be_paid_is_not_said_to_have_failed(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """Race: another process learns of the payment before this one gets an error."""

    class Meanwhile(StandIn):
        def charge(self, *given: object, **named: object) -> None:
            payments.charge(*given, **named)  # type: ignore[arg-type]
            till.reconcile()
            raise ProviderRefused("resource_missing")

    payments = payments_of(sandbox)
    card = till.card()
    other = make_services(services.database.url, clock, payments=Meanwhile(payments))
    done = other.billing.funds.charge(till.owner, "25", card, till.attempt()).value
    other.database.close()
    assert (done.state, done.problem, till.balance) == ("succeeded", "", "$25.00")


@on_sqlite
def test_a_checkout_without_a_page_says_so(services: Services, till: Till, sandbox: Running, clock: FakeClock) -> None:
    """It is reported as expired."""

    class Ended(StandIn):
        def open_checkout(self, *given: object, **named: object) -> Checkout:
            return replace(payments.open_checkout(*given, **named), url=None)  # type: ignore[arg-type]

        def open_plan_checkout(self, *given: object, **named: object) -> Checkout:
            return replace(payments.open_plan_checkout(*given, **named), url=None)  # type: ignore[arg-type]

    payments = payments_of(sandbox)
    services.billing.catalogue.refresh()
    ended = make_services(services.database.url, clock, payments=Ended(payments))
    billing = ended.billing
    with pytest.raises(Conflict, match="expired"):
        billing.funds.checkout(till.owner, "25", till.attempt())
    with pytest.raises(Conflict, match="expired"):
        billing.plan.checkout(till.owner, "starter", (), till.attempt())
    assert billing.cards.add(till.owner), "leads back to the tab"
    ended.database.close()


@on_sqlite
def test_where_no_provider_is_set_everything_says_so(
    database_url: str, clock: FakeClock, owner: Actor, services: Services
) -> None:
    from settings_ui.gateways.no_payments import NoPayments
    from settings_ui.services.billing import Billing

    billing = Billing(services.database, clock, services.billing.funds._limiter, NoPayments(), "/")  # type: ignore[arg-type]
    services = replaced(services, {"billing": billing})
    with pytest.raises(Unavailable, match="not set up"):
        services.billing.funds.checkout(owner, "25", "attempt-of-the-test")
    with pytest.raises(Invalid):
        services.billing.events.receive(b"{}", "t=1,v1=0")
    assert services.billing.statement.overview(owner).cards == ()
