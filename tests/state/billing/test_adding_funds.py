"""The Billing tab's Add funds dialog: what it shows and charges, and that it never charges twice."""

from typing import Any

import pytest
from sqlmodel import select

from settings_ui.domain.access import Role
from settings_ui.models import TopUp
from settings_ui.state.billing import MOST_LOOKS, NEW_CARD, Billing
from settings_ui.state.binding import Binding
from settings_ui.state.shell import Shell
from tests.services.billing.till import Till
from tests.state.billing.windows import opened
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import toasts


async def asked(pipeline: Pipeline, owner: Person) -> Window:
    """Return a window with the Add funds dialog open."""
    window = await opened(pipeline, owner)
    await window.emit(Billing.ask_to_add)
    assert window.shows(Billing)["dialog"] == "funds"
    return window


async def add(window: Window, amount: str, card: str) -> dict[str, Any]:
    await window.emit(Billing.add_funds, form={"amount": amount, "card": card})
    return window.shows(Billing)


async def test_a_saved_card_adds_funds_that_show_everywhere_at_once(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    card = till.card()
    window = await asked(pipeline, owner)
    shown = await add(window, "25", card)
    assert (shown["dialog"], shown["balance"], shown["errors"]) == ("", "$25.00", {})
    assert toasts(window) == [("good", "$25.00 added")]
    [line] = shown["transactions"]
    assert (line["amount"], line["balance"], line["day"]) == ("+$25.00", "$25.00", "4 Mar 2026")
    assert line["receipt"]
    assert [change["what"] for change in shown["changes"]] == ["added funds"]
    again = await opened(pipeline, owner)
    assert again.shows(Shell)["balance"] == "$25.00"


async def test_a_form_that_outlived_a_restart_charges_nothing_again(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    """It was sent, and the answer was lost with the server: the page still shows it, and it is sent once more. A token
    that no form had is not taken."""
    card = till.card()
    window = await asked(pipeline, owner)
    attempt = window.shows(Billing)["attempt"]
    await add(window, "25", card)
    restarted = await opened(pipeline, owner)
    await restarted.emit(Billing.keep_open, attempt=attempt)
    assert (restarted.shows(Billing)["dialog"], restarted.shows(Billing)["attempt"]) == ("funds", attempt)
    assert (await add(restarted, "25", card))["dialog"] == ""
    assert till.charged() == [2_500]
    await restarted.emit(Billing.ask_to_add)
    now = restarted.shows(Billing)["attempt"]
    for made_up in ("form-after-top-up-99", "form-after-top-up-٣", "finish-top_123456789", "x" * 5_000, "\0", ""):
        other = await opened(pipeline, owner)
        await other.emit(Billing.keep_open, attempt=made_up)
        assert other.shows(Billing)["attempt"] in (now, "")


async def test_the_same_form_sent_twice_charges_once(pipeline: Pipeline, owner: Person, till: Till) -> None:
    """The next form opened is a separate top-up."""
    card = till.card()
    window = await asked(pipeline, owner)
    await add(window, "25", card)
    await add(window, "25", card)
    assert till.charged() == [2_500]
    await window.emit(Billing.ask_to_add)
    await add(window, "25", card)
    assert till.charged() == [2_500, 2_500]


async def test_the_form_open_in_two_windows_charges_once(
    pipeline: Pipeline, owner: Person, people: People, till: Till
) -> None:
    """Even if they belong to two people. The second is told what happened, and can submit again to add more."""
    card = till.card()
    first, second = await asked(pipeline, owner), await asked(pipeline, owner)
    third = await asked(pipeline, people.member(Role.ADMIN, owner.business_id))
    for window in (first, second):
        shown = await add(window, "25", card)
        assert (shown["dialog"], shown["balance"]) == ("", "$25.00")
    shown = await add(third, "40", card)
    assert "added in the meantime" in shown["errors"]["amount"]
    assert (shown["dialog"], shown["balance"], till.charged()) == ("funds", "$25.00", [2_500])
    shown = await add(third, "40", card)
    assert (shown["dialog"], shown["balance"]) == ("", "$65.00")
    assert till.charged() == [4_000, 2_500]


async def test_a_declined_card_in_one_of_two_windows_is_not_tried_from_the_other(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    bad = till.card("pm_card_chargeCustomerFail")
    windows = [await asked(pipeline, owner) for _ in range(2)]
    for window in windows:
        assert "declined" in (await add(window, "25", bad))["errors"]["card"]
    tried = till.sandbox.sdk().payment_intents.list({"customer": till.customer})
    assert len(tried.data) == 1


@pytest.mark.parametrize("amount", ["9.99", "abc", "", "5001"])
async def test_an_amount_that_cannot_be_is_refused_at_its_field_and_the_dialog_stays(
    pipeline: Pipeline, owner: Person, till: Till, amount: str
) -> None:
    card = till.card()
    window = await asked(pipeline, owner)
    shown = await add(window, amount, card)
    assert (list(shown["errors"]), shown["dialog"]) == (["amount"], "funds")
    assert till.charged() == []


async def test_without_a_choice_of_card_it_is_asked_for(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.card()
    window = await asked(pipeline, owner)
    shown = await add(window, "25", "")
    assert list(shown["errors"]) == ["card"]


async def test_a_declined_card_is_said_in_the_form_and_another_try_is_another_top_up(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    good, bad = till.card(), till.card("pm_card_chargeCustomerFail")
    window = await asked(pipeline, owner)
    shown = await add(window, "25", bad)
    assert "declined" in shown["errors"]["card"]
    assert shown["dialog"] == "funds"
    [refused] = shown["open_top_ups"]
    assert (refused["kind"], refused["way_on"]) == ("bad", "Pay in checkout")
    assert refused["text"].startswith("$25.00 with Visa •••• 0341 was not charged.")
    shown = await add(window, "25", good)
    assert (shown["dialog"], shown["balance"], shown["open_top_ups"]) == ("", "$25.00", [])


async def test_a_card_that_wants_its_owner_leads_to_checkout(pipeline: Pipeline, owner: Person, till: Till) -> None:
    window = await asked(pipeline, owner)
    shown = await add(window, "25", till.card("pm_card_authenticationRequired"))
    assert shown["dialog"] == ""
    [waiting] = shown["open_top_ups"]
    assert (waiting["kind"], waiting["way_on"]) == ("warn", "Finish in checkout")
    await window.emit(Billing.finish, top_up=waiting["id"])
    assert window.shows(Binding)["away"].startswith(till.sandbox.origin)
    till.sandbox.submit(window.shows(Binding)["away"])
    window = await opened(pipeline, owner)
    await window.emit(Billing.look)
    assert window.shows(Billing)["balance"] == "$25.00"
    assert window.shows(Billing)["open_top_ups"] == []


async def test_a_new_card_leads_to_checkout_and_what_was_paid_there_is_looked_for(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    """A window returning from checkout queries the provider by itself, after the first paint."""
    window = await asked(pipeline, owner)
    await add(window, "40", NEW_CARD)
    till.sandbox.submit(window.shows(Binding)["away"])
    back = await opened(pipeline, owner)
    [waiting] = back.shows(Billing)["open_top_ups"]
    assert (waiting["way_on"], back.shows(Billing)["expects_news"]) == ("Continue in checkout", True)
    await back.emit(Billing.look)
    shown = back.shows(Billing)
    assert (shown["balance"], shown["open_top_ups"], shown["expects_news"]) == ("$40.00", [], False)


async def test_an_open_checkout_is_continued_where_it_was(pipeline: Pipeline, owner: Person) -> None:
    window = await asked(pipeline, owner)
    await add(window, "40", NEW_CARD)
    first = window.shows(Binding)["away"]
    back = await opened(pipeline, owner)
    await back.emit(Billing.finish, top_up=back.shows(Billing)["open_top_ups"][0]["id"])
    assert back.shows(Binding)["away"] == first


async def test_what_is_not_known_is_pending_and_asked_for_a_few_times(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    card = till.card()
    window = await asked(pipeline, owner)
    till.sandbox.control("faults", fail=999, status=500)
    shown = await add(window, "25", card)
    [pending] = shown["open_top_ups"]
    assert "pending" in pending["text"]
    assert (pending["way_on"], shown["expects_news"], shown["balance"]) == ("", True, "$0.00")
    await window.emit(Billing.look)
    assert "is not responding" in window.shows(Billing)["away"]
    for _ in range(MOST_LOOKS):
        await window.emit(Billing.look)
    assert not window.shows(Billing)["expects_news"]
    till.sandbox.control("faults")
    await window.emit(Billing.look)
    shown = window.shows(Billing)
    assert (shown["balance"], shown["away"], till.charged()) == ("$25.00", "", [2_500])


async def test_a_checkout_that_cannot_be_opened_is_said_in_the_form(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    till.customer  # noqa: B018 known before the provider goes away
    window = await asked(pipeline, owner)
    till.sandbox.control("faults", fail=999, status=500)
    shown = await add(window, "40", NEW_CARD)
    assert "is not responding" in shown["errors"][""]
    assert (shown["dialog"], window.shows(Binding)["away"]) == ("funds", "")
    await window.emit(Billing.add_card)
    assert toasts(window)[-1][0] == "bad"


async def test_a_checkout_that_is_refused_names_no_card_and_has_no_way_on(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    window = await asked(pipeline, owner)
    till.sandbox.sdk().customers.delete(till.customer)
    shown = await add(window, "40", NEW_CARD)
    [refused] = shown["open_top_ups"]
    assert (refused["text"], refused["way_on"]) == ("$40.00 was not charged. Checkout could not be opened.", "")


async def test_every_top_up_says_who_made_it(pipeline: Pipeline, owner: Person, till: Till) -> None:
    window = await asked(pipeline, owner)
    await add(window, "25", till.card())
    with till.services.database.read() as session:
        assert session.exec(select(TopUp.user_id)).one() == owner.user_id
