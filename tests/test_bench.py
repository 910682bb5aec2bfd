"""Benchmark figures: budgets, the comparison table, and stored results."""

from pathlib import Path

from bench.events import percentile
from bench.figures import Figure, keep, load, table


def test_a_figure_holds_up_to_its_budget_and_not_beyond() -> None:
    assert Figure("size", 220, "kB", 220).holds
    assert not Figure("size", 220.1, "kB", 220).holds


def test_where_more_is_better_a_figure_holds_from_its_budget_on() -> None:
    assert Figure("score", 97, "of 100", 97, at_least=True).holds
    assert not Figure("score", 96, "of 100", 97, at_least=True).holds


def test_the_table_shows_what_does_not_hold_and_how_it_was_before() -> None:
    lines = table([Figure("size", 250, "kB", 220), Figure("load", 300, "ms")], {"size": {"value": 200}}).splitlines()
    assert lines[2].split() == ["size", "250", "kB", "≤", "220", "TOO", "MUCH", "200", "+25%"]
    assert lines[3].split() == ["load", "300", "ms"]


def test_what_was_not_measured_again_stays_kept(tmp_path: Path) -> None:
    kept = tmp_path / "bench.json"
    keep([Figure("size", 250, "kB", 220), Figure("load", 300, "ms")], kept)
    keep([Figure("size", 210, "kB", 220)], kept)
    found = load(kept)
    assert (found["size"]["value"], found["size"]["holds"]) == (210, True)
    assert found["load"]["value"] == 300


def test_a_percentile_is_a_value_that_was_measured() -> None:
    waits = list(range(1, 201))
    assert percentile(waits, 99) == 198
    assert percentile(waits, 50) == 100
    assert percentile([7.0], 99) == 7.0
