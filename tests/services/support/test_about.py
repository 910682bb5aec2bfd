"""What a ticket points at: what the member may see, as facts, never a secret."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, StaffActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Invalid
from settings_ui.services.support.about import about_kinds
from tests.tickets import open_ticket


def facts(services: Services, actor: Actor, kind: str, about: str) -> dict[str, str]:
    ticket = open_ticket(services, actor, about_kind=kind, about=about)
    return services.support.tickets.see(actor, ticket).ticket.about


def test_a_key_is_shown_to_the_desk_without_its_secret(services: Services, owner: Actor, staff: StaffActor) -> None:
    made = services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL).value
    ticket = open_ticket(services, owner, about_kind="key", about=" CRM sync ")
    seen = services.support.desk.see(staff, ticket).ticket.about
    assert seen["API key"] == "CRM sync"
    assert made.secret not in str(seen)
    assert made.key.digest not in str(seen)


def test_a_number_is_found_however_it_is_written(services: Services, owner: Actor) -> None:
    services.numbers.add(owner, "+14155550132", "Google Ads")
    assert facts(services, owner, "number", "(415) 555-0132")["Source"] == "Google Ads"


@pytest.mark.parametrize(
    ("kind", "about"), [("call", "none"), ("number", "(415) 555-0199"), ("number", "x"), ("key", "none"), ("user", "x")]
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
    assert about_kinds(manager) == ["call"]
    with pytest.raises(Invalid):
        facts(services, manager, "key", "CRM sync")


def test_what_is_another_business_is_not_there(services: Services, owner: Actor, stranger: Actor) -> None:
    services.numbers.add(owner, "+14155550132", "Google Ads")
    services.api_keys.keys.create(owner, "CRM sync", KeyAccess.FULL)
    for kind, about in (("number", "+14155550132"), ("key", "CRM sync")):
        with pytest.raises(Invalid):
            facts(services, stranger, kind, about)
