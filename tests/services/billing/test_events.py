"""Webhook events: trusted only if signed, applied once in any order, and set aside if they do not match our records."""

import json
import random
import time
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, select
from stripe import WebhookSignature

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Invalid, Unavailable
from settings_ui.models import BillingEvent, TopUp
from tests.at_once import at_once
from tests.sandbox.running import SECRET
from tests.services.billing.till import Till

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def signed(event: dict[str, Any] | bytes, *, secret: str = SECRET, ago_s: float = 0) -> tuple[bytes, str]:
    """Return a body and its signature, as Stripe sends them."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    at = int(time.time() - ago_s)
    digest = WebhookSignature._compute_signature(f"{at}.{body.decode('latin-1')}", secret)
    return body, f"t={at},v1={digest}"


def all_events(till: Till) -> list[dict[str, Any]]:
    """Return all of the provider's events, oldest first."""
    found = till.sandbox.sdk().events.list({"limit": 100}).auto_paging_iter()
    return [event.to_dict() for event in found][::-1]


def tell(till: Till, event: dict[str, Any]) -> None:
    till.services.billing.events.receive(*signed(event))


def problems(services: Services) -> list[str | None]:
    with services.database.read() as session:
        return list(session.exec(select(BillingEvent.problem).where(col(BillingEvent.problem).is_not(None))))


def pay_in_checkout(till: Till, amount: str = "40") -> str:
    """Pay in checkout without delivering a webhook; return the payment's id."""
    till.sandbox.submit(till.services.billing.funds.checkout(till.owner, amount, till.attempt()).value)
    return str(till.sandbox.sdk().payment_intents.list({"customer": till.customer}).data[0].id)


def test_a_signed_event_credits_once_however_often_it_comes(till: Till) -> None:
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    first = till.services.billing.events.receive(*signed(event))
    again = till.services.billing.events.receive(*signed(event))
    assert (bool(first.topics), again.topics, till.balance) == (True, frozenset(), "$40.00")
    till.assert_sound()


def test_the_same_event_many_times_at_once_has_one_effect(till: Till) -> None:
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    done = at_once(*[partial(till.services.billing.events.receive, *signed(event))] * 12)
    assert not [found for found in done if isinstance(found, Exception)]
    assert till.balance == "$40.00"
    till.assert_sound()


@on_sqlite
def test_what_is_not_signed_is_not_believed(till: Till) -> None:
    """Wrong secret, stale or future timestamp, no signature, several, garbage, not UTF-8, wrong body, empty."""
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    body, good = signed(event)
    for sent in (
        signed(event, secret="whsec_of_somebody"),
        signed(event, secret=""),
        signed(event, ago_s=301),
        signed(event, ago_s=-400),
        (body, ""),
        (body, "t=,v1="),
        (body, "v1=abc"),
        (body, good.replace("t=", "t=9")),
        (body + b" ", good),
        signed(b"\xff\xfe"),
        signed(b""),
        signed(b"[]"),
        signed(b"{}"),
        signed(b'{"id": "evt_1", "type": "payment_intent.succeeded", "created": "x", "data": {"object": {}}}'),
    ):
        with pytest.raises(Invalid):
            till.services.billing.events.receive(*sent)
    assert till.balance == "$0.00"
    till.services.billing.events.receive(body, good)
    assert till.balance == "$40.00"


@on_sqlite
def test_a_forged_content_changes_nothing_since_the_object_is_asked_for_again(till: Till) -> None:
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    event["data"]["object"]["amount_received"] = 400_000
    tell(till, event)
    assert till.balance == "$40.00"


def test_a_payment_of_nobody_whom_we_know_is_set_aside(till: Till) -> None:
    api = till.sandbox.sdk()
    stranger = api.customers.create({"name": "Somebody"}).id
    card = api.payment_methods.attach("pm_card_visa", {"customer": stranger}).id
    api.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": stranger, "payment_method": card, "confirm": True,
         "off_session": True, "metadata": {"top_up": "top_made_up"}}
    )  # fmt: skip
    till.reconcile()
    assert any("unknown top-up" in (problem or "") for problem in problems(till.services))
    assert till.services.billing.events.set_aside()[0] >= 1
    assert till.balance == "$0.00"


@pytest.mark.parametrize("wrong", [{"amount": 2600}, {"currency": "eur"}])
def test_another_amount_or_currency_is_set_aside_and_not_credited(till: Till, wrong: dict[str, Any]) -> None:
    """Anyone with access to the provider account can create payments with our metadata."""
    card = till.card()
    till.sandbox.control("faults", fail=1, status=500)
    top_up = till.charge(card)
    till.sandbox.control("faults")
    till.sandbox.sdk().payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": till.customer, "payment_method": card, "confirm": True,
         "off_session": True, "metadata": {"top_up": top_up.id}} | wrong
    )  # fmt: skip
    till.reconcile()
    assert any("another amount or currency" in (problem or "") for problem in problems(till.services))
    assert till.balance == "$0.00"


def test_another_customer_s_payment_with_our_mark_is_set_aside(till: Till) -> None:
    """The top-up it names has no known payment yet."""
    card = till.card()
    till.sandbox.control("faults", fail=1, status=500)
    top_up = till.charge(card)
    till.sandbox.control("faults")
    api = till.sandbox.sdk()
    stranger = api.customers.create({"name": "Somebody"}).id
    theirs = api.payment_methods.attach("pm_card_visa", {"customer": stranger}).id
    api.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": stranger, "payment_method": theirs, "confirm": True,
         "off_session": True, "metadata": {"top_up": top_up.id}}
    )  # fmt: skip
    till.reconcile()
    assert any("another customer" in (problem or "") for problem in problems(till.services))
    assert till.balance == "$0.00"


@on_sqlite
def test_a_payment_of_nobody_is_not_that_of_a_top_up_without_a_customer(till: Till) -> None:
    """Two missing customers do not count as a match."""
    card = till.card()
    till.sandbox.control("faults", fail=1, status=500)
    top_up = till.charge(card)
    till.sandbox.control("faults")
    with till.services.database.write() as session:
        session.get_one(TopUp, top_up.id).customer = None
    till.sandbox.sdk().payment_intents.create(
        {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "metadata": {"top_up": top_up.id}}
    )  # fmt: skip
    till.reconcile()
    assert any("another customer" in (problem or "") for problem in problems(till.services))
    assert till.balance == "$0.00"


@on_sqlite
def test_a_second_payment_for_the_same_top_up_is_set_aside(till: Till) -> None:
    card = till.card()
    top_up = till.charge(card)
    till.sandbox.sdk().payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": till.customer, "payment_method": card, "confirm": True,
         "off_session": True, "metadata": {"top_up": top_up.id}}
    )  # fmt: skip
    till.reconcile()
    assert any("has another payment" in (problem or "") for problem in problems(till.services))
    assert till.balance == "$25.00"


def test_a_payment_that_is_no_top_up_of_ours_is_none_of_our_business(till: Till) -> None:
    """For example, an invoice payment."""
    card = till.card()
    till.sandbox.sdk().payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": till.customer, "payment_method": card, "confirm": True,
         "off_session": True}
    )  # fmt: skip
    till.reconcile()
    assert (problems(till.services), till.balance) == ([], "$0.00")


def test_refunds_draw_the_balance_down_each_once(till: Till) -> None:
    payment = pay_in_checkout(till)
    till.reconcile()
    till.sandbox.control("refund", payment_intent=payment, amount=1_500)
    till.reconcile()
    till.sandbox.control("refund", payment_intent=payment)
    till.reconcile()
    till.reconcile()
    assert (till.balance, till.kinds()) == ("$0.00", ["top_up", "refund", "refund"])


def test_a_refund_that_is_known_before_the_payment_comes_out_the_same(till: Till) -> None:
    payment = pay_in_checkout(till)
    till.sandbox.control("refund", payment_intent=payment, amount=1_500)
    events = {event["type"]: event for event in all_events(till)}
    tell(till, events["refund.created"])
    tell(till, events["payment_intent.succeeded"])
    assert (till.balance, till.kinds()) == ("$25.00", ["top_up", "refund"])


def test_a_dispute_takes_the_payment_back_below_zero_if_it_was_used_and_a_won_one_returns_it(till: Till) -> None:
    payment = pay_in_checkout(till)
    till.reconcile()
    till.sandbox.control("refund", payment_intent=payment, amount=1_000)
    till.reconcile()
    till.sandbox.control("dispute", payment_intent=payment)
    till.reconcile()
    lost = till.balance
    till.sandbox.control("dispute", payment_intent=payment, outcome="won")
    till.reconcile()
    assert till.kinds() == ["top_up", "refund", "dispute", "dispute_won"]
    assert (lost, till.balance) in (("−$10.00", "$30.00"), ("$0.00", "$30.00"))


@on_sqlite
def test_a_refund_that_did_not_arrive_is_returned_to_the_balance_once(till: Till) -> None:
    payment = pay_in_checkout(till)
    till.sandbox.control("refund", payment_intent=payment, amount=1_500)
    till.reconcile()
    assert till.balance == "$25.00"
    becomes(till, "refund", "refund.failed", status="failed")
    till.reconcile()
    till.reconcile()
    assert (till.balance, till.kinds()) == ("$40.00", ["top_up", "refund", "refund_failed"])


@on_sqlite
def test_an_inquiry_takes_nothing_until_it_is_a_dispute(till: Till) -> None:
    """During an inquiry no funds are withdrawn."""
    payment = pay_in_checkout(till)
    till.sandbox.control("dispute", payment_intent=payment)
    becomes(till, "dispute", "charge.dispute.updated", status="warning_needs_response")
    till.reconcile()
    assert (till.balance, till.kinds()) == ("$40.00", ["top_up"])
    becomes(till, "dispute", "charge.dispute.updated", status="needs_response")
    till.reconcile()
    assert (till.balance, till.kinds()) == ("$0.00", ["top_up", "dispute"])


def becomes(till: Till, kind: str, event: str, **changes: str) -> None:
    """Change the provider's only object of this kind."""
    world = till.sandbox.world
    with world.lock:
        [found] = world.all(kind)
        world.change(found, event, **changes)
        world.commit()


def test_while_the_provider_is_away_an_event_is_not_kept(till: Till) -> None:
    """The provider therefore retries it."""
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    till.sandbox.control("faults", fail=99, status=500)
    with pytest.raises(Unavailable):
        tell(till, event)
    with pytest.raises(Unavailable):
        till.reconcile()
    till.sandbox.control("faults")
    tell(till, event)
    assert till.balance == "$40.00"


def test_what_no_webhook_told_the_pass_finds(till: Till) -> None:
    """Without webhooks, reconciliation alone credits the payment."""
    pay_in_checkout(till)
    assert till.reconcile() >= 1
    assert till.balance == "$40.00"
    assert till.reconcile() == 0


@on_sqlite
def test_a_webhook_that_comes_hides_none_that_was_lost_before(till: Till) -> None:
    """A refund's webhook was lost during hours of downtime; a later payment's webhook must not hide it."""
    first = till.charge(till.card())
    till.tick(minutes=1)
    till.reconcile()
    till.sandbox.control("refund", payment_intent=first.payment, amount=500)
    till.tick(hours=3)
    pay_in_checkout(till)
    till.tick(minutes=1)
    tell(till, next(event for event in all_events(till)[::-1] if event["type"] == "payment_intent.succeeded"))
    assert till.balance == "$65.00"
    till.reconcile()
    assert till.balance == "$60.00"


@on_sqlite
def test_a_thousand_events_in_any_order_with_repetitions_come_out_the_same(till: Till) -> None:
    """Payments, refunds, disputes won and lost; each event is delivered about twice."""
    card = till.card()
    expected = 0
    for n in range(30):
        till.tick(minutes=5)
        done = till.charge(card, str(10 + n))
        expected += done.cents
        if n % 3 == 0:
            till.sandbox.control("refund", payment_intent=done.payment, amount=500)
            expected -= 500
        if n % 10 == 2:
            till.sandbox.control("dispute", payment_intent=done.payment)
            expected -= done.cents if n % 3 else done.cents - 500
        if n % 20 == 2:
            till.sandbox.control("dispute", payment_intent=done.payment, outcome="won")
            expected += done.cents if n % 3 else done.cents - 500
    events = all_events(till)
    told = (events * (1 + 1000 // len(events)))[:1000]
    random.Random(11).shuffle(told)
    for event in told:
        tell(till, event)
    till.reconcile()
    assert till.balance == f"${expected // 100:,}.{expected % 100:02}"
    assert problems(till.services) == []
    till.assert_sound()
