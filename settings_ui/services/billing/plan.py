"""The plan and its add-ons: offers, today's cost of a change, changing, cancelling and resuming."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Conflict, Invalid, NotFound, Unavailable
from settings_ui.domain.money import Money
from settings_ui.domain.payments import declined
from settings_ui.domain.plans import Invoice, InvoiceLine, ItemChange, Subscription
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused, ProviderUnavailable
from settings_ui.models import BillingAccount, SavedCard
from settings_ui.services.billing.busy import alone
from settings_ui.services.billing.catalogue import Offers, currencies, offers
from settings_ui.services.billing.current_plan import CurrentPlan, current_plan
from settings_ui.services.billing.customers import Customers, lock_account
from settings_ui.services.billing.funds import ATTEMPT
from settings_ui.services.billing.provider_limits import ProviderLimits
from settings_ui.services.billing.subscription import Subscriptions, chosen
from settings_ui.services.billing.wanted import changes_to, monthly_micros, prices_of
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

log = logging.getLogger(__name__)
QUOTE_LASTS = timedelta(minutes=15)
NO_PLAN = "There is no plan to change. Choose one first."
CHANGED_MEANWHILE = "The plan or its prices have changed. Review the new cost."


@dataclass(frozen=True)
class Quoted:
    """What a change costs today, and `monthly` from the next renewal; it is confirmed with the same `at` and `due`
    within 15 minutes."""

    plan: str
    add_ons: tuple[str, ...]
    due: Money
    monthly: Money
    lines: tuple[InvoiceLine, ...]
    at: datetime


class Plan:
    """The plan of the actor's business; the provider stores and charges it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payments: Payments,
        customers: Customers,
        subscriptions: Subscriptions,
        limits: ProviderLimits,
        back_to: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._customers = customers
        self._subscriptions = subscriptions
        self._limits = limits
        self._back_to = back_to

    def see(self, actor: Actor) -> CurrentPlan:
        """Return the plan and the offers, from our own database."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            return current_plan(session, actor.business_id, self._clock.now())

    def refresh(self, actor: Actor) -> Changed[bool]:
        """Read the plan from the provider again, for example on return from its page. Raises Unavailable."""
        require(actor, Capability.MANAGE_BILLING)
        with _refusals():
            changed = self._subscriptions.refresh(actor.business_id, actor=actor)
        return Changed(changed, topics(actor.business_id))

    def invoices(self, actor: Actor) -> list[Invoice]:
        """Return the latest invoices from the provider. Raises Unavailable."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            account = session.get(BillingAccount, actor.business_id)
        if account is None or account.customer is None:
            return []
        with _refusals():
            return self._payments.invoices(account.customer)

    def quote(self, actor: Actor, plan: str, add_ons: Collection[str]) -> Quoted:
        """Return what it would cost today to change to this plan with these add-ons.

        Raises Invalid at `plan` or `add_on` if it is not offered, Conflict if nothing would change or its rates are in
        another currency than the balance, TooMany after 60 in an hour, Unavailable.
        """
        require(actor, Capability.MANAGE_BILLING)
        self._limits.quote(actor)
        self._refuse_foreign(actor.business_id, plan, add_ons)
        customer, before = self._now(actor)
        at = self._clock.now().replace(microsecond=0)
        if before:
            at = max(at, before.period_start)
        return self._quoted(customer, before, plan, tuple(add_ons), at)

    def choose(self, actor: Actor, plan: str, add_ons: Collection[str], card: str, attempt: str) -> Changed[None]:
        """Start the first plan, or a new one after another has ended, and charge its first month to a saved card.

        Raises Conflict if there is already a plan, its rates are in another currency, or the card is declined, NotFound
        for a card of another business, Invalid. The same `attempt` again has no further effect.
        """
        require(actor, Capability.MANAGE_BILLING)
        self._check(attempt)
        with self._database.read() as session:
            found = session.get(SavedCard, card)
        if found is None or found.business_id != actor.business_id:
            raise NotFound("This card is no longer saved. Choose another one.", field="card")
        with alone(self._database, self._clock, actor.business_id), _refusals():
            customer, before = self._now(actor)
            if before:
                raise Conflict("You already have a plan. Change it instead.")
            prices = prices_of(plan, add_ons, self._offers())
            self._refuse_foreign(actor.business_id, plan, add_ons)
            self._end_checkout(actor.business_id)
            with self._asking(actor):
                self._payments.subscribe(customer, card, prices, key=f"plan-{actor.business_id}-{attempt}")
            self._store(actor)
        return Changed(None, topics(actor.business_id))

    def checkout(self, actor: Actor, plan: str, add_ons: Collection[str], attempt: str) -> Changed[str]:
        """Return the checkout URL to pay the plan with a new card; an earlier checkout ends.

        Raises Conflict if there is already a plan or its rates are in another currency, Invalid, TooMany after 60 pages
        in an hour, Unavailable.
        """
        require(actor, Capability.MANAGE_BILLING)
        self._check(attempt)
        self._limits.page(actor)
        with alone(self._database, self._clock, actor.business_id), _refusals():
            customer, before = self._now(actor)
            if before:
                raise Conflict("You already have a plan. Change it instead.")
            prices = prices_of(plan, add_ons, self._offers())
            self._refuse_foreign(actor.business_id, plan, add_ons)
            self._end_checkout(actor.business_id)
            key = f"plan-checkout-{actor.business_id}-{attempt}"
            with self._asking(actor):
                visit = self._payments.open_plan_checkout(customer, self._back_to, prices, key=key)
            self._note_checkout(actor.business_id, visit.id)
        if visit.url is None:
            raise Conflict("This checkout has expired. Start again.")
        return Changed(visit.url, topics(actor.business_id))

    def change(self, actor: Actor, quoted: Quoted, attempt: str) -> Changed[None]:
        """Make the quoted change, which resumes a cancelled plan, and charge exactly the quote. A declined card changes
        nothing.

        Raises Conflict if the cost has changed or the card is declined, Invalid, Unavailable.
        """
        require(actor, Capability.MANAGE_BILLING)
        self._check(attempt)
        with alone(self._database, self._clock, actor.business_id), _refusals():
            customer, before = self._now(actor)
            if before is None:
                raise Conflict(NO_PLAN)
            self._still(customer, before, quoted)
            changes = changes_to(quoted.plan, quoted.add_ons, before, self._offers())
            key = f"change-{actor.business_id}-{attempt}"
            with self._asking(actor):
                self._payments.change(before.id, changes, quoted.at, key=key)
            self._store(actor)
        return Changed(None, topics(actor.business_id))

    def cancel(self, actor: Actor) -> Changed[None]:
        """Cancel the plan at the end of its period; until then it stays active. Raises Conflict without a plan."""
        return self._end(actor, ends=True)

    def resume(self, actor: Actor) -> Changed[None]:
        """Resume a cancelled plan. Raises Conflict without a plan."""
        return self._end(actor, ends=False)

    def _end(self, actor: Actor, *, ends: bool) -> Changed[None]:
        require(actor, Capability.MANAGE_BILLING)
        with alone(self._database, self._clock, actor.business_id), _refusals():
            _, before = self._now(actor)
            if before is None:
                raise Conflict("The plan has ended. Choose one again." if not ends else NO_PLAN)
            if before.ends is not ends:
                with self._asking(actor):
                    self._payments.end_with_period(before.id, ends=ends)
            self._store(actor)
        return Changed(None, topics(actor.business_id))

    @contextmanager
    def _asking(self, actor: Actor) -> Iterator[None]:
        """Note who asks the provider for the change inside, since its event, or the pass after a crash, may bring the
        change here before we read it. What the provider refuses nobody has changed."""
        self._note_asker(actor.business_id, actor.user_id)
        try:
            yield
        except ProviderRefused:
            self._note_asker(actor.business_id, None)
            raise

    def _note_asker(self, business_id: str, user_id: str | None) -> None:
        with self._database.write() as session:
            account = lock_account(session, business_id)
            account.plan_asked_by, account.plan_asked_at = user_id, self._clock.now() if user_id else None
            session.add(account)

    def _store(self, actor: Actor) -> None:
        """Read the plan that was just changed. Without an answer the change still holds, so that is no error: the
        provider's event brings it here."""
        try:
            self._subscriptions.refresh(actor.business_id, actor=actor)
        except (ProviderRefused, ProviderUnavailable) as error:
            log.warning("the changed plan of %s cannot be read yet: %s", actor.business_id, error)

    def _now(self, actor: Actor) -> tuple[str, Subscription | None]:
        """Return the customer and the plan as it is at the provider now; None if there is no running one."""
        with _refusals():
            customer = self._customers.of(actor.business_id)
            asked_at = self._clock.now()
            found = self._payments.subscriptions(customer)
        self._subscriptions.apply(actor.business_id, found, asked_at)
        now = chosen(found, None)
        return customer, now if now and not now.status.ended else None

    def _quoted(
        self, customer: str, before: Subscription | None, plan: str, add_ons: tuple[str, ...], at: datetime
    ) -> Quoted:
        if before is None:
            changes = [ItemChange(price) for price in prices_of(plan, add_ons, self._offers())]
        else:
            changes = changes_to(plan, add_ons, before, self._offers())
        with _refusals():
            quote = self._payments.quote(customer, before.id if before else None, changes, at)
        kept = before.items if before else ()
        monthly = Money(monthly_micros(plan, add_ons, self._offers(), kept=kept), quote.due.currency)
        return Quoted(plan, add_ons, quote.due, monthly, quote.lines, at)

    def _still(self, customer: str, before: Subscription, quoted: Quoted) -> None:
        now = self._clock.now()
        in_time = now - QUOTE_LASTS <= quoted.at
        fits = before.period_start <= quoted.at <= before.period_end
        if not in_time or not fits:
            raise Conflict(CHANGED_MEANWHILE)
        if self._quoted(customer, before, quoted.plan, quoted.add_ons, quoted.at).due != quoted.due:
            raise Conflict(CHANGED_MEANWHILE)

    def _refuse_foreign(self, business_id: str, plan: str, add_ons: Collection[str]) -> None:
        """Raise Conflict for rates in another currency than the balance, in which usage could not be charged. The
        lock waits for a concurrent change of currency, which is refused while a plan may be in the process of being
        paid."""
        with self._database.write() as session:
            home = lock_business(session, business_id, shared=True)
            foreign = currencies(session, plan, add_ons) - {home.currency}
        if foreign:
            raise Conflict(
                f"The rates of this plan are in {min(foreign)}, but this business uses {home.currency}. Change its "
                "currency on the Business page, or contact support.",
                field="plan",
            )

    def _offers(self) -> Offers:
        with self._database.read() as session:
            return offers(session)

    def _end_checkout(self, business_id: str) -> None:
        """Expire the open checkout for a plan, so that two are never paid."""
        with self._database.read() as session:
            account = session.get(BillingAccount, business_id)
        if account and account.plan_checkout:
            self._payments.expire_checkout(account.plan_checkout)
            self._note_checkout(business_id, None)

    def _note_checkout(self, business_id: str, checkout: str | None) -> None:
        with self._database.write() as session:
            account = lock_account(session, business_id)
            account.plan_checkout = checkout
            session.add(account)

    @staticmethod
    def _check(attempt: str) -> None:
        if not ATTEMPT.fullmatch(attempt):
            raise Invalid("Reload the page and try again.")


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate the provider's refusals to messages that the payer can act on."""
    try:
        yield
    except ProviderRefused as refused:
        if refused.code in GONE:
            raise Unavailable(
                "The payment provider no longer knows this plan. Reload the page and try again."
            ) from refused
        raise Conflict(f"{declined(refused.code)} Nothing was changed.") from refused


GONE = frozenset({"resource_missing", "InvalidRequestError", "IdempotencyError", "idempotency_error"})
