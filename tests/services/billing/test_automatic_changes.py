"""What billing changed without anyone asking is signed by nobody in the activity."""

from settings_ui.services.activity.filter import Filter
from tests.services.billing.test_events import becomes
from tests.services.billing.test_recharge import decide, run
from tests.services.billing.test_subscription import UPDATED
from tests.services.billing.till import Till


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
