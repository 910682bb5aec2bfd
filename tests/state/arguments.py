"""Valid and invalid arguments for handlers, generated from their signatures."""

import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any

from reflex_base.event import EventHandler

from settings_ui.state.arguments import TEXT_LIMIT

GOOD: dict[type, Any] = {str: "x", bool: True, int: 1, float: 1.0, dict: {}, list: []}
WRONG: dict[type, list[Any]] = {
    str: [7, True, [], {}, ["x"]],
    bool: ["true", 1, 0, [], {}],
    int: ["1", 1.5, True, [], {}],
    float: ["1.0", True, [], {}],
    dict: [[], "x", 7, True, [["name", "x"]]],
    list: [{}, "x", 7, True],
}
UNSEEN = ["\0", "a\u202eb", "a\nb", "\ud800", "\ue000"]
HUGE = "x" * 200_000


def parameters(handler: EventHandler) -> dict[str, type]:
    """Return a handler's parameters with their plain types, such as dict for dict[str, Any]."""
    hints = typing.get_type_hints(handler.fn)
    names = list(inspect.signature(handler.fn).parameters)[1:]
    return {name: _plain(hints[name]) for name in names}


def plausible(handler: EventHandler) -> dict[str, Any]:
    """Return arguments of the right types with meaningless values."""
    if handler.fn.__qualname__ == "EventHandlerSetVar.setvar":
        return {"var_name": "is_hydrated", "value": True}
    return {name: GOOD[kind] for name, kind in parameters(handler).items()}


def unacceptable(handler: EventHandler) -> Iterator[tuple[str, Any]]:
    """Yield invalid arguments, each with a description of the one thing that is wrong."""
    good, wanted = plausible(handler), parameters(handler)
    for whole in (None, [], ["x"], "x", 7, True):
        yield f"{whole!r} in place of arguments", whole
    yield "an extra one", good | {"as_role": "owner"}
    yield "an extra one of Reflex", good | {"self": "x"}
    yield "a deep one", good | {"extra": _deep(400)}
    for name, kind in wanted.items():
        yield f"no {name}", {other: value for other, value in good.items() if other != name}
        yield f"{name} under another name", {f"{other}_" if other == name else other: v for other, v in good.items()}
        yield f"null for {name}", good | {name: None}
        for value in WRONG[kind]:
            yield f"{value!r} for {name}", good | {name: value}
        if kind is str:
            yield f"a huge {name}", good | {name: HUGE}
            yield f"a long {name}", good | {name: "x" * (TEXT_LIMIT + 1)}
            for text in UNSEEN:
                yield f"{text!r} for {name}", good | {name: text}
        if kind is dict:
            yield f"a huge field in {name}", good | {name: {"email": HUGE}}
            yield f"many fields in {name}", good | {name: {f"field{n}": n for n in range(20_000)}}
            yield f"half a character in {name}", good | {name: {"name": "\ud800"}}


def form_fields(handler: EventHandler) -> list[str]:
    """Return every string literal of the handler's module, among which are the fields of its form."""
    return re.findall(r'"([a-z_]+)"', inspect.getsource(sys.modules[handler.fn.__module__]))


def _plain(hint: Any) -> type:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _plain(next(part for part in typing.get_args(hint) if part is not types.NoneType))
    plain = typing.get_origin(hint) or hint
    assert plain in GOOD, f"tests know no arguments of the type {hint}"
    return typing.cast(type, plain)


def _deep(levels: int) -> list[Any]:
    nest: list[Any] = []
    for _ in range(levels):
        nest = [nest]
    return nest
