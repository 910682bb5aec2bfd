"""Settling payments: bringing the ledger in line with the provider, exactly once, in any order."""

from sqlmodel import Session, select

from settings_ui.domain.errors import Conflict
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.domain.payments import Payment, PaymentState, Via
from settings_ui.gateways.ports import Clock
from settings_ui.models import TopUp
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.kit.activity import record

TOPIC = "billing"
FINAL = (PaymentState.SUCCEEDED, PaymentState.CANCELED)


class SetAside(Exception):
    """The provider's data does not fit ours: nothing is credited, and someone has to look at it."""


def settle(session: Session, payment: Payment, clock: Clock) -> str | None:
    """Bring the top-up of a payment, and the ledger, in line with the payment's current state.

    Returns the business if anything changed, None if nothing did or the payment is not for a top-up. Raises
    SetAside if the payment is for a top-up that is not ours, or of another customer, amount or currency.
    """
    if payment.top_up is None:
        return None
    held = select(TopUp).where(TopUp.id == payment.top_up).with_for_update()
    top_up = session.exec(held, execution_options={"populate_existing": True}).first()
    if top_up is None:
        raise SetAside("The payment is for an unknown top-up.")
    if top_up.payment not in (None, payment.id):
        raise SetAside(f"Top-up {top_up.id} already has another payment.")
    if payment.customer is None or payment.customer != top_up.customer:
        raise SetAside(f"The payment for top-up {top_up.id} belongs to another customer.")
    if (payment.cents, payment.currency) != (top_up.cents, top_up.currency):
        raise SetAside(f"The payment for top-up {top_up.id} has another amount or currency.")
    before = top_up.model_dump(exclude={"changed_at"})
    top_up.payment = payment.id
    moved = False
    if payment.state is PaymentState.SUCCEEDED:
        moved = _post_all(session, top_up, payment, clock)
        top_up.state, top_up.problem = PaymentState.SUCCEEDED, ""
        top_up.receipt_url = payment.receipt_url or top_up.receipt_url
    elif top_up.state not in FINAL and (top_up.via == Via.CARD or payment.state is PaymentState.CANCELED):
        # In checkout another card can be tried; declines are shown there.
        top_up.state, top_up.problem = payment.state, payment.problem
    changed = moved or top_up.model_dump(exclude={"changed_at"}) != before
    if changed:
        top_up.changed_at = clock.now()
        session.add(top_up)
    return top_up.business_id if changed else None


def _post_all(session: Session, top_up: TopUp, payment: Payment, clock: Clock) -> bool:
    """Post the payment, its refunds and its disputes, each once; return whether anything was new."""
    posted = False
    for movement, what in _movements(top_up, payment):
        try:
            row = post(session, top_up.business_id, movement, at=clock.now())
        except Conflict as conflict:
            raise SetAside(f"Top-up {top_up.id}: {conflict.message}") from conflict
        if row is not None:
            posted = True
            by = top_up.user_id if movement.kind is TransactionKind.TOP_UP else None
            record(
                session,
                TOPIC,
                what,
                at=clock.now(),
                business_id=top_up.business_id,
                user_id=by,
                after={"Amount": str(movement.amount), "Balance": str(Money(row.balance_micros, row.currency))},
            )
    return posted


def _movements(top_up: TopUp, payment: Payment) -> list[tuple[Movement, str]]:
    def of(cents: int) -> Money:
        return Money.of_cents(cents, payment.currency)

    with_what = f" with {top_up.card_shown}" if top_up.card_shown else ""
    paid = Movement(
        TransactionKind.TOP_UP, f"payment:{payment.id}", of(payment.cents), f"Funds added{with_what}", payment.id
    )
    found = [(paid, "added funds")]
    for refund in payment.refunds:
        gone = Movement(
            TransactionKind.REFUND, f"refund:{refund.id}", of(-refund.cents), "Refund of a top-up", refund.id
        )
        back = Movement(
            TransactionKind.REFUND_FAILED,
            f"refund:{refund.id}:lost",
            of(refund.cents),
            "Refund that did not arrive",
            refund.id,
        )
        found.append((gone, "refunded a top-up"))
        if refund.lost:
            found.append((back, "returned a refund that did not arrive"))
    for dispute in payment.disputes:
        if not dispute.withdrawn:
            continue
        taken = Movement(
            TransactionKind.DISPUTE, f"dispute:{dispute.id}", of(-dispute.cents), "Disputed top-up", dispute.id
        )
        won = Movement(
            TransactionKind.DISPUTE_WON, f"dispute:{dispute.id}:won", of(dispute.cents), "Dispute won", dispute.id
        )
        found.append((taken, "took back a disputed top-up"))
        if dispute.won:
            found.append((won, "returned a top-up whose dispute was won"))
    return found
