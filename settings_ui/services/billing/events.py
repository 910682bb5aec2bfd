"""The provider's events, by webhook or fetched: each is applied once, in any order."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.payments import EventSubject, Payment, ProviderEvent
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused
from settings_ui.models import BillingEvent, EventReading
from settings_ui.services.billing.catalogue import Catalogue
from settings_ui.services.billing.customers import Customers, business_of
from settings_ui.services.billing.open_top_ups import OpenTopUps
from settings_ui.services.billing.settling import SetAside, settle
from settings_ui.services.billing.subscription import Subscriptions
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import insert_into

log = logging.getLogger(__name__)
OVERLAP = timedelta(hours=1)
LISTED_FOR = timedelta(days=30)
NOTHING: frozenset[str] = frozenset()
REREAD = (EventSubject.CUSTOMER, EventSubject.CHECKOUT, EventSubject.SUBSCRIPTION)


class Events:
    """Receives events, and fetches what no event reported."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payments: Payments,
        customers: Customers,
        open_top_ups: OpenTopUps,
        catalogue: Catalogue,
        subscriptions: Subscriptions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._customers = customers
        self._open_top_ups = open_top_ups
        self._catalogue = catalogue
        self._subscriptions = subscriptions

    def receive(self, body: bytes, signature: str) -> Changed[None]:
        """Apply an event sent by the provider, once.

        Raises as `received` does, and then tells nothing of what it has changed so far.
        """
        return Changed(None, NOTHING.union(*self.received(body, signature)))

    def received(self, body: bytes, signature: str) -> Iterator[frozenset[str]]:
        """Do the same as `receive`, and after each change yield the topics to publish: a retry would not know of it any
        more.

        Raises Invalid if the provider did not sign it, Unavailable if the provider or the database does not respond;
        then the event was not stored, and the provider should retry.
        """
        yield from self._take(self._payments.verified(body, signature))

    def reconcile(self) -> Changed[int]:
        """Fetch events that were not delivered, the outcome of each open top-up, and rates and plans that are due.

        Returns how many changes that were. Raises ProviderUnavailable if the provider is down; what was found before
        that is kept, but only `reconciled` tells it.
        """
        each = list(self.reconciled())
        return Changed(len(each), NOTHING.union(*each))

    def reconciled(self) -> Iterator[frozenset[str]]:
        """Do the same as `reconcile`, and after each change yield the topics to publish: if the pass fails later, the
        next one would not know of it any more."""
        listed = sorted(self._listed(), key=lambda event: event.created_at)
        for event in listed:
            yield from self._take(event)
        if listed:
            self._note_all_known(listed[-1].created_at)
        yield from self._open_top_ups.settle_all()
        yield from filter(None, [self._catalogue.refresh_if_old().topics])
        yield from self._subscriptions.refresh_due()
        yield from self._subscriptions.end_visits()

    def _listed(self) -> list[ProviderEvent]:
        """Return the events listed by the provider since the last one; a server without a list returns none."""
        try:
            return list(self._payments.events(self._since()))
        except ProviderRefused as refused:
            log.warning("the provider lists no events: %s", refused.code)
            return []

    def set_aside(self) -> tuple[int, datetime | None]:
        """Return how many events were set aside, and when the last one came, for `check`."""
        odd = select(func.count(), func.max(BillingEvent.received_at)).where(col(BillingEvent.problem).is_not(None))
        with self._database.read() as session:
            return session.exec(odd).one()

    def _take(self, event: ProviderEvent) -> Iterator[frozenset[str]]:
        """Apply one event, and record it in the transaction of its payment; yield the topics to publish."""
        with self._database.read() as session:
            if session.get(BillingEvent, event.id) is not None:
                return
        try:
            payment, told = self._payment_of(event)
            yield from filter(None, [told])
            if payment is None:
                yield from filter(None, self._beside_payments(event))
        except ProviderRefused as refused:
            self._remember(event, f"It cannot be read at the provider: {refused.code}.")
            return
        try:
            with self._database.write() as session:
                if not _first(session, event, self._clock.now(), self._oddity(session, event, payment)):
                    return
                business = settle(session, payment, self._clock) if payment else None
        except SetAside as odd:
            self._remember(event, str(odd))
            return
        if business:
            yield frozenset({business_topic(business)})

    def _payment_of(self, event: ProviderEvent) -> tuple[Payment | None, frozenset[str]]:
        """Return the payment that it is about, and the topics to publish of a checkout that ended without one."""
        if event.subject_id is None:
            return None, NOTHING
        if event.subject is EventSubject.PAYMENT:
            return self._payments.payment(event.subject_id), NOTHING
        if event.subject is EventSubject.CHECKOUT:
            visit = self._payments.checkout(event.subject_id)
            told = self._open_top_ups.note_end(visit)
            return self._payments.payment(visit.payment) if visit.payment else None, told
        return None, NOTHING

    def _beside_payments(self, event: ProviderEvent) -> Iterator[frozenset[str]]:
        """Read again what the event may have changed: the catalogue, or a customer's cards or plan; yield the topics to
        publish."""
        if event.subject is EventSubject.CATALOGUE:
            yield self._catalogue.refresh().topics
        if event.customer is None or event.subject not in REREAD:
            return
        with self._database.read() as session:
            business = business_of(session, event.customer)
        if business is None:
            return
        if event.subject is not EventSubject.SUBSCRIPTION and self._customers.refresh(business):
            yield frozenset({business_topic(business)})
        if self._subscriptions.refresh(business):
            yield frozenset({business_topic(business)})

    @staticmethod
    def _oddity(session: Session, event: ProviderEvent, payment: Payment | None) -> str | None:
        if payment is None or payment.top_up is not None:
            return None
        if payment.customer is None or business_of(session, payment.customer) is None:
            return "The payment belongs to no customer that we know."
        return None

    def _remember(self, event: ProviderEvent, problem: str) -> None:
        log.warning("event %s (%s) was set aside: %s", event.id, event.type, problem)
        with self._database.write() as session:
            _first(session, event, self._clock.now(), problem)

    def _since(self) -> datetime:
        with self._database.read() as session:
            known = session.get(EventReading, 1)
        return (known.until - OVERLAP) if known else self._clock.now() - LISTED_FOR

    def _note_all_known(self, until: datetime) -> None:
        with self._database.write() as session:
            first = insert_into(session, EventReading).values(id=1, until=until).on_conflict_do_nothing()
            session.connection().execute(first)
            held = select(EventReading).where(EventReading.id == 1).with_for_update()
            known = session.exec(held, execution_options={"populate_existing": True}).one()
            known.until = max(known.until, until)
            session.add(known)


def _first(session: Session, event: ProviderEvent, now: datetime, problem: str | None) -> bool:
    """Record the event in the caller's transaction and return whether it is new."""
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
