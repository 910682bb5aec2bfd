"""A business's billing at both ends: ours and the provider's."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, func, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.gateways.stripe import StripePayments
from settings_ui.models import BillingAccount, LedgerEntry, LedgerTransaction, TopUp
from settings_ui.services.billing.ledger import untrue_balances
from tests.sandbox.running import KEY, SECRET, Running, StandingTime
from tests.stripe_document import CheckedClient
from tests.support import FakeClock


def payments_of(sandbox: Running, **options: Any) -> StripePayments:
    """Return our gateway to a sandbox; every call is validated against Stripe's API specification."""
    options.setdefault("http_client", CheckedClient(timeout=5))
    return StripePayments(KEY, SECRET, sandbox.origin, **{"retries": 0} | options)


class StandIn:
    """A gateway that passes on to another each call that a subclass does not define."""

    def __init__(self, payments: StripePayments) -> None:
        self._payments = payments

    def __getattr__(self, name: str) -> Any:
        return getattr(self._payments, name)


def sandbox_at(origin: str) -> Running:
    """Return a sandbox that runs in another process."""
    return Elsewhere(None, StandingTime(), origin)  # type: ignore[arg-type]


class Elsewhere(Running):
    """A sandbox in another process. Calls are not validated: loading the API specification takes a second."""

    def sdk(self, **_: Any) -> Any:
        """Return the SDK client."""
        return payments_of(self, http_client=None)._stripe


@dataclass
class Till:
    """What a test does with one business's money, and what it then sees at both ends."""

    services: Services
    sandbox: Running
    clock: FakeClock
    owner: Actor
    _attempts: itertools.count = field(default_factory=itertools.count)  # type: ignore[type-arg]

    def attempt(self) -> str:
        """Return a new form's token, its idempotency key."""
        return f"attempt-{next(self._attempts):012}"

    def tick(self, **by: float) -> None:
        """Advance both clocks."""
        before = self.clock.now()
        self.sandbox.time.moment += (self.clock.tick(**by) - before).total_seconds()

    @property
    def customer(self) -> str:
        """The business's customer at the provider, created if there is none."""
        with self.services.database.read() as session:
            account = session.get(BillingAccount, self.owner.business_id)
        if account is None or account.customer is None:
            self.services.billing.cards.add(self.owner)
            return self.customer
        return account.customer

    def card(self, token: str = "pm_card_visa") -> str:
        """Save a card as if its owner had returned from the provider's page; return its id."""
        made = self.sandbox.sdk().payment_methods.attach(token, {"customer": self.customer})
        self.services.billing.cards.refresh(self.owner)
        return str(made.id)

    def plan(self, plan: str = "starter", *add_ons: str, card: str = "") -> None:
        """Load the catalogue and choose a plan, paid with a saved card."""
        self.services.billing.catalogue.refresh()
        self.services.billing.plan.choose(self.owner, plan, add_ons, card or self.card(), self.attempt())

    def change_plan(self, plan: str, *add_ons: str) -> str:
        """Change to this plan with these add-ons; return the amount due."""
        quoted = self.services.billing.plan.quote(self.owner, plan, add_ons)
        self.services.billing.plan.change(self.owner, quoted, self.attempt())
        return str(quoted.due)

    def advance(self, days: float) -> None:
        """Advance both clocks by this many days, run what falls due at the provider, then reconcile."""
        self.clock.tick(days=days)
        self.sandbox.control("advance", days=days)
        self.reconcile()

    def charge(self, card: str, amount: str = "25", attempt: str = "") -> TopUp:
        """Add funds with a saved card."""
        return self.services.billing.funds.charge(self.owner, amount, card, attempt or self.attempt()).value

    def reconcile(self) -> int:
        """Reconcile with the provider."""
        return self.services.billing.events.reconcile().value

    def archive(self, lookup_key: str) -> None:
        """Archive a price at the provider."""
        with self.sandbox.world.lock:
            price = next(p for p in self.sandbox.world.all("price") if p["lookup_key"] == lookup_key)
            self.sandbox.world.change(price, "price.updated", active=False, lookup_key=None)
            self.sandbox.world.commit()

    @property
    def balance(self) -> str:
        """The balance as displayed."""
        return str(self.services.billing.statement.overview(self.owner).balance)

    def top_up(self, top_up: TopUp) -> TopUp:
        """Return the current state of a top-up."""
        with self.services.database.read() as session:
            return session.get_one(TopUp, top_up.id)

    def charged(self) -> list[int]:
        """Return the amount in cents of each successful payment at the provider."""
        made = self.sandbox.sdk().payment_intents.list({"customer": self.customer, "limit": 100})
        return [intent.amount_received for intent in made.data if intent.status == "succeeded"]

    def kinds(self) -> list[str]:
        """Return the kinds of all transactions, oldest first."""
        with self.services.database.read() as session:
            return list(session.exec(select(LedgerTransaction.kind).order_by(col(LedgerTransaction.number))))

    def assert_sound(self) -> None:
        """Each top-up was charged at most once, credits equal charges, and the ledger sums to zero."""
        with self.services.database.read() as session:
            assert untrue_balances(session) == []
            assert (session.exec(select(func.sum(LedgerEntry.amount_micros))).one() or 0) == 0
            credited = list(
                session.exec(select(LedgerTransaction.amount_micros).where(LedgerTransaction.kind == "top_up"))
            )
        intents = self.sandbox.sdk().payment_intents.list({"customer": self.customer, "limit": 100}).data
        paid = [intent for intent in intents if intent.status == "succeeded"]
        top_ups = [intent.metadata["top_up"] for intent in paid]
        assert len(top_ups) == len(set(top_ups)), "a top-up was charged twice"
        assert sorted(micros // 10_000 for micros in credited) == sorted(intent.amount_received for intent in paid)
