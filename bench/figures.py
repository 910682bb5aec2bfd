"""The figures, next to their budgets and the last run."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from settings_ui.config import VAR

KEPT = VAR / "bench.json"
HEADINGS = ("measure", "value", "unit", "budget", "", "last", "change")


@dataclass(frozen=True)
class Figure:
    """One measurement. `budget` is its maximum, or its minimum with `at_least`; None is for comparison only."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is within its budget."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def table(figures: Sequence[Figure], last: dict[str, Any]) -> str:
    """Return the figures as a table, one per line."""
    rows = [HEADINGS, *(_row(figure, last.get(figure.name)) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if column in (0, 2, 4) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def load(path: Path = KEPT) -> dict[str, Any]:
    """Return the stored figures by name; empty if there are none."""
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def keep(figures: Iterable[Figure], path: Path = KEPT) -> None:
    """Store the figures; those not measured this time keep their values."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    found = load(path)
    for figure in figures:
        found[figure.name] = {
            "value": round(figure.value, 3),
            "unit": figure.unit,
            "budget": figure.budget,
            "holds": figure.holds,
            "at": now,
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n")


def _row(figure: Figure, last: dict[str, Any] | None) -> tuple[str, ...]:
    sign = "≥" if figure.at_least else "≤"
    budget = "" if figure.budget is None else f"{sign} {_number(figure.budget)}"
    verdict = "" if figure.budget is None else "holds" if figure.holds else "TOO MUCH" if sign == "≤" else "TOO LITTLE"
    if last is None:
        return (figure.name, _number(figure.value), figure.unit, budget, verdict, "", "")
    was = float(last["value"])
    change = f"{(figure.value - was) / was:+.0%}" if was else ""
    return (figure.name, _number(figure.value), figure.unit, budget, verdict, _number(was), change)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
