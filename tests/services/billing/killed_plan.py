"""Choosing a plan with the process killed at each step, and the retry after the restart; driven by `tests.killing`."""

from contextlib import suppress

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Conflict
from tests.services.billing.killed_top_up import card_of, opened
from tests.services.billing.till import Till, sandbox_at


def attempt(step: int, url: str, origin: str, actor: str) -> None:
    """Choose a plan, paid with the saved card."""
    services, owner, _ = opened(step, url, origin, actor)
    _choose(services, owner, f"form-of-step-{step:04}")


def check(step: int, url: str, origin: str, actor: str) -> None:
    """Reloading and choosing again leaves one plan, charged once. The plan is then ended for the next step."""
    services, owner, clock = opened(step, url, origin, actor)
    till = Till(services, sandbox_at(origin), clock, owner)
    clock.tick(minutes=4)
    with suppress(Conflict):
        _choose(services, owner, f"again-in-step-{step:04}")
    there = till.sandbox.sdk().subscriptions
    (begun,) = there.list({"customer": till.customer}).data
    seen = services.billing.plan.see(owner)
    assert seen.runs
    assert seen.subscription is not None
    assert seen.subscription.id == begun.id
    assert till.charged() == [2_900] * (step + 1)
    there.cancel(begun.id)
    clock.tick(minutes=1)
    services.billing.plan.refresh(owner)


def _choose(services: Services, owner: Actor, form: str) -> None:
    services.billing.plan.choose(owner, "starter", (), card_of(services), form)
