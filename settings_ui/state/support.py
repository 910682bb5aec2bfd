"""The Support tab."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.errors import Invalid
from settings_ui.domain.tickets import Action
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.support.about import AboutKind, Beginning, about_kinds
from settings_ui.services.support.listing import Listed, Listing, Show
from settings_ui.services.support.thread import TOPIC, Thread
from settings_ui.services.support.tickets import NewTicket
from settings_ui.state.answers import text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.tickets import STATUSES, TicketsState, found, sent_files, ticket_view
from settings_ui.state.views.common import ChangeView, change_view
from settings_ui.state.views.tickets import PATH, BeginningView, TicketView

ABOUT = {
    AboutKind.CALL: "A call, by its ID",
    AboutKind.NUMBER: "A tracking number",
    AboutKind.KEY: "An API key, by its name",
    AboutKind.TRANSACTION: "A transaction, by its number",
}


@dataclass(frozen=True)
class Seen:
    """What the tab shows: a page of the list, or a thread if the URL names one that exists."""

    zone: str
    listing: Listing | None
    thread: Thread | None
    changes: list[RecentChange]
    beginning: Beginning


class Support(TabState, TicketsState, rx.State):
    """The tickets of the business. `beginning` prefills the form for a new one; `led` says that the URL requested
    the form, `_led_by` for which kind and reference."""

    _requires: ClassVar[Capability | None] = Capability.USE_SUPPORT
    asks: bool = False
    alike: list[TicketView] = []
    abouts: list[tuple[str, str]] = []
    beginning: BeginningView = BeginningView()
    led: bool = False
    business: str = ""
    created: int = 0
    new_errors: dict[str, str] = {}
    sees_changes: bool = False
    changes: list[ChangeView] = []
    _led_by: tuple[str, str] = ("", "")

    @event
    def ask(self, asks: bool) -> None:
        """Open or close the form for a new ticket; what was typed is kept, but not what was wrong with it."""
        self.asks, self.new_errors = asks, {}
        if not any(self._asked_about()):  # the URL has changed since: the same link may be followed again
            self._led_by = ("", "")

    @event
    def keep_open(self) -> None:
        """Open the form that the page still shows after a restart."""
        self.asks = True

    @event
    async def typed(self, form: dict[str, Any]) -> None:
        """Find tickets similar to the subject being typed."""
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
            draft=text(form, "draft"),
        )
        opened, self.new_errors = await self._try(lambda: services().support.tickets.open(actor, new))
        self.created += 1
        if opened is None:
            return
        self.asks, self.alike, self.beginning = False, [], BeginningView()
        await self._again()
        yield None  # the form is reset before the page leaves it
        yield rx.redirect(f"{PATH}&ticket={opened.value}")

    def _write(self, ticket: str, words: str, files: list[str], draft: str) -> Any:
        return services().support.tickets.reply(current_actor(), ticket, words, files, draft)

    def _act(self, ticket: str, action: Action) -> Any:
        return services().support.tickets.act(current_actor(), ticket, action)

    async def _complain(self, message: str) -> None:
        await self._toast(message, kind="bad")

    def _reader(self, actor: Actor) -> Callable[[], Seen]:
        """Read what is shown now, so that a reload stays where it is."""
        asked, search, offset, most = self._asked(), self.search, self.offset, self.most
        show = Show(self.show) if self.show else Show.UNSOLVED
        about = self._asked_about()
        return lambda: _read(actor, asked, show, search, offset, most, about)

    def _show(self, actor: Actor, seen: Seen) -> None:
        self.keeper, self.business = actor.user_id, actor.business_id
        self.abouts = [(kind.value, ABOUT[kind]) for kind in about_kinds(actor)]
        self.sees_changes = actor.may(Capability.SEE_ACTIVITY)
        self.changes = [change_view(change, seen.zone) for change in seen.changes]
        self._begin(seen.beginning)
        if seen.listing is None:
            self.asks = False
            self._show_thread(seen.thread, STATUSES, f"{PATH}&", actor.business_id)
            return
        self._show_list(seen.listing, seen.zone, STATUSES, f"{PATH}&")
        you, us = seen.listing.waiting_for_them, seen.listing.waiting_for_us
        self.waiting = f"{you:,} {'waits' if you == 1 else 'wait'} for you, {us:,} for support." if you or us else ""

    def _asked_about(self) -> tuple[str, str]:
        """Return the kind and reference that the URL requests a ticket about; empty for nothing."""
        query = self.router.url.query_parameters
        return str(query.get("about_kind") or "")[:64], str(query.get("about") or "")[:1000]

    def _begin(self, beginning: Beginning) -> None:
        """Open the form requested by the URL, once per visit."""
        asked = self._asked_about()
        if beginning.kind and asked != self._led_by:
            self.asks, self.beginning, self.new_errors = True, BeginningView(**vars(beginning)), {}
        self.led, self._led_by = any(asked), asked


def _read(actor: Actor, asked: str, show: Show, search: str, offset: int, most: int, about: tuple[str, str]) -> Seen:
    ours = services()
    zone = ours.business.shell.see(actor).current.time_zone
    changes = ours.activity.recent(actor, TOPIC) if actor.may(Capability.SEE_ACTIVITY) else []
    if asked:
        return Seen(zone, None, found(lambda: ours.support.tickets.see(actor, asked, most)), changes, Beginning())
    page = ours.support.tickets.page(actor, show=show, search=search, offset=offset)
    return Seen(zone, page, None, changes, _beginning(actor, about))


def _beginning(actor: Actor, about: tuple[str, str]) -> Beginning:
    try:
        return services().support.tickets.beginning(actor, *about)
    except Invalid:
        return Beginning()  # an old link, or one of another business: the form opens without it


def _alike(actor: Actor, subject: str) -> list[tuple[Any, str]]:
    zone = services().business.shell.see(actor).current.time_zone
    return [(ticket, zone) for ticket in services().support.tickets.alike(actor, subject)]
