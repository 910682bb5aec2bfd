"""The decorator of handlers."""

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple, Unpack

import reflex as rx
from reflex.event import EventCallback

S = TypeVar("S", bound=rx.State)
P = TypeVarTuple("P")


def event(handler: Callable[[S, Unpack[P]], Any]) -> EventCallback[*P]:
    """Mark a handler as callable by browsers.

    This is `rx.event` with a type that type checkers understand; Reflex's is a class whose constructor returns
    something else.
    """
    marked: Any = rx.event
    return marked(handler)  # type: ignore[no-any-return]
