"""The state of the vocabulary page."""

from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Capability
from settings_ui.domain.errors import Invalid
from settings_ui.domain.text import clean_name
from settings_ui.state.answers import text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.shell import Shell
from settings_ui.state.views.common import ChangeView, MomentView

MOMENT = MomentView("2026-03-04T09:30:00+00:00", "4 March 2026, 09:30 UTC")


class Vocabulary(rx.State):
    """Values for the components on show; nothing here touches a business."""

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    value: str = "Dana Okafor-Reyes"
    errors: dict[str, str] = {}
    answered: int = 0
    asks: bool = False
    changes: list[ChangeView] = [
        ChangeView("1", "Dana", "changed a role", "Kim: viewer → manager", MOMENT),
        ChangeView("2", "The operator", "turned Pay Per Call on", "", MOMENT),
    ]

    @event
    async def open(self) -> None:
        """Load the page's frame."""
        actor = current_actor()
        seen = await in_thread(lambda: services().business.shell.see(actor))
        (await self.get_state(Shell))._show(actor, seen)

    @event
    def save(self, form: dict[str, Any]) -> None:
        """Keep the value, or show what is wrong with it."""
        try:
            self.value = clean_name(text(form, "value"), field="value", what="Value")
            self.errors = {}
        except Invalid as error:
            self.errors = {"value": error.message}
        self.answered += 1

    @event
    def ask(self, asks: bool) -> None:
        """Open or close the dialog."""
        self.asks = asks

    @event
    async def toast(self, kind: str) -> None:
        """Show a toast."""
        text = "Change cancelled" if kind == "good" else "This was not found. It may have been removed."
        (await self.get_state(Shell))._toast(text, kind=kind)
