"""Ticket helpers for tests of both the member and the staff side."""

from typing import Any

from settings_ui.bootstrap import Services
from settings_ui.services.account.access import token_digest
from settings_ui.state.support import Support
from tests.state.people import Person
from tests.state.pipeline import Window
from tests.tickets import open_ticket

LIST = "/settings?tab=support"


def opened(services: Services, person: Person, **form: Any) -> str:
    actor = services.account.access.actor(token_digest(person.cookie))
    assert actor is not None
    return open_ticket(services, actor, **form)


def subjects(window: Window, state: Any = Support) -> list[str]:
    return [ticket["subject"] for ticket in window.shows(state)["tickets"]]
