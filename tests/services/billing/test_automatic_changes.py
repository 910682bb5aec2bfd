"""What billing changed without anyone asking is signed by nobody in the activity."""

from dataclasses import replace

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict
from settings_ui.models import BillingAccount
from settings_ui.services.activity.filter import Filter
from settings_ui.services.billing.subscription import asker
from tests.sandbox.running import Running
from tests.services.billing.test_events import becomes
from tests.services.billing.test_first_plan import visit
from tests.services.billing.test_recharge import decide, run
from tests.services.billing.test_subscription import UPDATED
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, make_services


def signed(till: Till) -> dict[str, tuple[str, str]]:
    """Return who made each kind of change in billing, and its source."""
    page = till.services.activity.page(till.owner, Filter(topic="billing"))
    return {change.seen.what: (change.seen.who, change.seen.source) for change in page.changes}


AUTOMATIC = ("Automatic", "automatic")


def test_what_happened_at_the_provider_is_automatic(till: Till) -> None:
    """A refund, a lost and a won dispute, and a plan that stopped being paid; what the owner did bears their name."""
    till.plan("starter")
    payment = str(till.charge(till.card()).payment)
    owners = signed(till)
    assert {source for _, source in owners.values()} == {"web"}
    assert set(owners) >= {"added funds", "changed the plan"}
    till.sandbox.control("refund", payment_intent=payment, amount=1_000)
    till.sandbox.control("dispute", payment_intent=payment)
    till.sandbox.control("dispute", payment_intent=payment, outcome="won")
    till.tick(minutes=1)
    becomes(till, "subscription", UPDATED, status="unpaid")
    till.reconcile()
    page = till.services.activity.page(till.owner, Filter(topic="billing"))
    new = [change.seen for change in page.changes if change.seen.source != "web"]
    assert {(change.what, change.who, change.source) for change in new} == {
        (what, *AUTOMATIC)
        for what in (
            "refunded a top-up",
            "took back a disputed top-up",
            "returned a top-up whose dispute was won",
            "changed the plan",
        )
    }


def test_a_recharge_and_its_end_are_automatic(till: Till) -> None:
    till.card()
    decide(till)
    run(till)
    assert signed(till)["added funds"] == AUTOMATIC
    for card in till.services.billing.statement.overview(till.owner).cards:
        till.services.billing.cards.remove(till.owner, card.id)
    till.card("pm_card_chargeCustomerFail")
    decide(till, threshold="90")
    for _ in range(4):
        till.tick(hours=25)
        run(till)
    assert signed(till)["turned off auto-recharge"] == AUTOMATIC
    assert signed(till)["changed auto-recharge"][1] == "web"


def plan_changes(till: Till) -> list[tuple[str, str]]:
    """Return who made each change of the plan, and its source, latest first."""
    page = till.services.activity.page(till.owner, Filter(topic="billing"))
    return [(c.seen.who, c.seen.source) for c in page.changes if c.seen.what == "changed the plan"]


class Dies(StandIn):
    """A provider from which no answer about the plan comes any more after it was changed: its process was killed."""

    def change(self, *args: object, **options: object) -> None:
        self._payments.change(*args, **options)
        raise KeyboardInterrupt

    def subscribe(self, *args: object, **options: object) -> None:
        self._payments.subscribe(*args, **options)
        raise KeyboardInterrupt


def test_a_change_that_the_providers_event_brings_here_bears_the_name_of_who_asked_for_it(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """Also after a crash. What happens later is automatic again."""
    till.card()
    services.billing.catalogue.refresh()
    dying = make_services(services.database.url, clock, payments=Dies(payments_of(sandbox)))
    there = replace(till, services=dying)
    with pytest.raises(KeyboardInterrupt):
        there.plan("starter", card=services.billing.statement.overview(till.owner).cards[0].id)
    till.tick(minutes=4)
    till.reconcile()
    with pytest.raises(KeyboardInterrupt):
        there.change_plan("scale")
    till.tick(minutes=4)
    till.reconcile()
    dying.database.close()
    owner = services.business.shell.see(till.owner).name
    assert plan_changes(till) == [(owner, "web")] * 2
    becomes(till, "subscription", UPDATED, status="unpaid")
    till.tick(minutes=4)
    till.reconcile()
    assert plan_changes(till)[0] == AUTOMATIC


def test_a_plan_that_is_paid_in_checkout_is_its_payers(till: Till) -> None:
    """Its event usually comes before the payer is back."""
    till.services.billing.catalogue.refresh()
    url = visit(till)
    till.tick(minutes=1)
    till.sandbox.submit(url)
    till.reconcile()
    assert [source for _, source in plan_changes(till)] == ["web"]


def test_after_a_refusal_the_next_change_is_nobodys(till: Till) -> None:
    till.plan("starter")
    till.card("pm_card_chargeCustomerFail")
    quoted = till.services.billing.plan.quote(till.owner, "scale", ())
    cards = till.services.billing.statement.overview(till.owner).cards
    till.services.billing.cards.make_default(till.owner, cards[0].id)
    with pytest.raises(Conflict):
        till.services.billing.plan.change(till.owner, quoted, till.attempt())
    becomes(till, "subscription", UPDATED, status="unpaid")
    till.tick(minutes=1)
    till.reconcile()
    assert plan_changes(till)[0] == AUTOMATIC


def test_what_somebody_asked_for_is_theirs_for_as_long_as_a_checkout_is_open(clock: FakeClock) -> None:
    """And an hour, in which its event comes."""
    asked = BillingAccount(business_id="biz_1", plan_asked_by="usr_1", plan_asked_at=clock.now())
    assert asker(asked, clock.tick(hours=24.9)) == "usr_1"
    assert asker(asked, clock.tick(hours=0.1)) is None
    assert asker(BillingAccount(business_id="biz_1"), clock.now()) is None
