"""Blocking and unblocking, from the tab and from the call log alike."""

from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.block_pattern import shown_pattern
from settings_ui.domain.errors import Invalid
from settings_ui.services.blocked_callers.entries import Blocked, Result
from settings_ui.services.blocked_callers.preview import Preview
from settings_ui.services.kit.changes import Changed
from settings_ui.state.answers import Refused, call, end_of_day, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.shell import Shell
from settings_ui.state.views.blocked_callers import ReadingView

FIELD = "block-numbers"
SHOWN = 8
UNDOS = 5


class BlockDialog(rx.State):
    """The dialog that blocks; `preview` says what it would have stopped, `readings` how each number is read."""

    _requires: ClassVar[Capability | None] = Capability.BLOCK_CALLERS
    _sure_of: str = ""
    _undo: dict[str, list[str]] = {}
    opened: bool = False
    initial: str = ""
    preview: str = ""
    readings: list[ReadingView] = []
    asks_again: bool = False
    errors: dict[str, str] = {}
    answered: int = 0

    @rx.event
    async def start(self, numbers: list[str]) -> None:
        """Open the dialog, with these numbers in it."""
        self.opened, self.initial, self.errors, self._sure_of = True, "\n".join(numbers), {}, ""
        await self._look(current_actor(), self.initial)

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.opened = False

    @rx.event
    async def typed(self, form: dict[str, Any]) -> None:
        """Say what the numbers as typed would have stopped."""
        await self._look(current_actor(), text(form, "numbers"))

    @rx.event
    async def block(self, form: dict[str, Any]) -> Any:
        """Block the numbers; what cannot be read stays in the field, with the reason."""
        actor, typed = current_actor(), text(form, "numbers")
        lines = _lines(typed)
        self.answered += 1
        try:
            if not lines:
                raise Refused(Invalid("Enter a number, a prefix like +1 415 555*, or anonymous.", field="numbers"))
            preview = await self._look(actor, typed)
            if preview.asks_again and self._sure_of != typed:
                self._sure_of, self.asks_again = typed, True
                self.errors = {"": _too_much(preview)}
                return None
            done = await call(lambda: _block(actor, lines, text(form, "note"), text(form, "until")))
        except Refused as refused:
            self.errors = refused.errors
            return None
        return await self._finish(actor, done.value)

    @rx.event
    async def unblock(self, entries: list[str]) -> None:
        """Take entries off the list, with a way back for a while."""
        actor = current_actor()
        shell = await self.get_state(Shell)
        try:
            done = await call(lambda: services().blocked_callers.block_list.unblock(actor, entries))
        except Refused as refused:
            shell._toast(str(refused), kind="bad")
            return
        if not done.value:
            shell._toast("That is not on the list any more.", kind="bad")
            return
        said = "Unblocked" if done.value == 1 else f"{done.value:,} unblocked"
        toast = shell._toast(said, undo=True)
        kept = list(self._undo.items())[1 - UNDOS :]
        self._undo = dict(kept) | {toast: list(entries)}

    @rx.event
    async def put_back(self, toast: str) -> None:
        """Undo the unblocking that a toast told of."""
        actor, entries = current_actor(), self._undo.get(toast, [])
        self._undo = {key: value for key, value in self._undo.items() if key != toast}
        shell = await self.get_state(Shell)
        shell.toasts = [shown for shown in shell.toasts if shown.id != toast]
        try:
            done = await call(lambda: services().blocked_callers.block_list.put_back(actor, entries))
            shell._toast("Blocked again" if done.value else "These are blocked already or gone too long.")
        except Refused as refused:
            shell._toast(str(refused), kind="bad")

    async def _look(self, actor: Actor, typed: str) -> Preview:
        lines = _lines(typed)
        preview, region = await in_thread(lambda: _preview(actor, lines))
        self.readings = [_reading(reading, region) for reading in preview.readings[:SHOWN]]
        self.preview = _sentence(preview)
        self.asks_again = False
        return preview

    async def _finish(self, actor: Actor, results: list[Blocked]) -> Any:
        self.errors = {}
        blocked = sum(result.result is Result.BLOCKED for result in results)
        refused = [result for result in results if result.result is Result.INVALID]
        already = len(results) - blocked - len(refused)
        parts = [f"{blocked:,} blocked" if blocked else "", f"{already:,} blocked already" if already else ""]
        if said := ", ".join(part for part in parts if part):
            (await self.get_state(Shell))._toast(said[0].upper() + said[1:])
        if not refused:
            self.opened = False
            return None
        left = "\n".join(result.input for result in refused)
        first = refused[0].message if len(refused) == 1 else f"{len(refused):,} of these could not be read."
        self.errors = {"numbers": first}
        await self._look(actor, left)
        return rx.set_value(FIELD, left)


def _block(actor: Actor, lines: list[str], note: str, until: str) -> Changed[list[Blocked]]:
    zone = services().business.shell.see(actor).current.time_zone
    return services().blocked_callers.block_list.block(
        actor, lines, note=note, until=end_of_day(until, zone, field="until")
    )


def _preview(actor: Actor, lines: list[str]) -> tuple[Preview, str]:
    return services().blocked_callers.preview.of(actor, lines), services().business.shell.see(actor).current.region


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
    return f"Would have stopped {calls} in the last 30 days, {of_them} qualified."


def _too_much(preview: Preview) -> str:
    return (
        f"This would have stopped {preview.qualified:,} qualified calls, {100 * preview.share:.0f}% of those of the "
        "last 30 days. Block again if you are sure."
    )
