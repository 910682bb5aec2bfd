"""The call log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability, Page
from settings_ui.domain.errors import DomainError
from settings_ui.domain.phone import shown_number
from settings_ui.domain.qualification import Status, spoken_duration
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.calls.log import LogPage, SeenCall
from settings_ui.services.calls.log_filter import FilterText, days_of, filter_of, filter_text
from settings_ui.services.calls.reports import MOST_DAYS, GroupBy
from settings_ui.state.answers import text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.shell import Shell
from settings_ui.state.views.calls import CallView, FilterView
from settings_ui.state.views.common import moment_view


class CallLog(rx.State):
    """A page of calls, newest first; the filter stands in the address."""

    _requires: ClassVar[Capability | None] = Capability.SEE_CALLS
    loaded: bool = False
    filter: FilterView = FilterView()
    wrong: str = ""
    calls: list[CallView] = []
    sources: list[str] = []
    matching: str = ""
    older: str = ""
    newer: str = ""
    export: str = ""
    details: CallView = CallView()
    may_block: bool = False
    selected: list[str] = []

    @rx.event
    async def open(self) -> None:
        """Show the calls that the address asks for."""
        actor = current_actor()
        query = dict(self.router.url.query_parameters)
        wanted, cursor, back = filter_text(query), query.get("cursor", ""), query.get("page") == "newer"
        seen = await in_thread(lambda: services().business.shell.see(actor))
        (await self.get_state(Shell))._show(actor, seen)
        self.may_block = actor.may(Capability.BLOCK_CALLERS)
        self.filter = FilterView(**vars(wanted))
        self.export = f"/calls.csv?{wanted.query()}&business={actor.business_id}"
        try:
            page, sources, matching, blocked = await in_thread(lambda: _read(actor, seen, wanted, cursor, back))
        except DomainError as error:
            self.wrong, self.calls, self.older, self.newer, self.matching = error.message, [], "", "", ""
        else:
            self.wrong, self.sources, self.matching = "", sources, matching
            self.calls = [_view(call, page, blocked) for call in page.calls]
            self.selected = [number for number in self.selected if number in {call.number for call in self.calls}]
            self.details = next((call for call in self.calls if call.id == self.details.id), CallView())
            self.older = _address(wanted, page.older)
            self.newer = _address(wanted, page.newer, newer=True)
        self.loaded = True

    @rx.event
    def choose(self, part: str, value: str) -> Any:
        """Filter by another value of one part, from the newest call on."""
        if part not in FilterText.__dataclass_fields__:
            return None
        return rx.redirect(_address(replace(_asked(self.filter), **{part: value})))

    @rx.event
    def look_up(self, form: dict[str, Any]) -> Any:
        """Filter by the number and the days that the form has."""
        parts = {name: text(form, name) for name in ("number", "first", "last") if name in form}
        return rx.redirect(_address(replace(_asked(self.filter), **parts)))

    @rx.event
    def select(self, number: str, chosen: bool) -> None:
        """Select the caller of a row, or not."""
        others = [known for known in self.selected if known != number]
        known = any(call.number == number for call in self.calls)
        self.selected = [*others, number] if chosen and known else others

    @rx.event
    def show_details(self, call: str) -> None:
        """Open the details of a call on this page; close them with an unknown one."""
        self.details = next((shown for shown in self.calls if shown.id == call), CallView())


def _asked(shown: FilterView) -> FilterText:
    return FilterText(**vars(shown))


def _address(wanted: FilterText, cursor: str | None = "", *, newer: bool = False) -> str:
    """Return the address of a page; empty for no page."""
    if cursor is None:
        return ""
    parts = [wanted.query(), f"cursor={cursor}" if cursor else "", "page=newer" if newer else ""]
    query = "&".join(part for part in parts if part)
    return f"{Page.CALLS.path}?{query}" if query else Page.CALLS.path


def _read(
    actor: Actor, seen: Surroundings, wanted: FilterText, cursor: str, newer: bool
) -> tuple[LogPage, list[str], str, dict[str, str]]:
    now, zone = services().clock.now(), seen.current.time_zone
    found = filter_of(wanted, zone, seen.current.region, now)
    page = services().calls.log.page(actor, found, cursor=cursor, newer=newer)
    blocked = services().blocked_callers.block_list.entries_for(actor, [seen.call.from_number for seen in page.calls])
    return page, services().calls.log.sources(actor), _matching(actor, wanted, zone, now), blocked


def _matching(actor: Actor, wanted: FilterText, zone: str, now: datetime) -> str:
    """Return how many calls match, where the counts can say so at once."""
    first, last = days_of(wanted, zone, now)
    if not wanted.by_day_and_source_only or first is None or last is None or (last - first).days >= MOST_DAYS:
        return ""
    report = services().calls.reports.qualified(actor, first=first, last=last, group_by=GroupBy.SOURCE)
    lines = [line for line in report.lines if wanted.source in ("", line.key)]
    calls, qualified = sum(line.calls for line in lines), sum(line.qualified for line in lines)
    return f"{calls:,} {'call' if calls == 1 else 'calls'}, {qualified:,} qualified"


_RESULTS = {Status.MISSED: "Missed", Status.VOICEMAIL: "Voicemail", Status.STOPPED: "Stopped"}


def _view(seen: SeenCall, page: LogPage, blocked: Mapping[str, str]) -> CallView:
    call, status = seen.call, Status(seen.call.status)
    local = call.started_at.astimezone(ZoneInfo(page.time_zone))
    if status is Status.COMPLETED:
        result = "Qualified" if seen.verdict.qualified else f"{call.duration_s} s, under {page.threshold_s} s"
    else:
        result = _RESULTS[status]
    return CallView(
        id=call.id,
        number=call.from_number,
        entry=blocked.get(call.from_number, ""),
        day=f"{local:%a} {local.day} {local:%b}",
        time=f"{local:%H:%M}",
        started=moment_view(call.started_at, page.time_zone),
        caller=shown_number(call.from_number, page.region),
        dialled=shown_number(call.to_number, page.region),
        source=call.source,
        duration=spoken_duration(call.duration_s) if call.duration_s else "–",
        result=result,
        kind="good" if seen.verdict.qualified else "bad" if status is Status.STOPPED else "",
        reason=seen.verdict.reason,
        then=_then(seen),
    )


def _then(seen: SeenCall) -> str:
    """Return what the call counted as when it was recorded."""
    if Status(seen.call.status) is not Status.COMPLETED:
        return "Not qualified"
    word = "Qualified" if seen.qualified_then else "Not qualified"
    return f"{word} under the {seen.call.threshold_s} s threshold of then"
