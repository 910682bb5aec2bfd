"""The Support tab."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.tickets import Action
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.support.about import AboutKind, about_kinds
from settings_ui.services.support.listing import Listed, Listing, Show
from settings_ui.services.support.thread import TOPIC, Thread
from settings_ui.services.support.tickets import NewTicket
from settings_ui.state.answers import text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.tickets import STATUSES, TicketsState, found, sent_files, ticket_view
from settings_ui.state.views.common import ChangeView, change_view
from settings_ui.state.views.tickets import TicketView

PATH = "/settings?tab=support"
ABOUT = {
    AboutKind.CALL: "A call, by its id",
    AboutKind.NUMBER: "A tracking number",
    AboutKind.KEY: "An API key, by its name",
}


@dataclass(frozen=True)
class Seen:
    """What the tab was read as: a page of the list, or a thread if the address asks for one that is there."""

    zone: str
    listing: Listing | None
    thread: Thread | None
    changes: list[RecentChange]


class Support(TabState, TicketsState, rx.State):
    """The tickets of the business."""

    _requires: ClassVar[Capability | None] = Capability.USE_SUPPORT
    asks: bool = False
    alike: list[TicketView] = []
    abouts: list[tuple[str, str]] = []
    about_kind: str = ""
    business: str = ""
    created: int = 0
    new_errors: dict[str, str] = {}
    sees_changes: bool = False
    changes: list[ChangeView] = []

    @event
    def ask(self, asks: bool) -> None:
        """Open or close the form for a new ticket; what was typed into it stays."""
        self.asks = asks

    @event
    def point_at(self, kind: str) -> None:
        """Say what kind of thing the new ticket is about."""
        self.about_kind = kind if kind in dict(self.abouts) else ""

    @event
    async def typed(self, form: dict[str, Any]) -> None:
        """Look for tickets like the one whose subject is being typed."""
        actor, subject = current_actor(), text(form, "subject")[:200]
        seen = await in_thread(lambda: _alike(actor, subject))
        self.alike = [ticket_view(Listed(ticket, "", ""), zone, STATUSES, f"{PATH}&") for ticket, zone in seen]

    @event
    async def create(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Open a ticket and show it."""
        actor, files = current_actor(), sent_files(form)
        new = NewTicket(
            subject=text(form, "subject"),
            category=text(form, "category"),
            priority=text(form, "priority"),
            description=text(form, "description"),
            files=files,
            about_kind=text(form, "about_kind"),
            about=text(form, "about"),
        )
        opened, self.new_errors = await self._try(lambda: services().support.tickets.open(actor, new))
        self.created += 1
        if opened is None:
            return
        self.asks, self.alike, self.about_kind = False, [], ""
        await self._again()
        yield None  # the form lets go of what was typed before the page leaves it
        yield rx.redirect(f"{PATH}&ticket={opened.value}")

    def _write(self, ticket: str, words: str, files: list[str]) -> Any:
        return services().support.tickets.reply(current_actor(), ticket, words, files)

    def _act(self, ticket: str, action: Action) -> Any:
        return services().support.tickets.act(current_actor(), ticket, action)

    async def _complain(self, message: str) -> None:
        await self._toast(message, kind="bad")

    def _reader(self, actor: Actor) -> Callable[[], Seen]:
        """Ask for what is shown now, so that a window that looks again stays where it is."""
        asked, search, offset, most = self._asked(), self.search, self.offset, self.most
        show = Show(self.show) if self.show else Show.UNSOLVED
        return lambda: _read(actor, asked, show, search, offset, most)

    def _show(self, actor: Actor, seen: Seen) -> None:
        self.business = actor.business_id
        self.abouts = [(kind.value, ABOUT[kind]) for kind in about_kinds(actor)]
        self.sees_changes = actor.may(Capability.SEE_ACTIVITY)
        self.changes = [change_view(change, seen.zone) for change in seen.changes]
        if seen.listing is None:
            self.asks = False
            self._show_thread(seen.thread, STATUSES, f"{PATH}&", actor.business_id)
            return
        self._show_list(seen.listing, seen.zone, STATUSES, f"{PATH}&")
        you, us = seen.listing.waiting_for_them, seen.listing.waiting_for_us
        self.waiting = f"{you:,} {'waits' if you == 1 else 'wait'} for you, {us:,} for support."


def _read(actor: Actor, asked: str, show: Show, search: str, offset: int, most: int) -> Seen:
    ours = services()
    zone = ours.business.shell.see(actor).current.time_zone
    changes = ours.activity.recent(actor, TOPIC) if actor.may(Capability.SEE_ACTIVITY) else []
    if asked:
        return Seen(zone, None, found(lambda: ours.support.tickets.see(actor, asked, most)), changes)
    return Seen(zone, ours.support.tickets.page(actor, show=show, search=search, offset=offset), None, changes)


def _alike(actor: Actor, subject: str) -> list[tuple[Any, str]]:
    zone = services().business.shell.see(actor).current.time_zone
    return [(ticket, zone) for ticket in services().support.tickets.alike(actor, subject)]
