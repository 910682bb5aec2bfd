"""The Billing tab: the balance, the transactions and the saved cards."""

import pytest

from settings_ui.domain.access import Role
from settings_ui.state.billing import Billing
from settings_ui.state.billing_plan import BillingPlan
from settings_ui.state.billing_usage import BillingUsage
from settings_ui.state.binding import Binding
from settings_ui.state.shell import Shell
from tests.services.billing.till import Till
from tests.state.billing.windows import BILLING, opened
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline
from tests.state.showing import toasts
from tests.support import FakeClock


async def test_a_new_business_has_nothing_yet(pipeline: Pipeline, owner: Person) -> None:
    window = await opened(pipeline, owner)
    shown = window.shows(Billing)
    assert (shown["balance"], shown["cards"], shown["transactions"], shown["open_top_ups"]) == ("$0.00", [], [], [])
    assert window.shows(Shell)["balance"] == "$0.00"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
async def test_who_may_not_bill_is_not_told_the_balance(
    pipeline: Pipeline, people: People, till: Till, role: Role
) -> None:
    till.charge(till.card())
    person = people.member(role, till.owner.business_id)
    window = await pipeline.window(person.cookie, BILLING)
    assert window.shows(Shell)["balance"] == ""
    assert window.shows(Billing)["balance"] == ""


async def test_while_the_provider_is_away_the_tab_shows_what_was_known_and_since_when(
    pipeline: Pipeline, owner: Person, till: Till, clock: FakeClock
) -> None:
    """The provider is not called before the first paint; the failed call afterwards is reported."""
    card = till.card()
    till.charge(card)
    till.plan("starter", card=card)
    till.sandbox.control("faults", fail=999, status=503)
    clock.tick(hours=5)
    window = await opened(pipeline, owner)
    shown, plan = window.shows(Billing), window.shows(BillingPlan)
    assert shown["balance"] == "$25.00"
    assert "4242" in shown["cards"][0]["name"]
    assert (shown["cards_as_of"], plan["as_of"]) == ("4 March 2026, 12:00 UTC",) * 2
    assert plan["name"] == "Starter"
    assert plan["rates"]
    for look in (Billing.look, BillingUsage.look):
        await window.emit(look)
    assert "is not responding" in window.shows(Billing)["away"]
    assert "is not responding" in window.shows(BillingUsage)["away"]
    assert window.shows(Billing)["cards"] == shown["cards"]


async def test_a_window_that_comes_back_later_looks_again(
    pipeline: Pipeline, owner: Person, till: Till, clock: FakeClock
) -> None:
    till.card()
    window = await opened(pipeline, owner)
    await window.emit(Billing.look)
    assert not window.shows(Billing)["expects_news"]
    clock.tick(minutes=2)
    await window.emit(Billing.ask_to_add)
    assert window.shows(Billing)["expects_news"]


async def test_what_comes_has_a_plus_and_what_goes_a_minus(pipeline: Pipeline, owner: Person, till: Till) -> None:
    done = till.charge(till.card())
    till.sandbox.control("refund", payment_intent=done.payment, amount=500)
    till.reconcile()
    window = await opened(pipeline, owner)
    assert [line["amount"] for line in window.shows(Billing)["transactions"]] == ["−$5.00", "+$25.00"]


async def test_finishing_what_is_not_theirs_is_refused(pipeline: Pipeline, owner: Person, till: Till) -> None:
    window = await opened(pipeline, owner)
    await window.emit(Billing.finish, top_up="top_of_nobody")
    assert toasts(window) == [("bad", "This was not found. It may have been removed.")]


async def test_a_card_is_added_on_the_provider_s_page(pipeline: Pipeline, owner: Person, till: Till) -> None:
    window = await opened(pipeline, owner)
    await window.emit(Billing.add_card)
    till.sandbox.submit(window.shows(Binding)["away"])
    back = await opened(pipeline, owner)
    assert back.shows(Billing)["expects_news"]
    await back.emit(Billing.look)
    [card] = back.shows(Billing)["cards"]
    assert (card["name"], card["expires"], card["default"]) == ("Visa •••• 4242", "12/34", True)
    assert not back.shows(Billing)["expects_news"]


async def test_cards_are_made_default_and_removed_after_a_question(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    first, second = till.card(), till.card("pm_card_mastercard")
    window = await opened(pipeline, owner)
    await window.emit(Billing.make_default, card=second)
    assert [card["default"] for card in window.shows(Billing)["cards"]] == [True, False]
    await window.emit(Billing.ask_to_remove, card=first)
    shown = window.shows(Billing)
    assert (shown["dialog"], shown["target"]["name"]) == ("remove", "Visa •••• 4242")
    await window.emit(Billing.close)
    assert (window.shows(Billing)["dialog"], len(window.shows(Billing)["cards"])) == ("", 2)
    await window.emit(Billing.ask_to_remove, card=first)
    await window.emit(Billing.remove)
    assert toasts(window) == [("good", "Visa •••• 4242 removed")]
    assert [card["name"] for card in window.shows(Billing)["cards"]] == ["Mastercard •••• 4444"]


async def test_a_card_that_is_not_there_is_neither_asked_about_nor_made_default(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    till.card()
    window = await opened(pipeline, owner)
    await window.emit(Billing.ask_to_remove, card="pm_of_somebody")
    assert window.shows(Billing)["dialog"] == ""
    await window.emit(Billing.make_default, card="pm_of_somebody")
    assert toasts(window) == [("bad", "This card is no longer saved.")]
    await window.emit(Billing.remove)
    assert len(window.shows(Billing)["cards"]) == 1


@pytest.mark.parametrize(("expiry", "warning"), [((1, 2026), "Expired"), ((3, 2026), "Expires soon"), ((12, 2034), "")])
async def test_a_card_says_when_it_has_expired_or_will_soon(
    pipeline: Pipeline, owner: Person, till: Till, expiry: tuple[int, int], warning: str
) -> None:
    from settings_ui.models import SavedCard

    card = till.card()
    with till.services.database.write() as session:
        row = session.get_one(SavedCard, card)
        row.exp_month, row.exp_year = expiry
    window = await opened(pipeline, owner)
    assert window.shows(Billing)["cards"][0]["warning"] == warning


async def test_transactions_are_paged(pipeline: Pipeline, owner: Person, till: Till) -> None:
    from settings_ui.domain.ledger import TransactionKind
    from settings_ui.domain.money import Money
    from settings_ui.services.billing.ledger import Movement, post

    with till.services.database.write() as session:
        for n in range(60):
            movement = Movement(TransactionKind.ADJUSTMENT, f"a:{n}", Money.of_cents(100, "USD"), f"Number {n}")
            post(session, owner.business_id, movement, at=till.clock.now())

    def texts() -> list[str]:
        return [line["text"] for line in window.shows(Billing)["transactions"]]

    window = await opened(pipeline, owner)
    assert texts()[0] == "Number 59"
    assert len(texts()) == 25
    await window.emit(Billing.show_older)
    await window.emit(Billing.show_older)
    assert (texts()[-1], len(texts()), window.shows(Billing)["older"]) == ("Number 0", 10, 0)
    await window.emit(Billing.show_newer)
    await window.emit(Billing.show_newer)
    assert (texts()[0], window.shows(Billing)["newer"]) == ("Number 59", [])
    await window.emit(Billing.show_newer)
    assert texts()[0] == "Number 59"
