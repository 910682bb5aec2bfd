"""Events that are late, repeated, of unknown origin or oversized; and which windows reconciliation notifies."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.payments import Payment, PaymentState
from settings_ui.gateways.ports import ProviderRefused, ProviderUnavailable
from settings_ui.models import BillingEvent, LedgerTransaction
from settings_ui.services.kit.changes import business_topic
from tests.sandbox.running import Running
from tests.services.billing.test_events import all_events, pay_in_checkout, problems, signed, tell
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, add_business, make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_an_event_that_is_known_is_answered_while_the_provider_is_away(till: Till) -> None:
    """Otherwise the provider would keep retrying it for days."""
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    tell(till, event)
    till.sandbox.control("faults", fail=99, status=500)
    tell(till, event)
    assert till.balance == "$40.00"


@on_sqlite
@pytest.mark.parametrize("named", [True, False])
def test_a_payment_without_our_mark_of_no_customer_of_ours_is_set_aside(till: Till, named: bool) -> None:
    api = till.sandbox.sdk()
    payment = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    if named:
        stranger = api.customers.create({"name": "Somebody"}).id
        card = api.payment_methods.attach("pm_card_visa", {"customer": stranger}).id
        payment |= {"customer": stranger, "payment_method": card, "off_session": True}
    api.payment_intents.create(payment)
    till.reconcile()
    assert "The payment belongs to no customer that we know." in problems(till.services)


def test_an_event_with_a_long_name_is_kept(till: Till) -> None:
    """The type is truncated; PostgreSQL would reject a value longer than its column."""
    event = {"id": "evt_long", "type": "x" * 300, "created": 1_772_625_600, "data": {"object": {"id": "obj_1"}}}
    tell(till, event)
    with till.services.database.read() as session:
        assert session.get_one(BillingEvent, "evt_long").type == "x" * 100


@on_sqlite
def test_an_event_that_the_provider_lists_up_to_an_hour_late_is_found(till: Till) -> None:
    paid = till.charge(till.card())
    till.tick(hours=2)
    pay_in_checkout(till)
    till.reconcile()
    assert till.balance == "$65.00"
    till.sandbox.time.moment -= 59 * 60
    till.sandbox.control("refund", payment_intent=paid.payment, amount=500)
    till.sandbox.time.moment += 59 * 60
    till.reconcile()
    assert till.balance == "$60.00"


@on_sqlite
def test_what_the_pass_finds_is_in_the_order_in_which_it_happened(till: Till) -> None:
    for amount in ("40", "30", "50"):
        pay_in_checkout(till, amount)
        till.tick(minutes=1)
    till.reconcile()
    with till.services.database.read() as session:
        rows = session.exec(select(LedgerTransaction).order_by(col(LedgerTransaction.number)))
        assert [row.amount_micros // 1_000_000 for row in rows] == [40, 30, 50]


@on_sqlite
def test_the_windows_of_whom_it_is_about_are_told_what_the_pass_found(services: Services, till: Till) -> None:
    """A payment notifies its own business; a catalogue change notifies every business."""
    other = add_business(services)
    mine, theirs = business_topic(till.owner.business_id), business_topic(other)
    reconcile = services.billing.events.reconcile
    assert reconcile().topics == {mine, theirs}
    assert reconcile().topics == frozenset()
    pay_in_checkout(till)
    assert reconcile().topics == {mine}
    till.sandbox.control("faults", cut_after_charge=1)
    till.charge(till.card())
    till.tick(minutes=1)
    assert reconcile().topics == {mine}
    till.sandbox.control("prices", lookup_key="rate_starter_local_minute", unit_amount_decimal="4.75")
    assert reconcile().topics == {mine, theirs}
    assert reconcile().topics == frozenset()


@on_sqlite
@pytest.mark.parametrize("fails", ["catalogue", "subscriptions"])
def test_a_pass_that_fails_has_told_the_windows_what_it_changed_before(
    services: Services, till: Till, sandbox: Running, clock: FakeClock, fails: str
) -> None:
    """Of a card that was added, after which the plan or the rates cannot be read: the next pass finds it unchanged."""

    class Failing(StandIn):
        def __getattr__(self, name: str) -> object:
            if name == fails:
                raise ProviderUnavailable
            return super().__getattr__(name)

    sandbox.sdk().payment_methods.attach("pm_card_visa", {"customer": till.customer})
    other = make_services(services.database.url, clock, payments=Failing(payments_of(sandbox)))
    reconciled, told = other.billing.events.reconciled(), []
    with pytest.raises(ProviderUnavailable):
        told.extend(reconciled)
    other.database.close()
    assert told == [frozenset({business_topic(till.owner.business_id)})]
    assert len(services.billing.statement.overview(till.owner).cards) == 1


@on_sqlite
@pytest.mark.parametrize("listed", [True, False])
def test_the_windows_are_told_that_a_checkout_expired(
    services: Services, till: Till, sandbox: Running, clock: FakeClock, listed: bool
) -> None:
    """From its event, or from reconciliation alone where the provider lists no events."""

    class Silent(StandIn):
        def events(self, since: datetime) -> object:
            raise ProviderRefused("no_events")

    payments = payments_of(sandbox)
    services.billing.catalogue.refresh()
    services.billing.funds.checkout(till.owner, "40", till.attempt())
    till.tick(hours=25)
    other = make_services(services.database.url, clock, payments=payments if listed else Silent(payments))
    topics = other.billing.events.reconcile().topics
    other.database.close()
    assert topics == {business_topic(till.owner.business_id)}
    assert not services.billing.statement.overview(till.owner).open_top_ups


@on_sqlite
def test_an_answer_from_before_the_payment_succeeded_does_not_make_it_pending_again(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """A stale answer: read before the payment succeeded, applied afterwards."""
    paid = till.charge(till.card())

    class Late(StandIn):
        def payment(self, id: str) -> Payment:
            return replace(payments.payment(id), state=PaymentState.PENDING)

    payments = payments_of(sandbox)
    other = make_services(services.database.url, clock, payments=Late(payments))
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    assert other.billing.events.receive(*signed(event)).topics == frozenset()
    other.database.close()
    assert (till.top_up(paid).state, till.balance) == ("succeeded", "$25.00")
