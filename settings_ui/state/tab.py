"""The base of every tab's state."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.domain.access import Actor, Capability
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.shell import Shell


class TabState(rx.State, mixin=True):
    """The data of a tab: read in a worker thread, then shown as views. `loaded` says that this window has it.

    Variables that end with `errors` are what is wrong with a form, by field.
    """

    _requires: ClassVar[Capability | None] = None
    loaded: bool = False

    @abstractmethod
    def _reader(self, actor: Actor) -> Callable[[], Any]:
        """Return the function that reads from the services. It runs in a thread, so it must take what it needs from the
        state beforehand."""

    @abstractmethod
    def _show(self, actor: Actor, loaded: Any) -> None:
        """Turn what the reader returned into views."""

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

    def _forget_errors(self) -> None:
        """Drop what was wrong with the forms of the tab: it goes when what was typed in them goes."""
        for name in self.base_vars:
            if name.endswith("errors") and getattr(self, name):
                setattr(self, name, {})

    async def _toast(self, message: str, *, kind: str = "good") -> None:
        (await self.get_state(Shell))._toast(message, kind=kind)
