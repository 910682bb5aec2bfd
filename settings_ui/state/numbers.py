"""The Numbers page."""

from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.money import shown_rate
from settings_ui.domain.phone import is_toll_free, shown_number
from settings_ui.domain.rates import Rate, UsageKind
from settings_ui.models import TrackingNumber
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.numbers import service
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.paged import PagedState
from settings_ui.state.shell import Shell
from settings_ui.state.views.common import ChangeView, change_view, moment_view
from settings_ui.state.views.numbers import NumberView


class Numbers(PagedState, rx.State):
    """A page of the tracking numbers; `dialog` is the open dialog: add, rename or release."""

    _requires: ClassVar[Capability | None] = Capability.SEE_NUMBERS
    _page: ClassVar[int] = service.PAGE
    loaded: bool = False
    numbers: list[NumberView] = []
    dialog: str = ""
    target: NumberView = NumberView()
    errors: dict[str, str] = {}
    answered: int = 0
    changes: list[ChangeView] = []

    @event
    async def open(self) -> None:
        """Show the page as it is now."""
        await self._again()

    @event
    def ask(self, dialog: str, number: str) -> None:
        """Open a dialog about a number; close with any other name."""
        self._ask(dialog, number)

    @event
    def keep_open(self, dialog: str, number: str) -> None:
        """Open the form that the page still shows after a restart, unless another dialog was opened since."""
        if not self.dialog:
            self._ask(dialog, number)

    @event
    async def add(self, form: dict[str, Any]) -> None:
        """Add a number for a source."""
        actor, number, source = current_actor(), text(form, "number"), text(form, "source")
        await self._finish(lambda: services().numbers.add(actor, number, source), "Number added")

    @event
    async def rename(self, form: dict[str, Any]) -> None:
        """Rename the source of the number in the dialog."""
        actor, number, source = current_actor(), self.target.id, text(form, "source")
        await self._finish(lambda: services().numbers.rename_source(actor, number, source), "Source renamed")

    @event
    async def release(self) -> None:
        """Release the number in the dialog."""
        actor, number = current_actor(), self.target.id
        await self._finish(lambda: services().numbers.release(actor, number), "Number released")

    def _ask(self, dialog: str, number: str) -> None:
        self.target = next((shown for shown in self.numbers if shown.id == number), NumberView())
        known = dialog == "add" or (dialog in ("rename", "release") and self.target.id)
        self.errors, self.dialog = {}, dialog if known else ""

    async def _finish(self, work: Any, done: str) -> None:
        shell = await self.get_state(Shell)
        try:
            await call(work)
        except Refused as refused:
            self.errors = refused.errors
        else:
            self.errors, self.dialog = {}, ""
            shell._toast(done)
        await self._again()
        self.answered += 1

    async def _again(self) -> None:
        actor, search, offset = current_actor(), self.search, self.offset
        seen, found, rates, changes = await in_thread(lambda: _read(actor, search, offset))
        (await self.get_state(Shell))._show(actor, seen)
        zone, region = seen.current.time_zone, seen.current.region
        self.more = len(found) > service.PAGE
        self.numbers = [
            NumberView(
                row.id,
                shown_number(row.number, region),
                row.source,
                moment_view(row.since, zone),
                _rate(rates, row.number),
            )
            for row in found[: service.PAGE]
        ]
        self.changes = [change_view(change, zone) for change in changes]
        self.loaded = True


Read = tuple[Surroundings, list[TrackingNumber], Mapping[UsageKind, Rate | None], list[RecentChange]]


def _read(actor: Actor, search: str, offset: int) -> Read:
    seen = services().business.shell.see(actor)
    found = services().numbers.find(actor, search=search, offset=offset, limit=service.PAGE + 1)
    return seen, found, services().numbers.monthly_rates(actor), services().activity.recent(actor, service.TOPIC)


def _rate(rates: Mapping[UsageKind, Rate | None], number: str) -> str:
    rate = rates[UsageKind.TOLL_FREE_NUMBER if is_toll_free(number) else UsageKind.LOCAL_NUMBER]
    return shown_rate(rate.micros, rate.currency) if rate else ""
