"""Form bodies and queries as Stripe's clients write them: `items[0][price]=…&expand[]=…`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import Object, invalid

_KEY = re.compile(r"\[([^\[\]]*)\]")
_INDEX = re.compile(r"[0-9]{1,5}\Z")
MAX_FIELDS = 2000
MAX_DEPTH = 8


def decode(text: str) -> Object:
    """Return the nested parameters; every leaf is a string, every indexed object a list."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise invalid("The parameters are not a form in UTF-8.") from None
    tree: Object = {}
    for name, value in pairs:
        root = name.partition("[")[0]
        path = [root, *_KEY.findall(name[len(root) :])]
        if len(path) > MAX_DEPTH or "\0" in name + value:
            raise invalid(f"Invalid parameter: {name[:80]}")
        _put(tree, path, value)
    decoded: Object = _lists(tree)
    return decoded


def _put(tree: Object, path: list[str], value: str) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            raise invalid(f"Invalid parameter: {part}", part)
        tree = inner
    last = path[-1]
    if last == "":
        last = str(len(tree))
    if isinstance(tree.get(last), dict):
        raise invalid(f"Invalid parameter: {last}", last)
    tree[last] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(_INDEX.match(key) for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
