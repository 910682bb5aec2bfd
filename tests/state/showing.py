"""Shared assertions about what windows show."""

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.services.account.access import token_digest
from settings_ui.state.shell import Shell
from tests.state.people import Person
from tests.state.pipeline import Window


def toasts(window: Window) -> list[tuple[str, str]]:
    """Return the toasts that a window shows, with their kinds."""
    return [(toast["kind"], toast["text"]) for toast in window.shows(Shell)["toasts"]]


def actor_of(services: Services, person: Person) -> Actor:
    """Return the actor that the person's cookie resolves to."""
    actor = services.account.access.actor(token_digest(person.cookie), person.business_id)
    assert actor
    return actor
