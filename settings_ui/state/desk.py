"""The staff desk: tickets of all businesses, for support staff."""

from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import DESK_PATH, Capability, StaffActor
from settings_ui.domain.errors import DomainError
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import initials
from settings_ui.domain.tickets import Action
from settings_ui.services.support.listing import Listing, Show
from settings_ui.services.support.thread import Thread
from settings_ui.state.binding import Binding, current_staff, in_thread
from settings_ui.state.event import event
from settings_ui.state.tickets import AT_DESK, TicketsState, found
from settings_ui.state.views.common import ToastView

TOASTS = 3
ZONE = "UTC"
Seen = tuple[tuple[str, str], Listing | None, Thread | None]


class Desk(TicketsState, rx.State):
    """The tickets of all businesses."""

    _requires: ClassVar[Capability | None] = Capability.ANSWER_TICKETS
    loaded: bool = False
    name: str = ""
    email: str = ""
    initials: str = ""
    toasts: list[ToastView] = []

    @event
    async def open(self) -> None:
        """Show the page as it is now. Live updates call this too."""
        await self._again()

    @event
    def dismiss(self, toast: str) -> None:
        """Dismiss a toast."""
        self.toasts = [shown for shown in self.toasts if shown.id != toast]

    def _write(self, ticket: str, words: str, files: list[str], draft: str) -> Any:
        return services().support.desk.reply(current_staff(), ticket, words, files, draft)

    def _act(self, ticket: str, action: Action) -> Any:
        return services().support.desk.act(current_staff(), ticket, action)

    async def _again(self) -> None:
        try:
            staff = current_staff()
            (self.name, self.email), listing, thread = await in_thread(self._reader(staff))
        except DomainError as error:
            (await self.get_state(Binding)).outage = error.message
            return
        self.initials, self.keeper = initials(self.name), staff.user_id
        if listing is None:
            self._show_thread(thread, AT_DESK, f"{DESK_PATH}?")
        else:
            self._show_list(listing, ZONE, AT_DESK, f"{DESK_PATH}?")
            us, them = listing.waiting_for_us, listing.waiting_for_them
            self.waiting = f"{us:,} {'waits' if us == 1 else 'wait'} for us, {them:,} for businesses."
        self.loaded = True

    async def _complain(self, message: str) -> None:
        self.toasts = [*self.toasts[1 - TOASTS :], ToastView(new_id("tst"), message, "bad")]

    def _reader(self, staff: StaffActor) -> Callable[[], Seen]:
        asked, search, offset, most = self._asked(), self.search, self.offset, self.most
        show = Show(self.show) if self.show else Show.OPEN
        return lambda: _read(staff, asked, show, search, offset, most)


def _read(staff: StaffActor, asked: str, show: Show, search: str, offset: int, most: int) -> Seen:
    desk = services().support.desk
    who = desk.who(staff)
    if asked:
        return who, None, found(lambda: desk.see(staff, asked, most))
    return who, desk.page(staff, show=show, search=search, offset=offset), None
