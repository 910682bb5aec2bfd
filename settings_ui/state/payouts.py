"""The Payouts tab."""

from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.times import spoken
from settings_ui.models import PayoutDestination
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.payouts import service
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import current_actor
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.common import ChangeView, change_view, moment_view
from settings_ui.state.views.payouts import DestinationView, HistoryView


class Payouts(TabState, rx.State):
    """Where the actor's payouts go in the current business."""

    _requires: ClassVar[Capability | None] = Capability.SET_OWN_PAYOUT
    in_force: DestinationView = DestinationView()
    on_hold: DestinationView = DestinationView()
    history: list[HistoryView] = []
    sees_changes: bool = False
    changes: list[ChangeView] = []
    errors: dict[str, str] = {}
    answered: int = 0
    sent: int = 0
    asks_to_cancel: bool = False

    @event
    async def save(self, form: dict[str, Any]) -> None:
        """Save a PayPal email, confirmed by the current password."""
        actor, email, password = current_actor(), text(form, "email"), text(form, "password")
        try:
            saved = await call(lambda: services().payouts.destinations.save(actor, email, password))
        except Refused as refused:
            self.errors = refused.errors
        else:
            self.errors = {}
            held = saved.value.effective_at > saved.value.created_at
            await self._toast("Change on hold for 72 hours" if held else "PayPal email saved")
        await self._load(actor)
        self.answered += 1

    @event
    def discard(self) -> None:
        """Drop what was wrong with the form."""
        self.errors = {}

    @event
    def ask_to_cancel(self, asks: bool) -> None:
        """Open or close the dialog to cancel the change."""
        self.asks_to_cancel = asks

    @event
    async def cancel(self) -> None:
        """Cancel the change that is on hold."""
        actor, change = current_actor(), self.on_hold.id
        self.asks_to_cancel = False
        try:
            await call(lambda: services().payouts.destinations.cancel(actor, change))
            await self._toast("Change cancelled")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)

    @event
    async def send_confirmation(self, destination: str) -> None:
        """Send the confirmation link again."""
        actor = current_actor()
        try:
            await call(lambda: services().payouts.destinations.send_confirmation(actor, destination))
            await self._toast("Confirmation email sent")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        self.sent += 1

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        return lambda: Payouts._read(actor)

    @staticmethod
    def _read(actor: Actor) -> tuple[service.Destinations, list[RecentChange]]:
        seen = services().payouts.destinations.see(actor)
        may_see = actor.may(Capability.SEE_ACTIVITY)
        return seen, services().activity.recent(actor, service.TOPIC) if may_see else []

    def _show(self, actor: Actor, loaded: tuple[service.Destinations, list[RecentChange]]) -> None:
        seen, changes = loaded
        zone = seen.time_zone
        self.in_force = _destination(seen.in_force, zone)
        self.on_hold = _destination(seen.on_hold, zone)
        self.history = [_line(destination, seen) for destination in seen.history]
        self.sees_changes = actor.may(Capability.SEE_ACTIVITY)
        self.changes = [change_view(change, zone) for change in changes]


def _destination(destination: PayoutDestination | None, zone: str) -> DestinationView:
    if destination is None:
        return DestinationView()
    return DestinationView(
        destination.id,
        destination.email,
        destination.confirmed_at is not None,
        moment_view(destination.effective_at, zone),
        spoken(destination.effective_at, zone),
    )


def _line(destination: PayoutDestination, seen: service.Destinations) -> HistoryView:
    first = destination.effective_at == destination.created_at
    badge, kind = "", ""
    if seen.on_hold and destination.id == seen.on_hold.id:
        badge, kind = "On hold", "warn"
    elif seen.in_force and destination.id == seen.in_force.id:
        badge, kind = "In force", "good"
    elif destination.cancelled_at:
        badge = "Cancelled"
    return HistoryView(
        destination.id,
        f"{'Saved' if first else 'Changed to'} {destination.email}",
        badge,
        kind,
        moment_view(destination.created_at, seen.time_zone),
    )
