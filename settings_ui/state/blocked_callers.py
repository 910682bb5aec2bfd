"""The Blocked Callers tab."""

from collections.abc import Callable
from typing import ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.block_pattern import is_prefix, shown_pattern
from settings_ui.services.blocked_callers import service
from settings_ui.services.blocked_callers.listing import Entry, Sort
from settings_ui.services.kit.activity import RecentChange
from settings_ui.state.answers import Refused, call
from settings_ui.state.binding import current_actor
from settings_ui.state.event import event
from settings_ui.state.paged import PagedState
from settings_ui.state.shell import Shell
from settings_ui.state.tab import TabState
from settings_ui.state.views.blocked_callers import EntryView
from settings_ui.state.views.common import ChangeView, MomentView, change_view, moment_view

UNDOS = 5
"""How many times a window can undo an unblock."""
Seen = tuple[service.Listing, list[RecentChange]]


class BlockedCallers(TabState, PagedState, rx.State):
    """A page of the list, and what was stopped in the last 30 days."""

    _requires: ClassVar[Capability | None] = Capability.BLOCK_CALLERS
    _page: ClassVar[int] = service.PAGE
    _undo: dict[str, list[str]] = {}
    entries: list[EntryView] = []
    count: str = ""
    stopped: str = ""
    spark: list[int] = []
    sort: str = Sort.ADDED.value
    selected: list[str] = []
    importing: bool = False
    business: str = ""
    changes: list[ChangeView] = []

    @event
    async def order(self, sort: str) -> None:
        """Sort the list."""
        self.sort, self.offset = sort if sort in tuple(Sort) else Sort.ADDED.value, 0
        await self._again()

    @event
    def select(self, entry: str, chosen: bool) -> None:
        """Select or deselect an entry on this page."""
        others = [known for known in self.selected if known != entry]
        known = any(shown.id == entry for shown in self.entries)
        self.selected = [*others, entry] if chosen and known else others

    @event
    def ask_to_import(self, asks: bool) -> None:
        """Open or close the import dialog."""
        self.importing = asks

    @event
    async def unblock(self, entries: list[str]) -> None:
        """Unblock entries, with Undo for a while; also used by the call log."""
        actor = current_actor()
        shell = await self.get_state(Shell)
        try:
            done = await call(lambda: services().blocked_callers.block_list.unblock(actor, entries))
        except Refused as refused:
            shell._toast(str(refused), kind="bad")
            return
        if not done.value:
            if list(entries) not in self._undo.values():  # else it was clicked twice
                shell._toast("This is no longer on the list.", kind="bad")
            return
        one = next((entry.shown for entry in self.entries if [entry.id] == entries), "")
        what = one or ("" if done.value == 1 else f"{done.value:,}")
        toast = shell._toast(f"{what} unblocked" if what else "Unblocked", undo=True)
        kept = list(self._undo.items())[1 - UNDOS :]
        self._undo = dict(kept) | {toast: list(entries)}

    @event
    async def put_back(self, toast: str) -> None:
        """Undo the unblock that a toast reported."""
        actor, entries = current_actor(), self._undo.get(toast, [])
        self._undo = {key: value for key, value in self._undo.items() if key != toast}
        shell = await self.get_state(Shell)
        shell.toasts = [shown for shown in shell.toasts if shown.id != toast]
        try:
            done = await call(lambda: services().blocked_callers.block_list.put_back(actor, entries))
            shell._toast(
                "Blocked again" if done.value else "These are already blocked, or were unblocked too long ago."
            )
        except Refused as refused:
            shell._toast(str(refused), kind="bad")

    def _reader(self, actor: Actor) -> Callable[[], Seen]:
        """Read the page that is shown now, so that a reload stays where it is."""
        search, sort, offset = self.search, Sort(self.sort), self.offset
        return lambda: _read(actor, search, sort, offset)

    def _show(self, actor: Actor, seen: Seen) -> None:
        listing, changes = seen
        page = listing.page[: service.PAGE]
        self.entries = [_view(entry, listing) for entry in page]
        self._count(len(page), listing.matching)
        self.count = f"{listing.entries:,}"
        self.stopped = f"{listing.stopped:,}"
        most = max((count for _, count in listing.by_day), default=0)
        self.spark = [round(100 * count / most) if most else 0 for _, count in listing.by_day]
        known = {entry.id for entry in self.entries}
        self.selected = [entry for entry in self.selected if entry in known]
        self.business = actor.business_id
        self.changes = [change_view(change, listing.time_zone) for change in changes]


def _read(actor: Actor, search: str, sort: Sort, offset: int) -> Seen:
    listing = services().blocked_callers.block_list.page(actor, search=search, sort=sort, offset=offset)
    return listing, services().activity.recent(actor, service.TOPIC)


def _view(entry: Entry, listing: service.Listing) -> EntryView:
    row = entry.row
    return EntryView(
        id=row.id,
        shown=shown_pattern(row.pattern, listing.region),
        kind="Prefix" if is_prefix(row.pattern) else "",
        note=row.note,
        creator=entry.creator or "API",
        added=moment_view(row.created_at, listing.time_zone),
        ends=moment_view(row.until, listing.time_zone) if row.until else MomentView(),
        stopped=f"{entry.stopped:,}",
        last=moment_view(row.last_stopped_at, listing.time_zone) if row.last_stopped_at else MomentView(),
    )
