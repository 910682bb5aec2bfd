"""Names: one line, 1 to 100 visible characters; cleaning is idempotent."""

import sys
import unicodedata
from functools import partial
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.errors import Invalid
from settings_ui.domain.text import MOST_MARKS, NAME_LENGTH, clean_name, clean_prose, has_invisible, initials


def clean(text: str) -> str:
    return clean_name(text, field="name", what="Full name")


def refusal(text: str) -> Invalid:
    with pytest.raises(Invalid) as refused:
        clean(text)
    assert refused.value.field == "name"
    return refused.value


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Dana Okafor-Reyes", "Dana Okafor-Reyes"),
        ("  Dana   Okafor  ", "Dana Okafor"),
        ("Dana\u00a0Okafor", "Dana Okafor"),
        ("\nDana\t", "Dana"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("Zoe\u0308", "Zoë"),
        ("\u1112\u1161\u11ab", "한"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧\u200d👦", "👩\u200d👩\u200d👧\u200d👦"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("7", "7"),
        ("x" * 100, "x" * 100),
        ("🎈" * 100, "🎈" * 100),
        ("e\u0301" * 100, "é" * 100),
    ],
)
def test_a_name_is_kept_as_people_write_it(typed: str, kept: str) -> None:
    """Markup and formulas are plain text here; pages and exports escape them on output."""
    assert clean(typed) == kept


@pytest.mark.parametrize(
    "empty", ["", " ", "\n", "\u00a0", "\u200d", "\u200c\u200d", "\ufe0f", "\u0301", "\u034f"], ids=ascii
)
def test_a_name_with_nothing_to_see_is_asked_for_again(empty: str) -> None:
    assert refusal(empty).message == "Enter a full name."


@pytest.mark.parametrize(
    "character",
    [
        "\0", "\x07", "\x1b", "\x7f", "\x85", "\n", "\r", "\t", "\u2028", "\u2029",  # control, line breaks
        "\u200e", "\u200f", "\u202a", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069", "\u061c",  # bidirectional
        "\u200b", "\u2060", "\ufeff", "\u00ad", "\u180e", "\U000e0041",  # zero width, soft hyphen, tags
        "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800",  # letters and symbols that are blank
        "\ue000", "\ud800", "\uffff",  # private, surrogate, not a character
    ],
    ids=ascii,
)  # fmt: skip
def test_what_cannot_be_seen_is_refused_and_the_reason_given(character: str) -> None:
    """Otherwise a name could pass for another one, or appear empty."""
    assert "invisible character" in refusal(f"Dana{character}Reyes").message


def test_a_hundred_and_one_characters_are_too_many() -> None:
    assert refusal("x" * 101).message == "Full name can have up to 100 characters; this has 101. Shorten it to save."
    assert "1,000,000" in refusal("x" * 1_000_000).message


@given(st.text(st.characters() | st.sampled_from("\u200c\u200d \u0301\u3164\u00a0"), max_size=130))
def test_cleaning_never_crashes_and_twice_is_once(text: str) -> None:
    """Input is either refused with a reason or kept; what is kept is NFC, has 1 to 100 characters, and does not
    change again."""
    try:
        kept = clean(text)
    except Invalid:
        assert refusal(text).message
        return
    assert 1 <= len(kept) <= NAME_LENGTH
    assert kept == unicodedata.normalize("NFC", kept) == clean(kept)
    assert kept == kept.strip()
    assert "  " not in kept
    assert kept.encode()
    assert "\0" not in kept


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dana Okafor-Reyes", "DO"),
        ("dana", "D"),
        ("Dana de la Cruz", "DC"),
        ("(Dana) “x”", "D"),
        ("ß", "S"),
        ("李 小龙", "李小"),
        ("👩\u200d👩\u200d👧", "•"),
        ("-", "•"),
        ("", "•"),
        ("7 Eleven", "7E"),
    ],
)
def test_initials_are_one_or_two_capitals(name: str, letters: str) -> None:
    assert initials(name) == letters


@given(st.text(max_size=100))
def test_initials_are_never_empty_and_never_long(name: str) -> None:
    assert 1 <= len(initials(name)) <= 2


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f6dc",  # wireless, Unicode 15
        "\U0001fae8",  # shaking face, Unicode 15
        "\U0001fae9",  # face with bags under its eyes, Unicode 16
        "\U0001faea",  # distorted face, Unicode 17
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "❤️‍🔥",
    ],
)
def test_emoji_of_the_current_unicode_are_allowed_in_names(emoji: str) -> None:
    assert clean(f"Dana {emoji}") == f"Dana {emoji}"


@pytest.mark.parametrize(
    "hidden",
    ["\U000e0067", "\U0001f3f4\U000e0067\U000e007f", "\u2065", "\ufff0", "\U0001ffff", "\U000e0fff", "\U00040000"],
)
def test_what_no_emoji_has_stays_refused(hidden: str) -> None:
    """Text hidden in tag characters, ignorable code points, and noncharacters."""
    with pytest.raises(Invalid):
        clean(f"Dana {hidden}")


def test_everything_that_unicode_calls_invisible_is() -> None:
    """As far as this Python's Unicode goes: controls, formats except joiners, surrogates, private use, line breaks."""
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind != "Cn":
            unseen = kind in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and chr(code) not in "\u200c\u200d"
            assert has_invisible(chr(code)) == (unseen or chr(code) in "\u115f\u1160\u3164\uffa0\u2800"), hex(code)


@pytest.mark.parametrize("clean_it", [clean_name, partial(clean_prose, most=10_000)])
@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73", "\u0344\u0316"], ids=ascii)
def test_thousands_of_marks_on_one_letter_do_not_hold_everyone_up(marks: str, clean_it: Any) -> None:
    """Normalizing them would take seconds while holding the GIL. No language needs more than thirty."""
    began = process_time()
    kept = clean_it("e" + marks * 20_000, field="name", what="Name")
    assert process_time() - began < 1
    assert len(unicodedata.normalize("NFD", kept)) <= 2 * MOST_MARKS + 1
