"""The Qualified Calls tab: previews the effect of a threshold before it is saved."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.qualification import (
    DEFAULT_THRESHOLD_S,
    LEAST_THRESHOLD_S,
    MOST_THRESHOLD_S,
    parse_threshold,
    spoken_duration,
)
from settings_ui.domain.what_if import Bin, Durations
from settings_ui.services.qualified_calls import service
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.common import BarView, ChangeView, moment_view
from settings_ui.state.views.qualified_calls import CompareView

FIELD, SLIDER = "threshold-seconds", "threshold-slider"
STEPS_S = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_MARKS = 6


class QualifiedCalls(TabState, rx.State):
    """The threshold in force and the one being tried; `_seen_s` is the one in force when trying started."""

    _requires: ClassVar[Capability | None] = Capability.SEE_CALLS
    _recent: Durations = Durations()
    _seen_s: int = 0
    may_change: bool = False
    holders: str = ""
    seconds: int = DEFAULT_THRESHOLD_S
    tried: int = DEFAULT_THRESHOLD_S
    now: CompareView = CompareView()
    then: CompareView = CompareView()
    change: str = ""
    moved: str = ""
    completed: str = ""
    bars: list[BarView] = []
    history: list[ChangeView] = []
    errors: dict[str, str] = {}
    answered: int = 0

    @event
    async def type_in(self, typed: str) -> Any:
        """Try the value in the field; the slider follows."""
        try:
            await self._try(parse_threshold(typed, field="seconds"))
        except Invalid:
            return None  # reported on save, since typing 1:30 passes through 1:
        return rx.set_value(SLIDER, str(self.tried))

    @event
    async def drag(self, seconds: float) -> Any:
        """Try the value of the slider; the field follows. The slider is left alone, it may have moved on."""
        await self._try(int(min(MOST_THRESHOLD_S, max(LEAST_THRESHOLD_S, seconds))))
        return rx.set_value(FIELD, str(self.tried))

    @event
    async def choose(self, seconds: int) -> Any:
        """Try a preset; the field and the slider follow."""
        return [await self.drag(seconds), rx.set_value(SLIDER, str(self.tried))]

    @event
    def discard(self) -> None:
        """Reset to the threshold in force."""
        self._seen_s, self.errors = 0, {}
        self._compare(self.seconds, [])

    @event
    async def save(self, form: dict[str, Any]) -> None:
        """Save the threshold; it applies to past calls too."""
        actor, typed, seen_s = current_actor(), text(form, "seconds"), self._seen_s or self.seconds
        try:
            await call(lambda: services().qualified_calls.set(actor, typed, seen_s=seen_s))
        except Refused as refused:
            self._seen_s, self.errors = seen_s, refused.errors
            await self._load(actor)
            # The person was told what changed in the meantime, so saving again is a decision.
            self._seen_s = self.seconds if refused.code == Conflict.code else seen_s
        else:
            self._seen_s, self.errors = 0, {}
            await self._load(actor)
        self.answered += 1

    async def _try(self, seconds: int) -> None:
        self._seen_s, self.errors = self._seen_s or self.seconds, {}
        actor = current_actor()
        self._compare(seconds, await in_thread(lambda: services().qualified_calls.moved(actor, seconds)))

    def _compare(self, seconds: int, moves: Sequence[tuple[str, int]]) -> None:
        """Compare the threshold in force with another one, which changes the calls of these sources."""
        self.tried = seconds
        before, after = self._recent.above(self.seconds), self._recent.above(seconds)
        total = self._recent.total
        self.now = CompareView(f"{self.seconds} s", f"{before:,}", _share(before, total))
        self.then = CompareView(f"{seconds} s", f"{after:,}", _share(after, total))
        self.change = _signed(after - before, "call") if after != before else ""
        self.moved = ", ".join(f"{source} ({_signed(count)})" for source, count in moves)
        self.completed = f"{total:,} completed {'call' if total == 1 else 'calls'}"
        self.bars = _bars(self._recent.bins(seconds)) if total else []

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        tried_s = self.tried if self._seen_s else None
        return lambda: services().qualified_calls.see(actor, tried_s=tried_s)

    def _show(self, actor: Actor, seen: service.Threshold) -> None:
        self._recent, self.seconds = seen.recent, seen.seconds
        self.may_change = actor.may(Capability.SET_THRESHOLD)
        self.history = [
            ChangeView(
                past.id,
                past.who or "A former member",
                f"changed the threshold from {past.before_s} s to {past.after_s} s",
                "",
                moment_view(past.at, seen.time_zone),
            )
            for past in seen.history
        ]
        self._compare(self.tried if self._seen_s else seen.seconds, seen.moved)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""


def _signed(count: int, unit: str = "") -> str:
    sign = "+" if count > 0 else "−"
    plural = unit if abs(count) == 1 or not unit else f"{unit}s"
    return f"{sign}{abs(count):,}" + (f" {plural}" if unit else "")


def _bars(bins: Sequence[Bin]) -> list[BarView]:
    """Return the bars, marked at round durations; the last one contains all longer calls, and says so."""
    last = bins[-1].start_s
    step = next((step for step in STEPS_S if last <= MOST_MARKS * step), STEPS_S[-1])
    room = last - step / 2  # so that the last mark has room
    return [_bar(found, found.end_s is None or (found.start_s % step == 0 and found.start_s < room)) for found in bins]


def _bar(found: Bin, marked: bool) -> BarView:
    start = spoken_duration(found.start_s)
    label = f"{start} or longer" if found.end_s is None else f"{start} to {spoken_duration(found.end_s)}"
    return BarView(
        label,
        ("longer" if found.end_s is None else start) if marked else "",
        found.above,
        found.below,
        (f"{found.above + found.below:,}", f"{found.above:,}"),
    )
