"""Mirrors a business's subscription from the provider and applies its consequences."""

import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor
from settings_ui.domain.days import local_day
from settings_ui.domain.payments import CheckoutState
from settings_ui.domain.plans import PAY_PER_CALL, Item, Offered, PlanStatus, Subscription
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused
from settings_ui.models import BillingAccount, Business, CataloguePrice, PlanInForce, PlanSubscription
from settings_ui.services.billing.alerts import tell
from settings_ui.services.billing.customers import lock_account
from settings_ui.services.billing.settling import TOPIC
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

log = logging.getLogger(__name__)
READ_EVERY = timedelta(hours=6)
ASKED_FOR = timedelta(hours=25)
"""How long a change that somebody asked for may take to be found here: a checkout is open for a day."""
STATUS_WORDS = {
    PlanStatus.ACTIVE: "Active",
    PlanStatus.TRIALING: "Active",
    PlanStatus.PAST_DUE: "Past due",
    PlanStatus.UNPAID: "Unpaid",
    PlanStatus.PAUSED: "Paused",
    PlanStatus.INCOMPLETE: "Not paid yet",
    PlanStatus.INCOMPLETE_EXPIRED: "Ended",
    PlanStatus.CANCELED: "Ended",
}


class Subscriptions:
    """The mirror of each business's subscription. `link` is where people fix failures."""

    def __init__(self, database: Database, clock: Clock, payments: Payments, link: str) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._link = link

    def refresh(self, business_id: str, *, actor: Actor | None = None) -> bool:
        """Read the business's subscription from the provider and return whether anything changed.

        Raises ProviderUnavailable, ProviderRefused, keeping what was read before.
        """
        with self._database.read() as session:
            account = session.get(BillingAccount, business_id)
        asked_at = self._clock.now()
        found = self._payments.subscriptions(account.customer) if account and account.customer else []
        return self.apply(business_id, found, asked_at, actor=actor)

    def refresh_due(self) -> Iterator[frozenset[str]]:
        """Read again subscriptions whose period is over or that were last read six hours ago, in case an event was
        lost. Yield the topics to publish of each that changed."""
        now = self._clock.now()
        old = (col(PlanSubscription.as_of) < now - READ_EVERY) | (
            (col(PlanSubscription.period_end) < now) & (col(PlanSubscription.as_of) < col(PlanSubscription.period_end))
        )
        lives = col(PlanSubscription.status).not_in([status.value for status in PlanStatus if status.ended])
        with self._database.read() as session:
            due = session.exec(select(PlanSubscription.business_id).where(old, lives).limit(500)).all()
        for business in due:
            if self._changed(business):
                yield frozenset({business_topic(business)})

    def end_visits(self) -> Iterator[frozenset[str]]:
        """Clear each finished checkout for a plan once its outcome is known: until then, usage of a business without
        a plan is not charged. Yield the topics to publish of each plan that changed."""
        visiting = select(BillingAccount.business_id, BillingAccount.plan_checkout).where(
            col(BillingAccount.plan_checkout).is_not(None)
        )
        with self._database.read() as session:
            visits = session.exec(visiting.limit(500)).all()
        for business_id, checkout in visits:
            if self._is_open(checkout or ""):
                continue
            if self._changed(business_id):
                yield frozenset({business_topic(business_id)})
            with self._database.write() as session:
                account = lock_account(session, business_id)
                if account.plan_checkout == checkout:
                    account.plan_checkout = None
                    session.add(account)

    def _changed(self, business_id: str) -> bool:
        """Read one business again; a refusal must not keep the others from being read."""
        try:
            return self.refresh(business_id)
        except ProviderRefused as refused:
            log.warning("the plan of %s cannot be read: %s", business_id, refused.code)
            return False

    def _is_open(self, checkout: str) -> bool:
        try:
            return self._payments.checkout(checkout).state is CheckoutState.OPEN
        except ProviderRefused as refused:
            log.warning("checkout %s cannot be asked for: %s", checkout, refused.code)
            return False

    def apply(
        self, business_id: str, found: list[Subscription], asked_at: datetime, *, actor: Actor | None = None
    ) -> bool:
        """Store the subscription and apply its consequences: rates in force, Pay Per Call, an email if a payment
        failed.

        All in one transaction. Returns whether anything changed.
        """
        with self._database.write() as session:
            account = lock_account(session, business_id)
            before = session.get(PlanSubscription, business_id)
            if before and before.as_of > asked_at:
                return False  # someone has read it since
            now = chosen(found, before.id if before else None)
            if now is not None:
                after = mirrored(business_id, now, asked_at)
            elif before is not None:
                after = ended(before, asked_at)
            else:
                return False
            shown_before = _shown(session, before)
            same = before is not None and before.model_dump(exclude={"as_of"}) == after.model_dump(exclude={"as_of"})
            status_before = PlanStatus(before.status) if before else None
            begins = before is None or before.id != after.id
            session.merge(after)
            session.flush()
            self._put_in_force(session, after, begins=begins)
            if PlanStatus(after.status).runs or (status_before and status_before.runs):
                self._switch_pay_per_call(session, after)
            if (shown := _shown(session, after)) != shown_before:
                record(
                    session,
                    TOPIC,
                    "changed the plan",
                    at=asked_at,
                    actor=actor,
                    business_id=business_id,
                    user_id=asker(account, asked_at),
                    before={k: v for k, v in shown_before.items() if shown.get(k) != v},
                    after={k: v for k, v in shown.items() if shown_before.get(k) != v},
                )
                account.plan_asked_by = account.plan_asked_at = None
                session.add(account)
            status = PlanStatus(after.status)
            if status in (PlanStatus.PAST_DUE, PlanStatus.UNPAID) and status is not status_before:
                self._tell_past_due(session, after)
        return not same

    def _put_in_force(self, session: Session, row: PlanSubscription, *, begins: bool) -> None:
        """Record from when usage is charged at which rates: for a new subscription from the start of its period, for
        a change from when it is known. After a plan has ended its rates continue to apply, without add-ons."""
        query = select(PlanInForce).where(PlanInForce.business_id == row.business_id)
        last = session.exec(query.order_by(col(PlanInForce.since).desc(), col(PlanInForce.id).desc()).limit(1)).first()
        plan, runs = row.plan, PlanStatus(row.status).runs
        if plan is None or (last is None and not runs):
            return
        add_ons = sorted(item.slug for item in items_of(row) if item.offered is Offered.ADD_ON) if runs else []
        if last is None or (last.plan, last.add_ons) != (plan, add_ons):
            since = min(row.period_start, row.as_of) if begins else row.as_of
            since = max(since, last.since) if last else since
            session.add(PlanInForce(business_id=row.business_id, since=since, plan=plan, add_ons=add_ons))

    @staticmethod
    def _switch_pay_per_call(session: Session, row: PlanSubscription) -> None:
        """Turn Pay Per Call on and off with a running plan's add-on, and off when the plan ends; otherwise the
        operator decides."""
        on = PlanStatus(row.status).runs and any(item.slug == PAY_PER_CALL for item in items_of(row))
        business = lock_business(session, row.business_id)
        if business.pay_per_call != on:
            business.pay_per_call = on
            session.add(business)

    def _tell_past_due(self, session: Session, row: PlanSubscription) -> None:
        how = f"Pay the invoice: {row.pay_url}" if row.pay_url else "Add a working card, and pay the invoice."
        body = f"The payment for the plan failed. The plan stays active while we retry over the next days.\n\n{how}"
        tell(session, row.business_id, "The payment for the plan failed", body, at=row.as_of, link=self._link)


def asker(account: BillingAccount, now: datetime) -> str | None:
    """Return who asked for the change of the plan that is found now; None if nobody did lately."""
    return account.plan_asked_by if account.plan_asked_at and account.plan_asked_at > now - ASKED_FOR else None


def chosen(found: list[Subscription], known: str | None) -> Subscription | None:
    """Return the subscription that applies: the newest running one with a plan, else the stored one."""
    begun = [
        each
        for each in found
        if each.plan and each.status not in (PlanStatus.INCOMPLETE, PlanStatus.INCOMPLETE_EXPIRED)
    ]
    if len([each for each in begun if each.status.runs]) > 1:
        log.error("a customer has several running plans: %s", ", ".join(each.id for each in begun))
    order = sorted(begun, key=lambda each: (each.status.runs, not each.status.ended, each.created_at), reverse=True)
    alive = next((each for each in order if not each.status.ended), None)
    return alive or next((each for each in order if each.id == known), None)


def mirrored(business_id: str, found: Subscription, at: datetime) -> PlanSubscription:
    """Return the row of a subscription."""
    return PlanSubscription(
        business_id=business_id,
        id=found.id,
        status=found.status.value,
        plan=found.plan,
        currency=found.currency,
        items=[asdict(item) | {"offered": item.offered.value} for item in found.items],
        period_start=found.period_start,
        period_end=found.period_end,
        ends=found.ends,
        pay_url=found.pay_url,
        as_of=at,
    )


def ended(before: PlanSubscription, at: datetime) -> PlanSubscription:
    """Return the row of a subscription that no longer exists at the provider."""
    return PlanSubscription(**before.model_dump() | {"status": PlanStatus.CANCELED.value, "pay_url": None, "as_of": at})


def running_plan(session: Session, business_id: str) -> PlanSubscription | None:
    """Return the plan of a business if it has not ended."""
    row = session.get(PlanSubscription, business_id)
    return row if row and not PlanStatus(row.status).ended else None


def items_of(row: PlanSubscription) -> list[Item]:
    """Return the items of a row."""
    return [Item(**item | {"offered": Offered(item["offered"])}) for item in row.items]


def names(session: Session) -> dict[tuple[str, str], str]:
    """Return the name of each plan and add-on."""
    rows = session.exec(select(CataloguePrice).order_by(col(CataloguePrice.since)))
    return {(row.offered, row.slug): row.name for row in rows}


def _shown(session: Session, row: PlanSubscription | None) -> dict[str, str]:
    if row is None:
        return {}
    called = names(session)
    words = {item.slug: called.get((item.offered.value, item.slug), item.slug) for item in items_of(row)}
    add_ons = [words[item.slug] for item in items_of(row) if item.offered is Offered.ADD_ON]
    zone = session.get_one(Business, row.business_id).time_zone
    return {
        "Plan": words.get(row.plan or "", row.plan or "None"),
        "Add-ons": ", ".join(sorted(add_ons)) or "none",
        "Status": STATUS_WORDS[PlanStatus(row.status)],
        "Ends": local_day(row.period_end, zone).isoformat() if row.ends else "no",
    }
