"""kill -9 at each step: a top-up is charged at most once and credited exactly once, usage is charged exactly once."""

import pytest

from tests.killing import walked
from tests.services.billing.till import Till


@pytest.mark.parametrize(
    ("database_url", "way"),
    [("sqlite", "card"), ("postgresql", "card"), ("sqlite", "checkout"), ("sqlite", "recharge")],
    indirect=["database_url"],
)
def test_a_top_up_that_is_killed_at_any_step_is_charged_and_credited_once(till: Till, way: str) -> None:
    """Before and after each commit and each call to the provider."""
    till.card()
    till.services.billing.catalogue.refresh()
    owner = till.owner
    actor = f"{owner.user_id} {owner.session_id} {owner.business_id}"
    steps = walked("tests.services.billing.killed_top_up", till.services.database.url, till.sandbox.origin, actor, way)
    assert steps >= 6
    till.assert_sound()


def test_a_run_of_charging_that_is_killed_at_any_step_charges_once(till: Till) -> None:
    """Before and after each commit."""
    till.plan("starter")
    owner = till.owner
    actor = f"{owner.user_id} {owner.session_id} {owner.business_id}"
    steps = walked("tests.services.billing.killed_charging", till.services.database.url, actor)
    assert steps >= 12


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_choosing_a_plan_that_is_killed_at_any_step_begins_and_charges_one(till: Till) -> None:
    """Before and after each commit and each call to the provider."""
    till.card()
    till.services.billing.catalogue.refresh()
    owner = till.owner
    actor = f"{owner.user_id} {owner.session_id} {owner.business_id}"
    steps = walked("tests.services.billing.killed_plan", till.services.database.url, till.sandbox.origin, actor)
    assert steps >= 10
