"""What stands around every page: the person, the business, toasts."""

from typing import ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability, tabs
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import initials
from settings_ui.services.avatars import LARGE, SMALL, path_of
from settings_ui.services.shell import Surroundings
from settings_ui.state.answers import Refused, call
from settings_ui.state.door import Door, current_actor
from settings_ui.state.views import HomeView, TabView, ToastView, UserView

TOASTS = 3
SETTINGS = "/settings"


class Shell(rx.State):
    """The frame of every page."""

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    loaded: bool = False
    user: UserView = UserView()
    home: HomeView = HomeView()
    homes: list[HomeView] = []
    tabs: list[TabView] = []
    toasts: list[ToastView] = []

    @rx.event
    async def switch(self, business_id: str) -> None:
        """Move this window to another business of the user, with a fresh load."""
        actor = current_actor()
        try:
            await call(lambda: services().shell.switch(actor, business_id))
        except Refused as refused:
            self._toast(str(refused), kind="bad")
            return
        door = await self.get_state(Door)
        door._business = business_id
        door.away = SETTINGS

    @rx.event
    def dismiss(self, toast: str) -> None:
        """Take a toast away."""
        self.toasts = [shown for shown in self.toasts if shown.id != toast]

    def _toast(self, text: str, *, kind: str = "good") -> None:
        self.toasts = [*self.toasts[1 - TOASTS :], ToastView(new_id("tst"), text, kind)]

    def _show(self, actor: Actor, seen: Surroundings) -> None:
        self.user = user_view(seen)
        self.homes = [
            HomeView(home.id, home.name, home.role, as_role(home.role), home.id == actor.business_id)
            for home in seen.homes
        ]
        self.tabs = [TabView(tab.slug, tab.label, f"{SETTINGS}?tab={tab.slug}") for tab in tabs(actor)]
        self.home = next(home for home in self.homes if home.current)
        self.loaded = True


def user_view(seen: Surroundings) -> UserView:
    """Return what a browser is shown of the person."""
    photos = [f"/{path_of(seen.avatar, size)}" if seen.avatar else "" for size in (LARGE, SMALL)]
    return UserView(seen.name, seen.email, seen.verified, initials(seen.name), *photos)


def as_role(role: str) -> str:
    """Return like "an owner" or "a manager"."""
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
