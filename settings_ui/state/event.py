"""The decorator of handlers."""

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple, Unpack

import reflex as rx
from reflex.event import EventCallback

S = TypeVar("S", bound=rx.State)
P = TypeVarTuple("P")


def event(handler: Callable[[S, Unpack[P]], Any]) -> EventCallback[*P]:
    """Mark what a browser may call.

    This is `rx.event` with a type that checkers can read: theirs is a class that makes something else.
    """
    marked: Any = rx.event
    return marked(handler)  # type: ignore[no-any-return]
