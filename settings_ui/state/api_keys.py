"""The API Keys tab. A secret passes through once, into the open dialog of one window, and is never in a var."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.api_key import MOST_ACTIVE, PREFIX, Grace, KeyAccess
from settings_ui.domain.errors import Invalid
from settings_ui.services.api_keys import service
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.kit.changes import Changed
from settings_ui.state.answers import Refused, call, end_of_day, last_day, text
from settings_ui.state.binding import current_actor
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.api_keys import KeyView
from settings_ui.state.views.common import ChangeView, MomentView, change_view, moment_view

E = TypeVar("E", bound=StrEnum)
SECRET_FIELD = "new-key"  # noqa: S105 the id of an element
SOON = timedelta(days=14)
ACCESS = {KeyAccess.FULL: "Full", KeyAccess.READ_ONLY: "Read only", KeyAccess.SCREENING: "Screening"}


class ApiKeys(TabState, rx.State):
    """The active keys of the business; `dialog` is the open dialog: create, reveal, revoke or rotate."""

    _requires: ClassVar[Capability | None] = Capability.MANAGE_API_KEYS
    keys: list[KeyView] = []
    full: bool = False
    dialog: str = ""
    target: KeyView = KeyView()
    errors: dict[str, str] = {}
    answered: int = 0
    changes: list[ChangeView] = []

    @event
    def ask_to_create(self) -> None:
        """Open the form for a new key."""
        self.errors, self.dialog = {}, "create"

    @event
    async def ask(self, dialog: str, key: str) -> None:
        """Open the dialog to revoke or rotate a key, with its current usage."""
        await self._ask(dialog, key)

    @event
    def close(self) -> None:
        """Close the dialog."""
        if self.dialog != "reveal":
            self.dialog = ""

    @event
    def stored(self) -> Any:
        """The person has stored the key; remove it from the page."""
        self.dialog = ""
        return rx.set_value(SECRET_FIELD, "")

    @event
    async def keep_open(self, dialog: str, key: str) -> None:
        """Open a dialog that the page still shows after a restart, unless another was opened since."""
        if self.dialog:
            return
        if dialog in ("create", "reveal"):
            self.dialog = dialog
        else:
            await self._ask(dialog, key)

    @event
    async def lose(self) -> None:
        """The page was loaded again, and no longer has the new key."""
        if self.dialog == "reveal":
            self.dialog = ""
            await self._toast("The new key cannot be shown again. If you did not store it, revoke it.", kind="bad")

    @event
    async def create(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Create a key and show it once."""
        actor = current_actor()
        try:
            made = await call(lambda: _create(actor, form))
        except Refused as refused:
            self.errors = refused.errors
            self.answered += 1
            return
        async for step in self._reveal(actor, made):
            yield step

    @event
    async def rotate(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Replace the key in the dialog by a new one and show that once."""
        actor, key = current_actor(), self.target
        try:
            made = await call(lambda: _rotate(actor, key, form))
        except Refused as refused:
            self.errors = refused.errors if "expires" in refused.errors else {"": str(refused)}
            self.answered += 1
            return
        async for step in self._reveal(actor, made):
            yield step

    @event
    async def revoke(self) -> None:
        """Revoke the key in the dialog."""
        actor, key = current_actor(), self.target
        self.dialog = ""
        try:
            await call(lambda: services().api_keys.keys.revoke(actor, key.id))
            await self._toast(f"{key.name} revoked")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)

    async def _ask(self, dialog: str, key: str) -> None:
        await self._load(current_actor())
        self.target = next((shown for shown in self.keys if shown.id == key), KeyView())
        known = dialog in ("revoke", "rotate") and self.target.id
        self.errors, self.dialog = {}, dialog if known else ""

    async def _reveal(self, actor: Actor, made: Changed[service.CreatedKey]) -> AsyncIterator[Any]:
        await self._load(actor)
        self.errors, self.dialog = {}, "reveal"
        self.target = next((shown for shown in self.keys if shown.id == made.value.key.id), KeyView())
        self.answered += 1
        yield None  # the dialog has to open first
        yield rx.set_value(SECRET_FIELD, made.value.secret)

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        return lambda: ApiKeys._read(actor)

    @staticmethod
    def _read(actor: Actor) -> tuple[service.KeyRing, list[RecentChange]]:
        return services().api_keys.keys.ring(actor), services().activity.recent(actor, service.TOPIC)

    def _show(self, _actor: Actor, loaded: tuple[service.KeyRing, list[RecentChange]]) -> None:
        ring, changes = loaded
        self.keys = [_view(listed, ring.time_zone, ring.now) for listed in ring.keys]
        self.full = len(self.keys) >= MOST_ACTIVE
        self.changes = [change_view(change, ring.time_zone) for change in changes]


def _create(actor: Actor, form: dict[str, Any]) -> Changed[service.CreatedKey]:
    zone = services().business.shell.see(actor).current.time_zone
    expires_at = end_of_day(text(form, "expires"), zone, field="expires")
    return services().api_keys.keys.create(actor, text(form, "name"), _one_of(KeyAccess, form, "access"), expires_at)


def _rotate(actor: Actor, key: KeyView, form: dict[str, Any]) -> Changed[service.CreatedKey]:
    grace, day = _one_of(Grace, form, "grace"), text(form, "expires").strip()
    expires_at: datetime | service.Keep | None = service.Keep.EXPIRY
    if "expires" in form and day != key.last_day:
        zone = services().business.shell.see(actor).current.time_zone
        expires_at = end_of_day(day, zone, field="expires")
    return services().api_keys.keys.rotate(actor, key.id, grace, expires_at)


def _one_of(kind: type[E], form: dict[str, Any], field: str) -> E:
    """Return the option chosen in a form; raise Invalid at its field for any other text."""
    try:
        return kind(text(form, field))
    except ValueError:
        raise Invalid("Choose one from the list.", field=field) from None


def _view(listed: service.ListedKey, zone: str, now: datetime) -> KeyView:
    key, use = listed.key, listed.use
    addresses = "1 address" if use.addresses == 1 else f"{use.addresses:,} addresses"
    requests = "1 request" if use.requests == 1 else f"{use.requests:,} requests"
    return KeyView(
        id=key.id,
        name=key.name,
        shown=f"{PREFIX}{key.first}…{key.last}",
        access=ACCESS[KeyAccess(key.access)],
        creator=listed.creator or "A former member",
        created=moment_view(key.created_at, zone),
        used=moment_view(key.last_used_at, zone) if key.last_used_at else MomentView(),
        requests=f"{use.requests:,}",
        evidence=f"{requests} in the last 24 hours from {addresses}" if use.requests else "",
        ends=moment_view(key.expires_at, zone) if key.expires_at else MomentView(),
        last_day=last_day(key.expires_at, zone),
        ends_soon=key.expires_at is not None and key.expires_at - now < SOON,
        replaced_by=listed.replaced_by or "",
    )
