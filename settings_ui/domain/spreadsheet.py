"""Cells that stay text when a spreadsheet opens them."""

from datetime import datetime

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(value: object) -> str:
    """Return the value as a CSV cell: times in ISO 8601, yes and no, and no text that would run as a formula."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
