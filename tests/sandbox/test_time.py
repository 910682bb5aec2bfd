"""What happens on its own when the clock advances."""

from datetime import datetime
from typing import Any

import pytest

from sandbox.periods import month_after
from tests.sandbox.running import DAY_S, Running


def at(text: str) -> int:
    """Return noon UTC on a day."""
    return int(datetime.fromisoformat(f"{text}T12:00:00+00:00").timestamp())


@pytest.mark.parametrize(
    ("start", "anchor", "end"),
    [
        ("2026-03-04", "2026-03-04", "2026-04-04"),
        ("2026-01-31", "2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-01-31", "2026-03-31"),
        ("2027-12-15", "2027-12-15", "2028-01-15"),
        ("2028-01-31", "2026-01-31", "2028-02-29"),
    ],
)
def test_a_month_ends_on_the_day_of_the_anchor_or_the_last_of_a_shorter_one(start: str, anchor: str, end: str) -> None:
    assert month_after(at(start), at(anchor)) == at(end)


def test_a_subscription_renews_at_each_end_of_a_period(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    made = api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    assert sandbox.control("advance", days=92)["now"] == int(sandbox.time.moment) + 92 * DAY_S
    rows = api.invoices.list({"customer": customer, "status": "paid"}).data
    assert [row.billing_reason for row in rows] == ["subscription_cycle"] * 3 + ["subscription_create"]
    assert [row.created for row in rows[:2]] == [at("2026-06-04"), at("2026-05-04")]
    assert api.subscriptions.retrieve(made.id).status == "active"
    assert len({row.number for row in rows}) == 4


def test_the_clock_arrives_where_nothing_is_due(sandbox: Running) -> None:
    assert sandbox.control("advance", days=1.5)["now"] == int(sandbox.time.moment) + DAY_S * 3 // 2


def test_a_subscription_that_ended_is_not_charged_again(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    made = api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    bad = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    api.subscriptions.update(made.id, {"default_payment_method": bad})
    sandbox.control("advance", days=31)
    api.subscriptions.cancel(made.id)
    count = len(api.charges.list().data)
    sandbox.control("advance", days=31)
    assert len(api.charges.list().data) == count
    assert api.invoices.list().data[0].next_payment_attempt is None


def test_time_passes_by_itself_too(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    sandbox.time.moment += 32 * DAY_S
    assert len(api.invoices.list().data) == 2


def test_a_failed_renewal_is_past_due_until_a_retry_is_paid(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    made = api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    bad = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    api.subscriptions.update(made.id, {"default_payment_method": bad})
    sandbox.control("advance", days=31)
    found = api.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (found.status, found.latest_invoice.status) == ("past_due", "open")
    assert found.latest_invoice.next_payment_attempt == found.latest_invoice.created + 3 * DAY_S
    assert "invoice.payment_failed" in sandbox.kinds()
    api.subscriptions.update(made.id, {"default_payment_method": card})
    sandbox.control("advance", days=3)
    found = api.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (found.status, found.latest_invoice.status, found.latest_invoice.attempt_count) == ("active", "paid", 2)


def test_after_the_last_retry_the_subscription_ends(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    made = api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    bad = api.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer}).id
    api.subscriptions.update(made.id, {"default_payment_method": bad})
    sandbox.control("advance", days=31 + 3 + 5 + 7)
    ended = api.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (ended.latest_invoice.status, ended.latest_invoice.attempt_count) == ("uncollectible", 4)


def test_a_reset_begins_again_at_any_moment(api: Any, sandbox: Running, customer: str) -> None:
    sandbox.control("faults", fail=3)
    assert sandbox.control("reset", now=at("2025-12-01")) == {"now": at("2025-12-01")}
    assert api.customers.list().data == []
    assert api.customers.create({}).created == at("2025-12-01")
    assert len(api.prices.list({"limit": 100}).data) == 22
    sandbox.time.moment += 5
    assert api.customers.create({}).created == at("2025-12-01") + 5
