"""The statement: which top-ups are still shown, receipts for payments, and every transaction in order."""

from datetime import datetime, timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.payments import PaymentState, Via
from settings_ui.models import TopUp
from settings_ui.services.billing.statement import CHUNK
from tests.services.billing.many import write_many
from tests.services.billing.till import Till
from tests.support import START, FakeClock, add_business, add_member

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def top_up(services: Services, business: str, name: str, state: str, at: datetime) -> None:
    with services.database.write() as session:
        session.add(
            TopUp(
                id=name,
                business_id=business,
                attempt=name,
                via=Via.CARD,
                cents=2_500,
                currency="USD",
                state=state,
                created_at=at,
                changed_at=at,
            )
        )


def shown(services: Services, actor: Actor) -> list[str]:
    return [row.id for row in services.billing.statement.overview(actor).open_top_ups]


def test_a_failure_is_shown_for_three_days_and_what_is_not_known_for_as_long(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    for state in PaymentState:
        top_up(services, owner.business_id, state, state, START)
        clock.tick(seconds=1)
    with services.database.write() as session:
        session.get_one(TopUp, "succeeded").created_at = START - timedelta(days=1)
    assert sorted(shown(services, owner)) == ["failed", "needs_action", "pending"]
    clock.tick(days=3, seconds=-6)
    assert "failed" in shown(services, owner)
    clock.tick(seconds=1)
    assert sorted(shown(services, owner)) == ["needs_action", "pending"]


def test_a_later_success_hides_a_failure_and_nothing_else(services: Services, owner: Actor) -> None:
    """An earlier success or another business's does not."""
    other = add_business(services)
    for n, (name, state, business) in enumerate(
        [
            ("first", "succeeded", owner.business_id),
            ("hidden", "failed", owner.business_id),
            ("pending", "pending", owner.business_id),
            ("second", "succeeded", owner.business_id),
            ("failed", "failed", owner.business_id),
            ("theirs", "succeeded", other),
            ("their-failure", "failed", other),
        ]
    ):
        top_up(services, business, name, state, START - timedelta(minutes=60 - n))
    assert shown(services, owner) == ["pending", "failed"]


def test_no_number_of_failures_hides_what_is_not_known(services: Services, owner: Actor) -> None:
    top_up(services, owner.business_id, "pending", "pending", START - timedelta(hours=1))
    for n in range(10):
        top_up(services, owner.business_id, f"failed-{n}", "failed", START - timedelta(minutes=n))
    assert shown(services, owner) == ["pending", *(f"failed-{n}" for n in range(9))]


def test_of_many_the_latest_ten_are_shown(services: Services, owner: Actor) -> None:
    for n in range(12):
        top_up(services, owner.business_id, f"top-{n}", "failed", START - timedelta(minutes=n))
    assert shown(services, owner) == [f"top-{n}" for n in range(10)]


def test_what_was_paid_has_its_receipt_and_a_refund_of_it_has_none(
    services: Services, till: Till, clock: FakeClock
) -> None:
    paid = till.charge(till.card())
    till.sandbox.control("refund", payment_intent=paid.payment, amount=500)
    till.reconcile()
    refund, payment = services.billing.statement.page(till.owner)
    assert (refund.receipt_url, payment.receipt_url) == (None, till.top_up(paid).receipt_url)
    assert payment.receipt_url
    other = add_member(services, add_business(services), Role.OWNER, clock)
    assert services.billing.statement.page(other) == []


def test_every_transaction_comes_once_however_many_there_are(services: Services, owner: Actor) -> None:
    write_many(services.database, owner.business_id, 2 * CHUNK, START)
    numbers = [row.number for row in services.billing.statement.rows(owner)]
    assert numbers == list(range(2 * CHUNK, 0, -1))
    page = services.billing.statement.page(owner, before=100, limit=3)
    assert [line.row.number for line in page] == [99, 98, 97]
