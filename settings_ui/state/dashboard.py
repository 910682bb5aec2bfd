"""The dashboard."""

from datetime import date, timedelta
from typing import ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.services.business.first_run import Steps
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.calls.reports import Basis, GroupBy, Report, ReportLine
from settings_ui.services.qualified_calls.service import PastChange
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.first_steps import first_steps
from settings_ui.state.shell import Shell
from settings_ui.state.views.common import BarView, StatView
from settings_ui.state.views.dashboard import SourceView, StepView

PERIODS = ("7", "30", "90")


class Dashboard(rx.State):
    """Calls of the period, by day and by source; the period is in the URL."""

    _requires: ClassVar[Capability | None] = Capability.SEE_CALLS
    loaded: bool = False
    period: str = "30"
    basis: str = "now"
    days: str = ""
    stats: list[StatView] = []
    bars: list[BarView] = []
    sources: list[SourceView] = []
    steps: list[StepView] = []

    @event
    async def open(self) -> None:
        """Show the period that the URL asks for."""
        actor = current_actor()
        asked = self.router.url.query_parameters.get("days", "30")
        self.period = asked if asked in PERIODS else "30"
        length = int(self.period)
        self.basis = _basis(self.router.url.query_parameters.get("basis", ""))
        basis = Basis(self.basis)
        seen, by_day, before, by_source, changes, steps = await in_thread(lambda: _read(actor, length, basis))
        (await self.get_state(Shell))._show(actor, seen)
        self.days = f"{_day(by_day.first)} to {_day(by_day.last)}"
        self.stats = _stats(by_day, before, basis)
        notes = {str(day): f"{change.before_s} s → {change.after_s} s" for day, change in changes}
        self.bars = [_bar(line, notes.get(line.key, "")) for line in by_day.lines]
        self.sources = [
            SourceView(line.key, f"{line.calls:,}", f"{line.qualified:,}", _rate(line), f"{line.stopped:,}")
            for line in by_source.lines
        ]
        self.steps = first_steps(steps) if steps and not steps.over else []
        self.loaded = True


def _basis(asked: str) -> str:
    return asked if asked in tuple(Basis) else Basis.NOW.value


def _read(
    actor: Actor, length: int, basis: Basis
) -> tuple[Surroundings, Report, Report, Report, list[tuple[date, PastChange]], Steps | None]:
    reports = services().calls.reports
    by_day = reports.qualified(actor, last_days=length, basis=basis)
    first, last = by_day.first, by_day.last
    earlier = first - timedelta(days=1)
    before = reports.qualified(actor, first=earlier - timedelta(days=length - 1), last=earlier, basis=basis)
    by_source = reports.qualified(actor, first=first, last=last, group_by=GroupBy.SOURCE, basis=basis)
    changes = services().qualified_calls.changes(actor, first, last)
    leads = actor.may(Capability.MANAGE_BUSINESS)
    steps = services().business.first_run.see(actor) if leads else None
    return services().business.shell.see(actor), by_day, before, by_source, changes, steps


def _bar(line: ReportLine, note: str) -> BarView:
    day = date.fromisoformat(line.key)
    cells = (f"{line.calls:,}", f"{line.qualified:,}", f"{line.stopped:,}")
    return BarView(_day(day), f"{day.day} {day:%b}", line.qualified, line.calls - line.qualified, cells, note)


def _stats(now: Report, before: Report, basis: Basis) -> list[StatView]:
    this, last, days = now.total, before.total, (before.last - before.first).days + 1
    return [
        StatView("Calls", f"{this.calls:,}", *_change(this.calls, last.calls, days)),
        StatView(
            f"Qualified, {now.threshold_s} s or more" if basis is Basis.NOW else "Qualified, as counted then",
            f"{this.qualified:,}",
            *_change(this.qualified, last.qualified, days),
        ),
        StatView("Qualified rate", _rate(this), "of completed calls"),
        StatView("Stopped", f"{this.stopped:,}", "from blocked callers"),
    ]


def _change(now: int, before: int, days: int) -> tuple[str, str, str]:
    """Return with what a figure is compared, the change since then, and whether it is up or down; empty without a
    base."""
    if not before:
        return "", "", ""
    percent = 100 * (now - before) / before
    if abs(percent) < 0.05:
        return f"same as previous {days} days", "", ""
    change = f"{'+' if percent > 0 else '−'}{abs(percent):,.1f}%"
    return f"vs. previous {days} days", change, "up" if percent > 0 else "down"


def _rate(line: ReportLine) -> str:
    return "–" if line.rate is None else f"{100 * line.rate:.1f}%"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
