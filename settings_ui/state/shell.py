"""What surrounds every page: the user, the business, toasts."""

from typing import Any, ClassVar

import reflex as rx
from reflex_base.registry import RegistrationContext

from settings_ui.bootstrap import services
from settings_ui.domain.access import DESK_PATH, Actor, Capability, Page, pages, tabs
from settings_ui.domain.email_address import own_spelling
from settings_ui.domain.ids import new_id
from settings_ui.domain.membership import as_role
from settings_ui.domain.notices import notices_of
from settings_ui.domain.text import initials
from settings_ui.services.account.avatars import LARGE, SMALL, path_of
from settings_ui.services.business.shell import Surroundings
from settings_ui.state.answers import Refused, call
from settings_ui.state.binding import Binding, current_actor
from settings_ui.state.event import event
from settings_ui.state.views.common import ToastView
from settings_ui.state.views.shell import HomeView, PageView, TabView, UserView

TOASTS = 3
SETTINGS = Page.SETTINGS.path
MAIL_CARD, CHANGES_CARD = "mail", "recent-changes"
"""The anchors of cards that some roles do not have on a page of theirs."""


class Shell(rx.State):
    """The frame of every page. `lacking` are the cards that this user has on none of them."""

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    loaded: bool = False
    user: UserView = UserView()
    home: HomeView = HomeView()
    homes: list[HomeView] = []
    pages: list[PageView] = []
    tabs: list[TabView] = []
    lacking: list[str] = []
    balance: str = ""
    toasts: list[ToastView] = []

    @event
    async def switch(self, business_id: str) -> None:
        """Switch this window to another business of the user, with a full load."""
        actor = current_actor()
        try:
            await call(lambda: services().business.shell.switch(actor, business_id))
        except Refused as refused:
            self._toast(str(refused), kind="bad")
            return
        binding = await self.get_state(Binding)
        binding._business = business_id
        binding.away = SETTINGS

    @event
    def look_again(self) -> Any:
        """Reload what this window shows, with the rights of its user; live updates call this."""
        return RegistrationContext.get().app.get_load_events(self.router.url.path)

    @event
    async def denied(self) -> Any:
        """Say that the last action was not allowed, and reload."""
        page = Page.at(self.router.url.path)
        if page and not current_actor().may(page.capability):
            (await self.get_state(Binding)).away = f"{SETTINGS}?denied={page.path.strip('/')}"
            return None
        if self.router.url.path.rstrip("/") == DESK_PATH:
            (await self.get_state(Binding)).away = SETTINGS
            return None
        self._toast("Your role no longer allows this.", kind="bad")
        return Shell.look_again

    @event
    def dismiss(self, toast: str) -> None:
        """Dismiss a toast."""
        self.toasts = [shown for shown in self.toasts if shown.id != toast]

    def _toast(self, text: str, *, kind: str = "good", undo: bool = False) -> str:
        toast = ToastView(new_id("tst"), text, kind, undo)
        self.toasts = [*self.toasts[1 - TOASTS :], toast]
        return toast.id

    def _show(self, actor: Actor, seen: Surroundings) -> None:
        self.user = user_view(seen)
        self.homes = [
            HomeView(home.id, home.name, home.role, as_role(home.role), home.id == actor.business_id)
            for home in seen.homes
        ]
        self.pages = [PageView(page.path, page.label) for page in pages(actor)]
        self.tabs = [TabView(tab.slug, tab.label, f"{SETTINGS}?tab={tab.slug}") for tab in tabs(actor)]
        cards = {MAIL_CARD: bool(notices_of(actor)), CHANGES_CARD: actor.may(Capability.SEE_ACTIVITY)}
        self.lacking = [card for card, has in cards.items() if not has]
        self.home = next(home for home in self.homes if home.current)
        self.balance = "" if seen.balance is None else str(seen.balance)
        self.loaded = True


def user_view(seen: Surroundings) -> UserView:
    """Return the view of the user."""
    photos = [f"/{path_of(seen.avatar, size)}" if seen.avatar else "" for size in (LARGE, SMALL)]
    return UserView(seen.name, own_spelling(seen.email), seen.verified, initials(seen.name), *photos)
