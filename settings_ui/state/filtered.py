"""Common to lists whose filter is in the URL and which are paged back in time."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode

import reflex as rx

from settings_ui.domain.access import Page
from settings_ui.domain.errors import DomainError
from settings_ui.domain.filter_text import FilterText
from settings_ui.state.answers import text
from settings_ui.state.event import event

NO_PAGE = "This page of the list does not exist. Choose a period to start from the newest."


class FilteredState(rx.State, mixin=True):
    """A page of a list, newest first. `older` and `newer` are the URLs of the adjacent pages, empty if there is
    none; `export` is the URL of all matches as a file, `wrong` is what is wrong with the filter."""

    _at: ClassVar[Page]
    wrong: str = ""
    older: str = ""
    newer: str = ""
    export: str = ""

    @event
    def choose(self, part: str, value: str) -> Any:
        """Set one part of the filter, and start again from the newest."""
        shown = self._shown()
        return rx.redirect(self._address(replace(shown, **{part: value}))) if part in vars(shown) else None

    @event
    def look_up(self, form: dict[str, Any]) -> Any:
        """Filter by the number and the days in the form."""
        shown = self._shown()
        typed = {part: text(form, part) for part in ("number", "first", "last") if part in form and part in vars(shown)}
        return rx.redirect(self._address(replace(shown, **typed)))

    @abstractmethod
    def _shown(self) -> FilterText:
        """Return the filter of the current page."""

    def _refuse(self, error: DomainError) -> None:
        """Show what is wrong with the URL: a cursor is nobody's word."""
        self.wrong = NO_PAGE if error.field == "cursor" else error.message

    def _place(self) -> tuple[dict[str, str], str, bool]:
        """Return the filter in the URL, the cursor of its page, and whether that leads to newer ones."""
        query = dict(self.router.url.query_parameters)
        return query, query.get("cursor", ""), query.get("page") == "newer"

    def _address(self, wanted: FilterText, cursor: str | None = "", *, newer: bool = False) -> str:
        """Return the URL of a page; empty for no page."""
        if cursor is None:
            return ""
        place = urlencode({"cursor": cursor} | ({"page": "newer"} if newer else {})) if cursor else ""
        query = "&".join(filter(None, (wanted.query(), place)))
        return f"{self._at.path}?{query}" if query else self._at.path
