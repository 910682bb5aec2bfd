"""What the provider tells us, by webhook or when asked: each event has its effect once, in any order."""

import logging
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.payments import Checkout, CheckoutState, EventSubject, Payment, PaymentState, ProviderEvent, Via
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused
from settings_ui.models import BillingEvent, TopUp
from settings_ui.services.billing.catalogue import Catalogue
from settings_ui.services.billing.customers import Customers, business_of
from settings_ui.services.billing.funds import Funds
from settings_ui.services.billing.settling import SetAside, settle
from settings_ui.services.billing.subscription import Subscriptions
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import insert_into

log = logging.getLogger(__name__)
OVERLAP = timedelta(hours=1)
LISTED_FOR = timedelta(days=30)
UNKNOWN_AFTER = timedelta(seconds=30)
SAME_KEY_FOR = timedelta(hours=23)
GONE_AFTER = timedelta(hours=26)
"""A visit to checkout ends after 24 hours."""
NOTHING: frozenset[str] = frozenset()
REREAD = (EventSubject.CUSTOMER, EventSubject.CHECKOUT, EventSubject.SUBSCRIPTION)


class Events:
    """Takes events in, and asks for what no event told."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payments: Payments,
        customers: Customers,
        funds: Funds,
        catalogue: Catalogue,
        subscriptions: Subscriptions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._customers = customers
        self._funds = funds
        self._catalogue = catalogue
        self._subscriptions = subscriptions

    def receive(self, body: bytes, signature: str) -> Changed[None]:
        """Let an event that the provider sent have its effect, once.

        Raises Invalid if the provider did not sign it, Unavailable if the provider or the database does not answer:
        then nothing was kept, and it is to be sent again.
        """
        return Changed(None, self._take(self._payments.verified(body, signature)))

    def reconcile(self) -> Changed[int]:
        """Ask the provider for what it told nobody, and for each top-up whose outcome is not known.

        Returns how many events and top-ups changed something. Raises ProviderUnavailable if the provider is away; what
        was found until then is kept.
        """
        told: set[str] = set()
        changed = 0
        for event in sorted(self._listed(), key=lambda event: event.created_at):
            if found := self._take(event):
                told |= found
                changed += 1
        for top_up in self._unknown():
            if found := self._ask(top_up):
                told |= found
                changed += 1
        for read in (self._catalogue.refresh_if_old(), self._subscriptions.refresh_due()):
            told |= read.topics
            changed += int(read.value)
        return Changed(changed, frozenset(told))

    def _listed(self) -> list[ProviderEvent]:
        """Return what the provider lists since the last event; a server that keeps no list has none."""
        try:
            return list(self._payments.events(self._since()))
        except ProviderRefused as refused:
            log.warning("the provider lists no events: %s", refused.code)
            return []

    def settle_open(self, business_id: str) -> Changed[None]:
        """Ask for the open top-ups of one business, as when somebody comes back from checkout."""
        told: set[str] = set()
        for top_up in self._unknown(business_id):
            told |= self._ask(top_up)
        return Changed(None, frozenset(told))

    def set_aside(self) -> tuple[int, datetime | None]:
        """Return how many events did not fit what we know, and when the last one came: for `check`."""
        odd = select(func.count(), func.max(BillingEvent.received_at)).where(col(BillingEvent.problem).is_not(None))
        with self._database.read() as session:
            return session.exec(odd).one()

    def _take(self, event: ProviderEvent) -> frozenset[str]:
        """Let one event have its effect in the transaction that remembers it; return who should look again."""
        with self._database.read() as session:
            if session.get(BillingEvent, event.id) is not None:
                return NOTHING
        try:
            payment = self._payment_of(event)
        except ProviderRefused as refused:
            self._remember(event, f"It cannot be read at the provider: {refused.code}.")
            return NOTHING
        told = NOTHING
        if payment is None:
            told = self._beside_payments(event)
        try:
            with self._database.write() as session:
                if not _first(session, event, self._clock.now(), self._oddity(session, event, payment)):
                    return NOTHING
                business = settle(session, payment, self._clock) if payment else None
        except SetAside as odd:
            self._remember(event, str(odd))
            return NOTHING
        return told | ({business_topic(business)} if business else NOTHING)

    def _payment_of(self, event: ProviderEvent) -> Payment | None:
        if event.subject_id is None:
            return None
        if event.subject is EventSubject.PAYMENT:
            return self._payments.payment(event.subject_id)
        if event.subject is EventSubject.CHECKOUT:
            visit = self._payments.checkout(event.subject_id)
            self._note_end(visit)
            return self._payments.payment(visit.payment) if visit.payment else None
        return None

    def _beside_payments(self, event: ProviderEvent) -> frozenset[str]:
        """Read again what the event may have changed: the catalogue, or a customer's cards or plan."""
        if event.subject is EventSubject.CATALOGUE:
            return self._catalogue.refresh().topics
        if event.customer is None or event.subject not in REREAD:
            return NOTHING
        with self._database.read() as session:
            business = business_of(session, event.customer)
        if business is None:
            return NOTHING
        changed = False
        if event.subject is not EventSubject.SUBSCRIPTION:
            changed = self._customers.refresh(business)
        changed = self._subscriptions.refresh(business) or changed
        return frozenset({business_topic(business)}) if changed else NOTHING

    @staticmethod
    def _oddity(session: Session, event: ProviderEvent, payment: Payment | None) -> str | None:
        if payment is None or payment.top_up is not None:
            return None
        if payment.customer is None or business_of(session, payment.customer) is None:
            return "It is about a payment of nobody whom we know."
        return None

    def _remember(self, event: ProviderEvent, problem: str) -> None:
        log.warning("event %s (%s) was set aside: %s", event.id, event.type, problem)
        with self._database.write() as session:
            _first(session, event, self._clock.now(), problem)

    def _since(self) -> datetime:
        with self._database.read() as session:
            last = session.exec(select(func.max(BillingEvent.created_at))).one()
        return (last - OVERLAP) if last else self._clock.now() - LISTED_FOR

    def _unknown(self, business_id: str | None = None) -> list[TopUp]:
        open_states = (PaymentState.PENDING.value, PaymentState.NEEDS_ACTION.value)
        query = select(TopUp).where(col(TopUp.state).in_(open_states))
        if business_id is None:  # whoever began it may be at it still
            query = query.where(col(TopUp.created_at) <= self._clock.now() - UNKNOWN_AFTER)
        else:
            query = query.where(TopUp.business_id == business_id)
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(TopUp.created_at)).limit(500)))

    def _ask(self, top_up: TopUp) -> frozenset[str]:
        """Find out what became of one top-up and settle it; return who should look again."""
        try:
            payment = self._find(top_up)
        except ProviderRefused as refused:
            log.warning("top-up %s cannot be asked for: %s", top_up.id, refused.code)
            return NOTHING
        if payment is None:
            return self._without_payment(top_up)
        try:
            with self._database.write() as session:
                business = settle(session, payment, self._clock)
        except SetAside as odd:
            log.error("top-up %s: %s", top_up.id, odd)
            return NOTHING
        if payment.state is PaymentState.NEEDS_ACTION and self._clock.now() - top_up.created_at >= GONE_AFTER:
            self._payments.cancel(payment.id)  # nobody came to confirm it
            business = top_up.business_id
            self._end(top_up, PaymentState.CANCELED, "")
        return frozenset({business_topic(business)}) if business else NOTHING

    def _find(self, top_up: TopUp) -> Payment | None:
        if top_up.payment:
            return self._payments.payment(top_up.payment)
        if not top_up.customer:
            return None
        since = top_up.created_at - OVERLAP
        if top_up.via == Via.CHECKOUT:
            visit = self._visit(top_up, since)
            if visit is None:
                return None
            self._note_end(visit)
            return self._payments.payment(visit.payment) if visit.payment else None
        made = next((p for p in self._payments.payments(top_up.customer, since) if p.top_up == top_up.id), None)
        return self._payments.payment(made.id) if made else None

    def _visit(self, top_up: TopUp, since: datetime) -> Checkout | None:
        if top_up.checkout:
            return self._payments.checkout(top_up.checkout)
        visits = self._payments.checkouts(top_up.customer or "", since)
        return next((visit for visit in visits if visit.top_up == top_up.id), None)

    def _without_payment(self, top_up: TopUp) -> frozenset[str]:
        """The provider knows of no payment. A card is charged now, with the same key, while the provider remembers
        keys; a day later nothing may be charged any more."""
        age = self._clock.now() - top_up.created_at
        if top_up.via == Via.CARD and age < SAME_KEY_FOR:
            self._funds.ask(top_up)
        elif top_up.via == Via.CARD and age >= SAME_KEY_FOR:
            self._end(top_up, PaymentState.FAILED, "The payment provider did not answer in time. Nothing was charged.")
        elif age >= GONE_AFTER:
            self._end(top_up, PaymentState.CANCELED, "")
        with self._database.read() as session:
            same = session.get_one(TopUp, top_up.id).state == top_up.state
        return NOTHING if same else frozenset({business_topic(top_up.business_id)})

    def _note_end(self, visit: Checkout) -> None:
        """A visit that ended without a payment ends its top-up."""
        if visit.state is not CheckoutState.EXPIRED or visit.top_up is None:
            return
        with self._database.read() as session:
            top_up = session.get(TopUp, visit.top_up)
        if top_up is not None:
            self._end(top_up, PaymentState.CANCELED, "")

    def _end(self, top_up: TopUp, state: PaymentState, problem: str) -> None:
        with self._database.write() as session:
            held = select(TopUp).where(TopUp.id == top_up.id).with_for_update()
            row = session.exec(held, execution_options={"populate_existing": True}).one()
            if row.state in (PaymentState.PENDING, PaymentState.NEEDS_ACTION):
                row.state, row.problem, row.changed_at = state.value, problem, self._clock.now()
                session.add(row)


def _first(session: Session, event: ProviderEvent, now: datetime, problem: str | None) -> bool:
    """Remember the event in the caller's transaction and return whether nobody had before."""
    row = BillingEvent(
        id=event.id,
        type=event.type[:100],
        about=event.subject_id,
        created_at=event.created_at,
        received_at=now,
        problem=problem and problem[:200],
    )
    statement = insert_into(session, BillingEvent).values(row.model_dump()).on_conflict_do_nothing()
    found = session.connection().execute(statement.returning(BillingEvent.__table__.c.id))  # type: ignore[attr-defined]
    return found.first() is not None
