"""CSV cells that stay text in a spreadsheet."""

import re
from datetime import datetime
from decimal import Decimal

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ANOTHER_CELL = re.compile(r'(?<=[;\t\r\n])(?="*[=+\-@＝＋－＠])')
"""Where a formula would begin if these marks ended a cell or a row: in many locales the delimiter is the semicolon,
and quotes around a cell that contains one are then part of its text."""


def inert(value: object) -> str:
    """Return the value as a CSV cell: times in ISO 8601, booleans as yes and no, and text that cannot run as a formula.

    None is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    if isinstance(value, int | float | Decimal):
        return text
    text = _ANOTHER_CELL.sub("'", text)
    return f"'{text}" if text.startswith(FORMULA) else text
