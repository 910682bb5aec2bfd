"""Common to lists that are searched and paged."""

from abc import abstractmethod
from typing import ClassVar

import reflex as rx

from settings_ui.state.event import event


class PagedState(rx.State, mixin=True):
    """A list with search and pages. `range` says which of the matches are on the page, if known; `more` that others
    follow."""

    _page: ClassVar[int]
    search: str = ""
    offset: int = 0
    range: str = ""
    more: bool = False

    @event
    async def find(self, search: str) -> None:
        """Search for the text and show the first page."""
        self.search, self.offset = search, 0
        await self._again()

    @event
    async def turn(self, pages: int) -> None:
        """Go one page forward, or back with a negative number."""
        self.offset = max(0, self.offset + max(-1, min(1, pages)) * self._page)
        await self._again()

    @abstractmethod
    async def _again(self) -> None:
        """Show the page as it is now."""

    def _count(self, shown: int, matching: int) -> None:
        """Set `range`: which of all matches are on the page."""
        last = self.offset + shown
        self.more = last < matching
        self.range = f"{self.offset + 1:,}–{last:,} of {matching:,}" if shown else ""
