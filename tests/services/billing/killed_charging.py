"""A charging run killed at each step, and the run after the restart; driven by `tests.killing`."""

from datetime import timedelta

from sqlmodel import func, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, KeyActor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import LedgerBalance, UsageDay
from settings_ui.services.billing.ledger import untrue_balances
from settings_ui.services.calls.reported import NewCall
from tests.support import START, FakeClock, make_services

COST = 2 * 45_000 + 65_000 + 3 * 10_000 + 3_000_000


def attempt(step: int, url: str, actor: str) -> None:
    """Report three calls, add a number, and charge them."""
    services, owner = _opened(step, url, actor)
    _use(services, owner, step)
    services.billing.charging.run()


def check(step: int, url: str, actor: str) -> None:
    """After everything is reported again, each call and number has been charged exactly once."""
    services, owner = _opened(step, url, actor)
    _use(services, owner, step)
    services.billing.charging.run()
    services.billing.charging.run()
    with services.database.read() as session:
        assert untrue_balances(session) == []
        balance = session.get_one(LedgerBalance, owner.business_id).balance_micros
        assert balance == -session.exec(select(func.sum(UsageDay.micros))).one()
        assert balance == -COST * (step + 1)


def _opened(step: int, url: str, actor: str) -> tuple[Services, Actor]:
    user, session, business = actor.split()
    services = make_services(url, FakeClock(START + timedelta(minutes=step + 1)))
    return services, Actor(user, session, business, Role.OWNER, pay_per_call=False)


def _use(services: Services, owner: Actor, step: int) -> None:
    program = KeyActor("key", owner.business_id, "Platform", KeyAccess.SCREENING)
    for n, dialled in enumerate(("+12125550100", "+12125550100", "+18005550100")):
        new = NewCall(f"call-{step}-{n}", "+14155550132", dialled, services.clock.now(), 45, CallStatus.COMPLETED)
        services.calls.recording.record(program, new)
    number = f"+1212555{step:04}"
    if not services.numbers.find(owner, search=number):
        services.numbers.add(owner, number, "Google Ads")
