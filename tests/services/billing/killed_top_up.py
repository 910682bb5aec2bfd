"""A top-up with the process killed at each step, and reconciliation after the restart; driven by `tests.killing`."""

from datetime import timedelta

import stripe
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.gateways.stripe import StripePayments
from settings_ui.models import SavedCard, TopUp
from settings_ui.services.billing.ledger import Movement, post
from tests.killing import step_here
from tests.sandbox.running import KEY, SECRET
from tests.services.billing.till import Till, sandbox_at
from tests.support import START, FakeClock, make_services

_CALLS = "customers payment_intents payment_methods refunds disputes events checkout prices subscriptions invoices"
_ANSWERS = "Charge Customer Event Invoice PaymentIntent PaymentMethod Price Product Refund SetupIntent Subscription"
for _part in _CALLS.split():
    getattr(StripePayments(KEY, SECRET, "http://localhost")._stripe, _part)  # imported once, for all forked processes
for _part in _ANSWERS.split():
    getattr(stripe, _part)


class Watched:
    """The gateway, with a kill point before and after each call."""

    def __init__(self, payments: StripePayments) -> None:
        self._payments = payments

    def __getattr__(self, name: str) -> object:
        call = getattr(self._payments, name)

        def stepping(*given: object, **named: object) -> object:
            step_here()
            answer = call(*given, **named)
            step_here()
            return answer

        return stepping


def attempt(step: int, url: str, origin: str, actor: str, way: str) -> None:
    """Add funds."""
    services, owner, clock = opened(step, url, origin, actor)
    _add(services, owner, origin, step, way)
    if way == "checkout":
        clock.tick(minutes=1)
        services.billing.events.reconcile()


def check(step: int, url: str, origin: str, actor: str, way: str) -> None:
    """A retry of the form reuses its top-up, reconciliation resolves the rest, and every charge was credited."""
    services, owner, clock = opened(step, url, origin, actor)
    _add(services, owner, origin, step, way)
    clock.tick(minutes=1)
    services.billing.events.reconcile()
    till = Till(services, sandbox_at(origin), clock, owner)
    till.assert_sound()
    assert len(till.charged()) == step + 1
    with services.database.read() as session:
        top_ups = session.exec(select(TopUp)).all()
    assert [top_up.state for top_up in top_ups] == ["succeeded"] * (step + 1)


def opened(step: int, url: str, origin: str, actor: str) -> tuple[Services, Actor, FakeClock]:
    clock = FakeClock(START + timedelta(minutes=10 * step))
    payments = Watched(StripePayments(KEY, SECRET, origin, retries=0))
    services = make_services(url, clock, payments=payments)
    user, session, business = actor.split()
    return services, Actor(user, session, business, Role.OWNER, pay_per_call=False), clock


def card_of(services: Services) -> str:
    with services.database.read() as session:
        return session.exec(select(SavedCard.id)).one()


def _add(services: Services, owner: Actor, origin: str, step: int, way: str) -> None:
    """Submit this step's form, or use up the balance and let auto-recharge run."""
    funds, form = services.billing.funds, f"form-of-step-{step:04}"
    if way == "card":
        funds.charge(owner, "25", card_of(services), form)
    elif way == "checkout":
        sandbox_at(origin).submit(funds.checkout(owner, "25", form).value)
    else:
        gone = Movement(TransactionKind.USAGE, form, Money.of_cents(-2_500, "USD"), "Usage")
        with services.database.write() as session:
            post(session, owner.business_id, gone, at=services.clock.now())
        services.billing.recharge.save(owner, on=True, threshold="0", amount="25", cap="50000", alert_level="")
        services.billing.recharge.run()
