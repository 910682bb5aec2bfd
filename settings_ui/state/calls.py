"""The call log."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability, Page
from settings_ui.domain.block_pattern import can_be_blocked
from settings_ui.domain.errors import DomainError
from settings_ui.domain.phone import shown_number
from settings_ui.domain.qualification import CallStatus, spoken_duration
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.calls.log import LogPage, SeenCall
from settings_ui.services.calls.log_filter import CallFilterText, filter_of
from settings_ui.services.calls.reports import MOST_DAYS, GroupBy
from settings_ui.services.support.about import AboutKind
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.filtered import FilteredState
from settings_ui.state.first_steps import first_steps
from settings_ui.state.shell import Shell
from settings_ui.state.views.calls import CallView, FilterView
from settings_ui.state.views.common import moment_view
from settings_ui.state.views.dashboard import StepView
from settings_ui.state.views.tickets import asking


class CallLog(FilteredState, rx.State):
    """A page of calls. `step` is what comes next where no call has come in yet, for those who can do it."""

    _requires: ClassVar[Capability | None] = Capability.SEE_CALLS
    _at: ClassVar[Page] = Page.CALLS
    loaded: bool = False
    filter: FilterView = FilterView()
    calls: list[CallView] = []
    sources: list[str] = []
    matching: str = ""
    step: StepView = StepView()
    details: CallView = CallView()
    may_block: bool = False
    selected: list[str] = []

    @event
    async def open(self) -> None:
        """Show the calls that the URL asks for."""
        actor = current_actor()
        query, cursor, back = self._place()
        wanted = CallFilterText.of(query)
        seen, self.sources, self.step = await in_thread(lambda: _around(actor))
        (await self.get_state(Shell))._show(actor, seen)
        self.may_block = actor.may(Capability.BLOCK_CALLERS)
        self.filter = FilterView(**vars(wanted))
        self.export = f"/calls.csv?{wanted.query()}&business={actor.business_id}"
        try:
            page, matching, blocked = await in_thread(lambda: _read(actor, seen, wanted, cursor, back))
        except DomainError as error:
            self._refuse(error)
            self.calls, self.older, self.newer, self.matching = [], "", "", ""
        else:
            self.wrong, self.matching = "", matching
            may_ask = actor.may(Capability.USE_SUPPORT)
            self.calls = [_view(call, page, blocked, may_ask) for call in page.calls]
            self.selected = [number for number in self.selected if self._may_select(number)]
            self.details = next((call for call in self.calls if call.id == self.details.id), CallView())
            self.older = self._address(wanted, page.older)
            self.newer = self._address(wanted, page.newer, newer=True)
        self.loaded = True

    @event
    def select(self, number: str, chosen: bool) -> None:
        """Select or deselect the caller of a row, to block them."""
        others = [known for known in self.selected if known != number]
        self.selected = [*others, number] if chosen and self._may_select(number) else others

    @event
    def show_details(self, call: str) -> None:
        """Open the details of a call on this page; close them with an unknown id."""
        self.details = next((shown for shown in self.calls if shown.id == call), CallView())

    def _may_select(self, number: str) -> bool:
        """Whether a caller is on this page and can be blocked."""
        return any(call.number == number and call.blockable and not call.entry for call in self.calls)

    def _shown(self) -> CallFilterText:
        return CallFilterText(**vars(self.filter))


def _around(actor: Actor) -> tuple[Surroundings, list[str], StepView]:
    sources = services().calls.log.sources(actor)
    step = StepView()
    if not sources and actor.may(Capability.MANAGE_BUSINESS):
        steps = services().business.first_run.see(actor)
        step = StepView() if steps.call else next(step for step in first_steps(steps) if step.next)
    return services().business.shell.see(actor), sources, step


def _read(
    actor: Actor, seen: Surroundings, wanted: CallFilterText, cursor: str, newer: bool
) -> tuple[LogPage, str, dict[str, str]]:
    now, zone = services().clock.now(), seen.current.time_zone
    found = filter_of(wanted, zone, seen.current.region, now)
    page = services().calls.log.page(actor, found, cursor=cursor, newer=newer)
    blocked = services().blocked_callers.block_list.entries_for(actor, [seen.call.from_number for seen in page.calls])
    return page, _matching(actor, wanted, zone, now), blocked


def _matching(actor: Actor, wanted: CallFilterText, zone: str, now: datetime) -> str:
    """Return how many calls match, if the counts can answer that at once."""
    first, last = wanted.days(zone, now)
    if not wanted.by_day_and_source_only or first is None or last is None or (last - first).days >= MOST_DAYS:
        return ""
    report = services().calls.reports.qualified(actor, first=first, last=last, group_by=GroupBy.SOURCE)
    lines = [line for line in report.lines if wanted.source in ("", line.key)]
    calls, qualified = sum(line.calls for line in lines), sum(line.qualified for line in lines)
    return f"{calls:,} {'call' if calls == 1 else 'calls'}, {qualified:,} qualified"


_RESULTS = {CallStatus.MISSED: "Missed", CallStatus.VOICEMAIL: "Voicemail", CallStatus.STOPPED: "Stopped"}


def _view(seen: SeenCall, page: LogPage, blocked: Mapping[str, str], may_ask: bool) -> CallView:
    call, status = seen.call, CallStatus(seen.call.status)
    local = call.started_at.astimezone(ZoneInfo(page.time_zone))
    if status is CallStatus.COMPLETED:
        result = "Qualified" if seen.verdict.qualified else f"{call.duration_s} s, under {page.threshold_s} s"
    else:
        result = _RESULTS[status]
    return CallView(
        id=call.id,
        number=call.from_number,
        blockable=can_be_blocked(call.from_number),
        entry=blocked.get(call.from_number, ""),
        day=f"{local:%a} {local.day} {local:%b}",
        time=f"{local:%H:%M}",
        started=moment_view(call.started_at, page.time_zone),
        caller=shown_number(call.from_number, page.region),
        dialled=shown_number(call.to_number, page.region),
        source=call.source,
        duration=spoken_duration(call.duration_s) if call.duration_s else "–",
        told=status is CallStatus.COMPLETED and not seen.verdict.qualified,
        result=result,
        kind="good" if seen.verdict.qualified else "bad" if status is CallStatus.STOPPED else "",
        reason=seen.verdict.reason,
        then=_then(seen),
        ask=asking(AboutKind.CALL, call.id) if may_ask else "",
    )


def _then(seen: SeenCall) -> str:
    """Return the verdict on the call when it was recorded."""
    if CallStatus(seen.call.status) is not CallStatus.COMPLETED:
        return "Not qualified"
    word = "Qualified" if seen.qualified_then else "Not qualified"
    return f"{word} under the threshold of {seen.call.threshold_s} s at the time"
