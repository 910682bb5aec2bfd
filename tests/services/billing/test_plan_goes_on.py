"""The plan after it starts: archived, ended with its period, resumed, recovered after a failed renewal."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.plans import Subscription
from settings_ui.gateways.ports import ProviderRefused
from settings_ui.models import Business
from tests.at_once import at_once
from tests.services.billing.plans import pays_per_call, seen, state
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import mails, make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_a_plan_that_is_archived_goes_on_and_is_offered_no_more(till: Till) -> None:
    till.plan("starter")
    till.archive("plan_starter")
    till.tick(hours=2)
    till.reconcile()
    assert [row.slug for row in seen(till).offers.plans] == ["growth", "scale"]
    assert state(till)[:2] == ("active", "starter")
    till.change_plan("starter", "pay_per_call")
    assert state(till)[2] == ("pay_per_call",)
    till.change_plan("growth")
    with pytest.raises(Invalid, match="no longer offered"):
        till.change_plan("starter")


def test_a_plan_ends_with_its_period_and_can_be_resumed(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    plan = till.services.billing.plan
    plan.cancel(till.owner)
    assert state(till) == ("active", "starter", ("pay_per_call",), True)
    assert pays_per_call(till), "everything keeps working until the period ends"
    plan.resume(till.owner)
    assert state(till)[3] is False
    plan.cancel(till.owner)
    till.advance(32)
    assert (state(till)[0], seen(till).runs, pays_per_call(till)) == ("canceled", False, False)
    with pytest.raises(Conflict):
        plan.resume(till.owner)
    till.plan("growth")
    assert state(till)[:2] == ("active", "growth")


@on_sqlite
def test_a_change_also_resumes_the_plan_and_is_done_although_nothing_answers_afterwards(till: Till) -> None:
    """Nobody is told that nothing was changed after the change was charged; the provider's event brings it here."""

    class Silent(StandIn):
        changed = False

        def change(self, *asked: object, **how: object) -> None:
            self._payments.change(*asked, **how)  # type: ignore[arg-type]
            self.changed = True

        def end_with_period(self, *_: object, **__: object) -> None:
            raise ProviderRefused("resource_missing")

        def subscriptions(self, customer: str) -> list[Subscription]:
            if self.changed:
                raise ProviderRefused("resource_missing")
            return self._payments.subscriptions(customer)

    till.plan("starter")
    till.services.billing.plan.cancel(till.owner)
    till.tick(hours=1)
    silent = make_services(till.services.database.url, till.clock, payments=Silent(payments_of(till.sandbox)))
    quoted = silent.billing.plan.quote(till.owner, "growth", ())
    silent.billing.plan.change(till.owner, quoted, till.attempt())
    silent.database.close()
    assert state(till) == ("active", "starter", (), True), "as last read"
    till.tick(minutes=1)
    till.reconcile()
    assert state(till) == ("active", "growth", (), False)


def test_a_failed_renewal_is_told_and_can_be_mended(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    bad = till.card("pm_card_chargeCustomerFail")
    till.services.billing.cards.make_default(till.owner, bad)
    till.advance(31.5)
    row = seen(till).subscription
    assert row
    assert row.status == "past_due"
    assert row.pay_url
    assert pays_per_call(till), "there is time to fix the payment"
    (mail,) = mails(till.services, "dana@example.com")
    assert "payment for the plan failed" in mail.subject
    assert row.pay_url in mail.body
    till.reconcile()
    assert len(mails(till.services, "dana@example.com")) == 1
    till.sandbox.submit(row.pay_url)
    till.tick(minutes=1)
    till.reconcile()
    after = seen(till).subscription
    assert after
    assert (after.status, after.pay_url) == ("active", None)


def test_pay_per_call_follows_what_is_changed_at_the_provider_by_hand(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    sdk = till.sandbox.sdk()
    sub = sdk.subscriptions.list({"customer": till.customer}).data[0]
    item = next(i for i in sub["items"].data if i.price.metadata["kind"] == "add_on")
    sdk.subscription_items.delete(item.id)
    till.tick(minutes=1)
    till.reconcile()
    assert (state(till)[2], pays_per_call(till)) == ((), False)
    sdk.subscriptions.cancel(sub.id)
    till.tick(minutes=1)
    till.reconcile()
    assert state(till)[0] == "canceled"


@on_sqlite
def test_a_business_that_never_had_a_plan_keeps_what_its_operator_gave_it(services: Services, till: Till) -> None:
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).pay_per_call = True
    till.card()
    till.services.billing.plan.refresh(till.owner)
    till.reconcile()
    assert pays_per_call(till)


def test_the_last_card_of_a_plan_stays(till: Till) -> None:
    card = till.card()
    till.plan("starter", card=card)
    cards = till.services.billing.cards
    with pytest.raises(Conflict, match="only card"):
        cards.remove(till.owner, card)
    second = till.card("pm_card_mastercard")
    outcomes = at_once(*[lambda c=c: cards.remove(till.owner, c) for c in (card, second)])
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert len(till.services.billing.statement.overview(till.owner).cards) == 1
    till.advance(32)
    assert state(till)[0] == "active", "the remaining card pays the renewal"
    till.services.billing.plan.cancel(till.owner)
    till.advance(32)
    left = till.services.billing.statement.overview(till.owner).cards[0].id
    cards.remove(till.owner, left)


@on_sqlite
def test_a_cancelled_plan_that_is_changed_goes_on(till: Till) -> None:
    till.plan("starter")
    till.services.billing.plan.cancel(till.owner)
    till.change_plan("growth")
    assert state(till) == ("active", "growth", (), False)
    till.advance(32)
    assert state(till)[0] == "active"
