"""Adding funds: the top-up is written and committed, then the provider is called with a key derived from the row."""

import re

from sqlalchemy import ScalarResult
from sqlmodel import Session, col, func, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.domain.money import Money, parse_cents
from settings_ui.domain.payments import LEAST_CENTS, MOST_CENTS, Payment, PaymentState, Via
from settings_ui.gateways.ports import Clock, Limit, Limiter, Payments, ProviderRefused, ProviderUnavailable
from settings_ui.models import Business, SavedCard, TopUp
from settings_ui.services.billing.customers import Customers, shown_card
from settings_ui.services.billing.settling import SetAside, settle
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.upsert import insert_into

ATTEMPT = re.compile(r"[A-Za-z0-9_-]{16,64}")
FORM = "form-after-top-up-"
OLD_FORM = re.compile(rf"{FORM}([0-9]{{1,9}})")
ATTEMPTS = Limit(times=20, within_s=60 * 60)
DESCRIPTION = "Funds for calls and numbers"
CARD_GONE = "This card is no longer saved. Choose another one."


class Funds:
    """Adding funds to the balance of the actor's business."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        limiter: Limiter,
        payments: Payments,
        customers: Customers,
        back_to: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._payments = payments
        self._customers = customers
        self._back_to = back_to

    def form(self, actor: Actor, kept: str = "") -> str:
        """Return the token of a form that is opened now: the same one in all windows until funds are added. A form
        that a page has kept open keeps its token."""
        require(actor, Capability.MANAGE_BILLING)
        by_hand = select(func.count()).where(TopUp.business_id == actor.business_id, ~col(TopUp.automatic))
        with self._database.read() as session:
            now = session.exec(by_hand).one()
        old = OLD_FORM.fullmatch(kept)
        return f"{FORM}{min(now, int(old[1])) if old else now}"

    def charge(self, actor: Actor, amount: str, card: str, attempt: str) -> Changed[TopUp]:
        """Charge a saved card and return the top-up: succeeded, declined, in need of authentication, or pending.

        It is pending as long as it is unknown whether the card was charged. The same `attempt` again is the same top-up
        and charges nothing more. Raises Invalid at `amount`, NotFound at `card` for one that is not the
        business's, Conflict if the attempt was for something else, TooMany.
        """
        require(actor, Capability.MANAGE_BILLING)
        top_up, new = self._begin(actor, amount, card, attempt)
        if new:
            self.ask(top_up)
        return self._now(top_up)

    def checkout(self, actor: Actor, amount: str, attempt: str) -> Changed[str]:
        """Return the checkout URL to pay this amount with a new card; it is credited when the provider confirms it.

        Raises Invalid at `amount`, Conflict, TooMany, and Unavailable if there is no checkout now.
        """
        require(actor, Capability.MANAGE_BILLING)
        top_up, _ = self._begin(actor, amount, None, attempt)
        return Changed(self._open(top_up), topics(actor.business_id))

    def finish(self, actor: Actor, top_up_id: str) -> Changed[str]:
        """Return the checkout URL of a top-up whose card needs authentication, or that is open in checkout.

        The card's payment is cancelled first, so that both can never be made. Raises NotFound, Conflict if it is in
        progress or already paid, Unavailable.
        """
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            first = session.get(TopUp, top_up_id)
        if first is None or first.business_id != actor.business_id:
            raise NotFound
        if first.via == Via.CARD:
            first = self._in_checkout_instead(actor, first)
        if first.state != PaymentState.PENDING:
            raise Conflict("This was already finished.")
        return Changed(self._open(first), topics(actor.business_id))

    def ask(self, top_up: TopUp) -> None:
        """Ask the provider to charge the card of a pending top-up, or find out its outcome.

        The key is derived from the row, so it is charged once even if this is called repeatedly within a day.
        """
        try:
            customer = top_up.customer or ""
            payment = self._payments.charge(
                customer,
                top_up.card or "",
                Money.of_cents(top_up.cents, top_up.currency),
                top_up=top_up.id,
                description=DESCRIPTION,
                key=f"top-up-{top_up.id}",
            )
        except ProviderUnavailable:
            return  # the outcome is unknown: it stays pending, and `reconcile` asks again
        except ProviderRefused:
            self._fail(top_up, CARD_GONE)
            return
        self._settle(payment)

    def _begin(self, actor: Actor, amount: str, card: str | None, attempt: str) -> tuple[TopUp, bool]:
        """Write and commit the top-up; return it and whether it is new."""
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            cents = parse_cents(amount, business.currency, least=LEAST_CENTS, most=MOST_CENTS, field="amount")
            if not ATTEMPT.fullmatch(attempt):
                raise Invalid("Reload the page and try again.", field="amount")
            saved = session.get(SavedCard, card) if card is not None else None
            if card is not None and (saved is None or saved.business_id != business.id):
                raise NotFound(CARD_GONE, field="card")
            if (before := _of_attempt(session, business.id, attempt).first()) is not None:
                return _same(before, cents, card), False
        if wait_s := take(self._limiter, ATTEMPTS, "top-up", business.id):
            raise TooMany("You can add funds 20 times an hour. Try again later.", retry_after_s=wait_s)
        now = self._clock.now()
        row = TopUp(
            id=new_id("top"),
            business_id=business.id,
            user_id=actor.user_id,
            attempt=attempt,
            via=Via.CARD if card else Via.CHECKOUT,
            cents=cents,
            currency=business.currency,
            customer=self._customer(business.id),
            card=card,
            card_shown=shown_card(saved) if saved else "",
            created_at=now,
            changed_at=now,
        )
        with self._database.write() as session:
            if lock_business(session, business.id, shared=True).currency != business.currency:
                raise Conflict("The currency has changed. Reload the page and try again.")
            inserted = insert_into(session, TopUp).values(row.model_dump()).on_conflict_do_nothing()
            new = session.connection().execute(inserted.returning(TopUp.__table__.c.id)).first() is not None  # type: ignore[attr-defined]
            found = _of_attempt(session, business.id, attempt).one()
        return _same(found, cents, card), new

    def _in_checkout_instead(self, actor: Actor, first: TopUp) -> TopUp:
        """Cancel the card's payment, and return the same top-up to be paid in checkout."""
        if first.state == PaymentState.PENDING:
            raise Conflict("This payment is still being processed. Wait until it is confirmed.")
        if first.state == PaymentState.SUCCEEDED:
            raise Conflict("This has already been paid.")
        if first.payment:
            self._give_up(first, first.payment)
        amount = Money.of_cents(first.cents, first.currency).exact
        return self._begin(actor, amount, None, f"finish-{first.id}")[0]

    def _customer(self, business_id: str) -> str:
        try:
            return self._customers.of(business_id)
        except ProviderRefused as refused:
            raise Unavailable("The payment provider rejected this business. Contact support.") from refused

    def _open(self, top_up: TopUp) -> str:
        """Return the top-up's checkout URL, the same one for a day."""
        try:
            opened = self._payments.open_checkout(
                top_up.customer or "",
                self._back_to,
                amount=Money.of_cents(top_up.cents, top_up.currency),
                top_up=top_up.id,
                description=DESCRIPTION,
                key=f"checkout-{top_up.id}",
            )
        except ProviderRefused as refused:
            self._fail(top_up, "Checkout could not be opened.")
            raise Unavailable("Checkout is not available. Add funds with a saved card.") from refused
        with self._database.write() as session:
            row = _locked(session, top_up.id)
            row.checkout, row.changed_at = opened.id, self._clock.now()
            session.add(row)
        if opened.url is None:
            raise Conflict("This checkout has expired. Start again.")
        return opened.url

    def _give_up(self, first: TopUp, payment_id: str) -> None:
        """Cancel the payment of a top-up for good; settle it if it was made or cancelled before."""
        try:
            self._payments.cancel(payment_id)
        except ProviderRefused:
            payment = self._payments.payment(payment_id)
            self._settle(payment)
            if payment.state is PaymentState.SUCCEEDED:
                raise Conflict("This has already been paid.") from None
            return
        with self._database.write() as session:
            row = _locked(session, first.id)
            row.state, row.problem, row.changed_at = PaymentState.CANCELED, "", self._clock.now()
            session.add(row)

    def _settle(self, payment: Payment) -> None:
        with self._database.write() as session:
            try:
                settle(session, payment, self._clock)
            except SetAside as odd:
                raise Conflict(str(odd)) from odd

    def _fail(self, top_up: TopUp, problem: str) -> None:
        with self._database.write() as session:
            row = _locked(session, top_up.id)
            if row.payment is None:  # else someone has found out more
                row.state, row.problem, row.changed_at = PaymentState.FAILED, problem, self._clock.now()
                session.add(row)

    def _now(self, top_up: TopUp) -> Changed[TopUp]:
        with self._database.read() as session:
            return Changed(session.get_one(TopUp, top_up.id), topics(top_up.business_id))


def _locked(session: Session, top_up_id: str) -> TopUp:
    held = select(TopUp).where(TopUp.id == top_up_id).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()


def _of_attempt(session: Session, business_id: str, attempt: str) -> ScalarResult[TopUp]:
    query = select(TopUp).where(TopUp.business_id == business_id, TopUp.attempt == attempt)
    return session.exec(query, execution_options={"populate_existing": True})


def _same(found: TopUp, cents: int, card: str | None) -> TopUp:
    if (found.cents, found.card) != (cents, card):
        raise Conflict(
            "Funds were added in the meantime. Check the balance. Submitting again adds this amount too.",
            field="amount",
        )
    return found
