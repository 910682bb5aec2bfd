"""What the state of every tab has in common."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.domain.access import Actor, Capability
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.shell import Shell


class TabState(rx.State, mixin=True):
    """Data of a tab: read in a worker thread, then shown as views. `loaded` says that this window has it."""

    _requires: ClassVar[Capability | None] = None
    loaded: bool = False

    @abstractmethod
    def _reader(self, actor: Actor) -> Callable[[], Any]:
        """Return what asks the services; it runs in a thread, so it takes from the state what it needs beforehand."""

    @abstractmethod
    def _show(self, actor: Actor, loaded: Any) -> None:
        """Make views of what the reader returned."""

    async def _again(self) -> None:
        """Show the tab as it is now."""
        await self._load(current_actor())

    async def _load(self, actor: Actor) -> None:
        """Read and show the tab's data as it is now."""
        self._fill(actor, await in_thread(self._reader(actor)))

    def _fill(self, actor: Actor, loaded: Any) -> None:
        """Show what the reader returned."""
        self._show(actor, loaded)
        self.loaded = True

    async def _toast(self, message: str, *, kind: str = "good") -> None:
        (await self.get_state(Shell))._toast(message, kind=kind)
