"""Fetching the outcome of open top-ups from the provider."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from settings_ui.domain.payments import Checkout, CheckoutState, Payment, PaymentState, Via
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused
from settings_ui.models import TopUp
from settings_ui.services.billing.funds import Funds
from settings_ui.services.billing.settling import SetAside, settle
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database

log = logging.getLogger(__name__)
BEFORE = timedelta(hours=1)
"""How long before a top-up its payment is searched for, since clocks differ."""
UNKNOWN_AFTER = timedelta(seconds=30)
SAME_KEY_FOR = timedelta(hours=23)
GONE_AFTER = timedelta(hours=26)
"""A checkout expires after 24 hours."""
NOTHING: frozenset[str] = frozenset()


class OpenTopUps:
    """Fetches the outcome of top-ups that are pending or need authentication."""

    def __init__(self, database: Database, clock: Clock, payments: Payments, funds: Funds) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._funds = funds

    def settle_of(self, business_id: str) -> Changed[None]:
        """Settle those of one business, for example on return from checkout."""
        of_business = self._open(col(TopUp.business_id) == business_id)
        return Changed(None, frozenset().union(*chain.from_iterable(map(self._ask, of_business))))

    def settle_all(self) -> Iterator[frozenset[str]]:
        """Settle all but the newest, which may still be in progress; yield the topics to publish."""
        for top_up in self._open(col(TopUp.created_at) <= self._clock.now() - UNKNOWN_AFTER):
            yield from filter(None, self._ask(top_up))

    def note_end(self, visit: Checkout) -> frozenset[str]:
        """End the top-up of a checkout that ended without a payment; return the topics to publish."""
        if visit.state is not CheckoutState.EXPIRED or visit.top_up is None:
            return NOTHING
        with self._database.read() as session:
            top_up = session.get(TopUp, visit.top_up)
        return self._end(top_up, PaymentState.CANCELED, "") if top_up else NOTHING

    def _open(self, which: ColumnElement[bool]) -> list[TopUp]:
        open_states = (PaymentState.PENDING.value, PaymentState.NEEDS_ACTION.value)
        query = select(TopUp).where(col(TopUp.state).in_(open_states), which).order_by(col(TopUp.created_at))
        with self._database.read() as session:
            return list(session.exec(query.limit(500)))

    def _ask(self, top_up: TopUp) -> Iterator[frozenset[str]]:
        """Find out the outcome of one top-up and settle it; yield the topics to publish."""
        try:
            payment = self._find(top_up)
        except ProviderRefused as refused:
            log.warning("top-up %s cannot be asked for: %s", top_up.id, refused.code)
            return
        if payment is None:
            yield self._without_payment(top_up)
            return
        try:
            with self._database.write() as session:
                business = settle(session, payment, self._clock)
        except SetAside as odd:
            log.error("top-up %s: %s", top_up.id, odd)
            return
        if business:
            yield frozenset({business_topic(business)})
        if payment.state is PaymentState.NEEDS_ACTION and self._clock.now() - top_up.created_at >= GONE_AFTER:
            yield self._give_up(top_up, payment.id)

    def _give_up(self, top_up: TopUp, payment_id: str) -> frozenset[str]:
        """Cancel a payment that nobody confirmed; return the topics to publish."""
        try:
            self._payments.cancel(payment_id)
        except ProviderRefused as refused:  # it was confirmed meanwhile: the next pass settles it
            log.info("payment %s was not cancelled: %s", payment_id, refused.code)
            return NOTHING
        return self._end(top_up, PaymentState.CANCELED, "")

    def _find(self, top_up: TopUp) -> Payment | None:
        if top_up.payment:
            return self._payments.payment(top_up.payment)
        if not top_up.customer:
            return None
        since = top_up.created_at - BEFORE
        if top_up.via == Via.CHECKOUT:
            visit = self._visit(top_up, since)
            if visit is None:
                return None
            self.note_end(visit)
            return self._payments.payment(visit.payment) if visit.payment else None
        made = next((p for p in self._payments.payments(top_up.customer, since) if p.top_up == top_up.id), None)
        return self._payments.payment(made.id) if made else None

    def _visit(self, top_up: TopUp, since: datetime) -> Checkout | None:
        if top_up.checkout:
            return self._payments.checkout(top_up.checkout)
        visits = self._payments.checkouts(top_up.customer or "", since)
        return next((visit for visit in visits if visit.top_up == top_up.id), None)

    def _without_payment(self, top_up: TopUp) -> frozenset[str]:
        """Handle a top-up without a payment at the provider. Its card is charged now with the same key, as long as the
        provider remembers keys; after a day it must not be charged any more."""
        age = self._clock.now() - top_up.created_at
        if top_up.via == Via.CARD and age < SAME_KEY_FOR:
            self._funds.ask(top_up)
        elif top_up.via == Via.CARD:
            self._end(top_up, PaymentState.FAILED, "The payment provider did not answer in time. Nothing was charged.")
        elif age >= GONE_AFTER:
            self._end(top_up, PaymentState.CANCELED, "")
        with self._database.read() as session:
            same = session.get_one(TopUp, top_up.id).state == top_up.state
        return NOTHING if same else frozenset({business_topic(top_up.business_id)})

    def _end(self, top_up: TopUp, state: PaymentState, problem: str) -> frozenset[str]:
        with self._database.write() as session:
            held = select(TopUp).where(TopUp.id == top_up.id).with_for_update()
            row = session.exec(held, execution_options={"populate_existing": True}).one()
            if row.state in (PaymentState.PENDING, PaymentState.NEEDS_ACTION):
                row.state, row.problem, row.changed_at = state.value, problem, self._clock.now()
                session.add(row)
                return frozenset({business_topic(row.business_id)})
        return NOTHING
