"""Search: every card and field of a tab or page can be found by keywords, which are defined next to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class SearchEntry:
    """A search result: the element `anchor` at a URL, or the heading `card_anchor` if that is not shown."""

    place: str
    anchor: str
    label: str
    words: str
    card: str = ""
    card_anchor: str = ""


@dataclass
class _Collection:
    place: str
    entries: dict[str, SearchEntry] = field(default_factory=dict)
    loose: list[SearchEntry] = field(default_factory=list)


_current: ContextVar[_Collection | None] = ContextVar("collection", default=None)


@contextmanager
def collecting(place: str) -> Iterator[dict[str, SearchEntry]]:
    """While the content of a URL is composed, collect the entries of its cards and fields; yield them by anchor."""
    collection = _Collection(place)
    before = _current.set(collection)
    try:
        yield collection.entries
    finally:
        _current.reset(before)


def field_is_found(anchor: str, label: str, words: str) -> None:
    """Make a field findable; the card that contains it claims it."""
    if collection := _current.get():
        collection.loose.append(SearchEntry(collection.place, anchor, label, words))


def card_is_found(anchor: str, title: object, words: str) -> None:
    """Make a card with a fixed title findable, and the fields in it."""
    collection = _current.get()
    if collection is None or not isinstance(title, str):
        return
    entries = [SearchEntry(collection.place, anchor, title, words), *collection.loose]
    collection.loose.clear()
    for entry in entries:
        collection.entries.setdefault(entry.anchor, replace(entry, card=title, card_anchor=anchor))
