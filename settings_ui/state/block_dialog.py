"""The dialog that blocks callers, used by the tab and the call log."""

from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.block_pattern import shown_pattern
from settings_ui.domain.errors import Invalid
from settings_ui.services.blocked_callers.entries import Blocked, Result
from settings_ui.services.blocked_callers.preview import Preview
from settings_ui.services.kit.changes import Changed
from settings_ui.state.answers import Refused, call, day_of, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.shell import Shell
from settings_ui.state.views.blocked_callers import ReadingView

FIELD = "block-numbers"
SHOWN = 8


class BlockDialog(rx.State):
    """`preview` says what a block would have stopped, `readings` how each number was read.

    `_previewed` is the text that both are about, `_warning` the warning for it, `_sure_of` the text that the person was
    warned about.
    """

    _requires: ClassVar[Capability | None] = Capability.BLOCK_CALLERS
    _previewed: str = ""
    _warning: str = ""
    _sure_of: str = ""
    opened: bool = False
    initial: str = ""
    preview: str = ""
    readings: list[ReadingView] = []
    errors: dict[str, str] = {}
    answered: int = 0

    @event
    async def start(self, numbers: list[str]) -> None:
        """Open the dialog with these numbers."""
        self.opened, self.initial, self.errors, self._sure_of = True, "\n".join(numbers), {}, ""
        await self._look(current_actor(), self.initial)

    @event
    def keep_open(self) -> None:
        """Open the dialog that the page still shows after a restart."""
        self.opened = True

    @event
    def close(self) -> None:
        """Close the dialog."""
        self.opened = False

    @event
    async def typed(self, form: dict[str, Any]) -> None:
        """Preview what the typed numbers would have stopped."""
        await self._look(current_actor(), text(form, "numbers"))

    @event
    async def block(self, form: dict[str, Any]) -> Any:
        """Block the numbers; those that cannot be read stay in the field, with the reason.

        Numbers that would have stopped many qualified calls cause a warning; submitted again unchanged, they are
        blocked.
        """
        actor, typed = current_actor(), text(form, "numbers")
        lines = _lines(typed)
        self.answered += 1
        try:
            if not lines:
                raise Refused(Invalid("Enter a number, a prefix like +1 415 555*, or anonymous.", field="numbers"))
            if typed != self._previewed:
                await self._look(actor, typed)
            if self._warning and self._sure_of != typed:
                self._sure_of, self.errors = typed, {"": self._warning}
                return None
            done = await call(lambda: _block(actor, lines, text(form, "note"), text(form, "until")))
        except Refused as refused:
            self.errors = refused.errors
            return None
        return await self._finish(done.value)

    async def _look(self, actor: Actor, typed: str) -> None:
        lines = _lines(typed)
        preview = await in_thread(lambda: services().blocked_callers.preview.of(actor, lines))
        self.readings = [_reading(reading, preview.region) for reading in preview.readings[:SHOWN]]
        self.preview = _sentence(preview)
        self._previewed, self._warning = typed, _warning(preview) if preview.asks_again else ""

    async def _finish(self, results: list[Blocked]) -> Any:
        blocked = sum(result.result is Result.BLOCKED for result in results)
        refused = [result for result in results if result.result is Result.INVALID]
        already = len(results) - blocked - len(refused)
        parts = [f"{blocked:,} blocked" if blocked else "", f"{already:,} already blocked" if already else ""]
        if said := ", ".join(part for part in parts if part):
            (await self.get_state(Shell))._toast(said)
        if not refused:
            self.opened, self.errors = False, {}
            return None
        left = "\n".join(result.input for result in refused)
        first = refused[0].message if len(refused) == 1 else f"{len(refused):,} of these could not be read."
        self.errors = {"numbers": first}
        self.readings, self.preview = [_reading(result, "") for result in refused[:SHOWN]], ""
        self._previewed, self._warning = left, ""
        return rx.set_value(FIELD, left)


def _block(actor: Actor, lines: list[str], note: str, until: str) -> Changed[list[Blocked]]:
    last = day_of(until, field="until")
    return services().blocked_callers.block_list.block(actor, lines, note=note, until=last)


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.replace(";", "\n").replace(",", "\n").splitlines() if line.strip()]


def _reading(reading: Blocked, region: str) -> ReadingView:
    shown = shown_pattern(reading.number, region) if reading.number else reading.message
    return ReadingView(reading.input, shown, reading.message if reading.number else "", reading.number is None)


def _sentence(preview: Preview) -> str:
    if all(reading.number is None for reading in preview.readings):
        return ""
    if not preview.calls:
        return "Would have stopped no calls in the last 30 days."
    calls = "1 call" if preview.calls == 1 else f"{preview.calls:,} calls"
    of_them = "none of them" if not preview.qualified else f"{preview.qualified:,} of them"
    saved = (
        f" At current rates, that would have saved {preview.saved}." if preview.saved and preview.saved.micros else ""
    )
    return f"Would have stopped {calls} in the last 30 days, {of_them} qualified.{saved}"


def _warning(preview: Preview) -> str:
    return (
        f"This would have stopped {preview.qualified:,} qualified calls, {100 * preview.share:.0f}% of all in the "
        "last 30 days. Choose Block anyway if you are sure."
    )
