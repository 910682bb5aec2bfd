"""The Profile tab."""

from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.services.account.notices import Choice
from settings_ui.services.account.sessions import OpenSession
from settings_ui.services.business.shell import Surroundings
from settings_ui.state.answers import Refused, call, call_async, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.shell import Shell, user_view
from settings_ui.state.tab import TabState
from settings_ui.state.views.common import moment_view
from settings_ui.state.views.profile import NoticeChoiceView, SessionView
from settings_ui.state.views.shell import UserView

Seen = tuple[Surroundings, list[OpenSession], list[Choice]]


SESSIONS = 10
"""The latest sessions, shown at first."""


class Profile(TabState, rx.State):
    """Photo, name, login email, password, email notifications and sessions of the user."""

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    user: UserView = UserView()
    sessions: list[SessionView] = []
    session_count: int = 0
    name_errors: dict[str, str] = {}
    answered: int = 0
    name_answered: int = 0
    email_errors: dict[str, str] = {}
    email_answered: int = 0
    password_errors: dict[str, str] = {}
    password_answered: int = 0
    asks_to_end_others: bool = False
    notices: list[NoticeChoiceView] = []
    _every_session: bool = False

    @event
    async def rename(self, form: dict[str, Any]) -> None:
        """Save the full name."""
        actor, name = current_actor(), text(form, "name")
        self.name_errors = await self._try(lambda: services().account.profile.rename(actor, name))
        await self._load(actor)
        self.name_answered += 1

    @event
    async def change_email(self, form: dict[str, Any]) -> None:
        """Change the login email, confirmed by the current password."""
        actor, email, password = current_actor(), text(form, "email"), text(form, "password")
        self.email_errors = await self._try(
            lambda: services().account.login_email.change(actor, email, password), "Login email changed"
        )
        await self._load(actor)
        self.email_answered += 1

    @event
    def discard(self, about: str) -> None:
        """Drop what was wrong with the name, the email or the password."""
        if about in ("name", "email", "password"):
            setattr(self, f"{about}_errors", {})

    @event
    async def send_verification(self) -> None:
        """Send the verification link again."""
        actor = current_actor()
        await self._do(lambda: services().account.login_email.send_verification(actor), "Verification email sent")

    @event
    async def change_password(self, form: dict[str, Any]) -> None:
        """Set a new password, confirmed by the current one; other sessions end."""
        actor, current, new = current_actor(), text(form, "password"), text(form, "new_password")
        self.password_errors = await self._try(
            lambda: services().account.password.change(actor, current, new),
            "Password changed, other sessions signed out",
        )
        await self._load(actor)
        self.password_answered += 1

    @event
    async def photo_uploaded(self) -> None:
        """Show the photo that the upload route has just stored."""
        await self._toast("Photo saved")
        await self._load(current_actor())

    @event
    async def remove_photo(self) -> None:
        """Remove the photo."""
        actor = current_actor()
        try:
            await call_async(lambda: services().account.avatars.remove(actor))
            await self._toast("Photo removed")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)

    @event
    async def show_every_session(self) -> None:
        """Show all open sessions instead of the latest."""
        self._every_session = True
        await self._load(current_actor())

    @event
    async def end_session(self, session: str) -> None:
        """Sign out one other session."""
        actor = current_actor()
        await self._do(lambda: services().account.sessions.end(actor, session), "Session signed out")
        await self._load(actor)

    @event
    def ask_to_end_others(self, asks: bool) -> None:
        """Open or close the dialog to sign out all other sessions."""
        self.asks_to_end_others = asks

    @event
    async def end_others(self) -> None:
        """Sign out every other session."""
        actor = current_actor()
        self.asks_to_end_others = False
        await self._do(lambda: services().account.sessions.end_others(actor), "Other sessions signed out")
        await self._load(actor)

    @event
    async def choose_mail(self, notice: str, on: bool) -> None:
        """Turn a kind of notification email on or off."""
        actor = current_actor()
        try:
            about = await call(lambda: services().account.notices.choose(actor, notice, on=on))
            await self._toast(f"{about.value.label}: emails {'on' if on else 'off'}")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)

    async def _try(self, work: Callable[[], Any], done: str = "") -> dict[str, str]:
        """Run a form's service call and return its errors by field, empty on success."""
        try:
            await call(work)
        except Refused as refused:
            return refused.errors
        if done:
            await self._toast(done)
        return {}

    async def _do(self, work: Callable[[], Any], done: str) -> None:
        """Run a button's service call and show the outcome in a toast."""
        try:
            await call(work)
            await self._toast(done)
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        self.answered += 1

    async def _load(self, actor: Actor) -> None:
        loaded = await in_thread(lambda: Profile._read(actor))
        self._fill(actor, loaded)
        (await self.get_state(Shell))._show(actor, loaded[0])

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        return lambda: Profile._read(actor)

    @staticmethod
    def _read(actor: Actor) -> Seen:
        account = services().account
        return services().business.shell.see(actor), account.sessions.list(actor), account.notices.see(actor)

    def _show(self, _actor: Actor, loaded: Seen) -> None:
        seen, sessions, notices = loaded
        self.notices = [
            NoticeChoiceView(c.notice.value, c.about.label, c.about.when, c.on, c.about.security) for c in notices
        ]
        self.user = user_view(seen)
        zone, most = seen.current.time_zone, len(sessions) if self._every_session else SESSIONS
        self.session_count = len(sessions)
        self.sessions = [
            SessionView(s.id, s.device, s.network, s.this, moment_view(s.last_seen_at, zone)) for s in sessions[:most]
        ]
