"""Arguments for handlers, good and bad, made from their signatures."""

import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

from reflex_base.event import EventHandler

GOOD: dict[Any, Any] = {str: "x", bool: True, int: 1, float: 1.0, dict: {}, list: []}
BAD: dict[Any, list[Any]] = {
    str: [7, True, [], {}, b"x".hex().encode().decode().encode("utf-16").hex and ["x"]],
    bool: ["true", 1, 0, [], {}],
    int: ["1", 1.5, True, [], {}],
    float: ["1.0", True, [], {}],
    dict: [[], "x", 7, [["name", "x"]]],
    list: [{}, "x", 7],
}
