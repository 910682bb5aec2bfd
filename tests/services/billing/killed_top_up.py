"""A top-up whose process is killed at any step, and the pass that runs after the restart: for `tests.killing`."""

from datetime import timedelta

from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.gateways.stripe import StripePayments
from settings_ui.models import SavedCard, TopUp
from tests.killing import step_here
from tests.sandbox.running import KEY, SECRET
from tests.services.billing.till import Till, sandbox_at
from tests.support import START, FakeClock, make_services

for _part in ("customers", "payment_intents", "refunds", "disputes", "events", "checkout"):
    getattr(StripePayments(KEY, SECRET, "http://localhost")._stripe, _part)  # loaded once, for all that are forked


class Watched:
    """The gateway, with a step before and after each call."""

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
    services, owner, clock = _opened(step, url, origin, actor)
    if way == "card":
        services.billing.funds.charge(owner, "25", _card(services), f"form-of-step-{step:04}")
        return
    _pay(services, owner, origin, step)
    clock.tick(minutes=1)
    services.billing.events.reconcile()


def check(step: int, url: str, origin: str, actor: str, way: str) -> None:
    """Whoever clicks again gets the same wish, the pass finds out the rest, and what was charged was credited."""
    services, owner, clock = _opened(step, url, origin, actor)
    if way == "card":
        services.billing.funds.charge(owner, "25", _card(services), f"form-of-step-{step:04}")
    else:
        _pay(services, owner, origin, step)
    clock.tick(minutes=1)
    services.billing.events.reconcile()
    till = Till(services, sandbox_at(origin), clock, owner)
    till.assert_sound()
    assert len(till.charged()) == step + 1
    with services.database.read() as session:
        wish = session.exec(select(TopUp).where(TopUp.attempt == f"form-of-step-{step:04}")).one()
    assert wish.state == "succeeded"


def _opened(step: int, url: str, origin: str, actor: str) -> tuple[Services, Actor, FakeClock]:
    clock = FakeClock(START + timedelta(minutes=10 * step))
    payments = Watched(StripePayments(KEY, SECRET, origin, retries=0))
    services = make_services(url, clock, payments=payments)
    user, session, business = actor.split()
    return services, Actor(user, session, business, Role.OWNER, pay_per_call=False), clock


def _card(services: Services) -> str:
    with services.database.read() as session:
        return session.exec(select(SavedCard.id)).one()


def _pay(services: Services, owner: Actor, origin: str, step: int) -> None:
    url = services.billing.funds.checkout(owner, "25", f"form-of-step-{step:04}").value
    sandbox_at(origin).submit(url)
