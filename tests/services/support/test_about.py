"""What a ticket refers to: limited to what the member may see, stored as facts, never a secret."""

from collections.abc import Mapping

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role, StaffActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.support.about import Beginning, about_kinds
from tests.calls import a_call, bring_in
from tests.support import START, FakeClock, add_member
from tests.tickets import open_ticket

CALL = "call-of-noon"


def facts(services: Services, actor: Actor, kind: str, about: str) -> Mapping[str, str]:
    ticket = open_ticket(services, actor, about_kind=kind, about=about)
    return services.support.tickets.see(actor, ticket).about


def paid(services: Services, actor: Actor, dollars: int) -> str:
    """Add funds and return the number of the transaction."""
    movement = Movement(
        TransactionKind.TOP_UP,
        f"payment:{dollars}",
        Money(dollars * 1_000_000, "USD"),
        f"Funds of {dollars}",
        "pi_secret",
    )
    with services.database.write() as session:
        row = post(session, actor.business_id, movement, at=START)
        assert row
        return str(row.number)


def test_a_key_is_shown_to_the_desk_without_its_secret(services: Services, owner: Actor, staff: StaffActor) -> None:
    made = services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL).value
    ticket = open_ticket(services, owner, about_kind="key", about=" CRM sync ")
    seen = services.support.desk.see(staff, ticket).ticket.about
    assert seen["API key"] == "CRM sync"
    assert services.support.desk.see(staff, ticket).about == seen
    assert made.secret not in str(seen)
    assert made.key.digest not in str(seen)


def test_a_number_is_found_however_it_is_written(services: Services, owner: Actor) -> None:
    services.numbers.add(owner, "+14155550132", "Google Ads")
    assert facts(services, owner, "number", "(415) 555-0132")["Source"] == "Google Ads"


@pytest.mark.parametrize(
    ("kind", "about"),
    [("call", "none"), ("number", "(415) 555-0199"), ("number", "x"), ("key", "none"), ("user", "x")]
    + [("call", "a\0b"), ("key", "a\u202eb"), ("call", "x" * 1_000_000)]
    + [
        ("transaction", number)
        for number in ("1", "#1", "0", "-1", "1.0", "\u0661", "9" * 30, "txn_none", "' OR 1=1 --")
    ],
)
def test_what_is_not_there_is_said(services: Services, owner: Actor, kind: str, about: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_ticket(services, owner, about_kind=kind, about=about)
    assert refused.value.field == "about"


@pytest.mark.parametrize(("kind", "about"), [("", ""), ("", "x"), ("call", ""), ("key", "  ")])
def test_nothing_is_nothing(services: Services, owner: Actor, kind: str, about: str) -> None:
    assert facts(services, owner, kind, about) == {}


def test_a_manager_points_at_calls_alone(services: Services, owner: Actor, manager: Actor) -> None:
    services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL)
    number = paid(services, owner, 25)
    assert about_kinds(manager) == ["call"]
    for kind, about in (("key", "CRM sync"), ("transaction", number)):
        with pytest.raises(Invalid) as refused:
            facts(services, manager, kind, about)
        with pytest.raises(Invalid) as unknown:
            services.support.tickets.beginning(manager, kind, about)
        assert refused.value.message == unknown.value.message == "Choose one from the list."


def test_what_is_another_business_is_not_there(services: Services, owner: Actor, stranger: Actor) -> None:
    services.numbers.add(owner, "+14155550132", "Google Ads")
    services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL)
    bring_in(services, owner.business_id, a_call(CALL))
    paid(services, owner, 25)
    for kind, about in (("number", "+14155550132"), ("key", "CRM sync"), ("call", CALL), ("transaction", "1")):
        with pytest.raises(Invalid):
            facts(services, stranger, kind, about)
        with pytest.raises(Invalid):
            services.support.tickets.beginning(stranger, kind, about)


def test_a_transaction_is_meant_by_its_number_within_the_business(
    services: Services, owner: Actor, stranger: Actor, staff: StaffActor
) -> None:
    """Each business numbers its own transactions."""
    assert paid(services, owner, 25) == paid(services, stranger, 70) == "1"
    seen = facts(services, owner, "transaction", "#1")
    assert seen == {
        "Transaction": "#1",
        "What": "Funds of 25",
        "Amount": "$25.00",
        "Balance after it": "$25.00",
        "Posted": "4 March 2026, 12:00 UTC",
    }
    assert facts(services, stranger, "transaction", "1")["Amount"] == "$70.00"


def test_a_colleague_sees_of_what_was_pointed_at_what_their_role_sees(
    services: Services, owner: Actor, manager: Actor, staff: StaffActor
) -> None:
    """A transaction's facts include the balance, which a manager may not see."""
    number = paid(services, owner, 25)
    services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL)
    bring_in(services, owner.business_id, a_call(CALL))
    for kind, about, sees in (("transaction", number, False), ("key", "CRM sync", False), ("call", CALL, True)):
        ticket = open_ticket(services, owner, about_kind=kind, about=about)
        assert services.support.desk.see(staff, ticket).about
        assert services.support.tickets.see(owner, ticket).about
        assert bool(services.support.tickets.see(manager, ticket).about) is sees


def test_a_ticket_about_something_begins_with_its_subject(services: Services, owner: Actor, clock: FakeClock) -> None:
    bring_in(services, owner.business_id, a_call(CALL))
    paid(services, owner, 25)
    begin = services.support.tickets.beginning
    assert begin(owner, "call", CALL) == Beginning(
        "call", CALL, "calls", "Call from (415) 555-0132, 4 March 2026, 12:00 UTC"
    )
    assert begin(owner, "transaction", "1") == Beginning("transaction", "1", "billing", "Transaction #1, Funds of 25")
    for nothing in (("", ""), ("", CALL), ("call", ""), ("call", "  ")):
        assert begin(owner, *nothing) == Beginning()
    for role in (Role.VIEWER, Role.PUBLISHER):
        with pytest.raises(Forbidden):
            begin(add_member(services, owner.business_id, role, clock), "call", CALL)
