"""The Profile tab."""

from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.services.shell import Surroundings
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.door import current_actor


class Profile(rx.State):
    """The name card."""

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    loaded: bool = False
    name: str = ""
    errors: dict[str, str] = {}
    answered: int = 0

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        """Save the full name."""
        actor, typed = current_actor(), text(form, "name")
        try:
            saved = await call(lambda: services().profile.rename(actor, typed))
        except Refused as refused:
            self.errors = refused.errors
        else:
            self.name, self.errors = saved.value, {}
        self.answered += 1

    @staticmethod
    def _read(actor: Actor) -> Surroundings:
        return services().shell.see(actor)

    def _show(self, _actor: Actor, seen: Surroundings) -> None:
        self.name = seen.name
        self.loaded = True
