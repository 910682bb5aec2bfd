"""Block patterns: how input is parsed, which callers a pattern matches, and which pattern wins."""

import ast
import re
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.block_pattern import (
    LONGEST_PREFIX,
    MOST_PATTERNS,
    SHORTEST_PREFIX,
    extension_of,
    is_prefix,
    parse_pattern,
    patterns_for,
    shown_pattern,
    strongest,
)
from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import ANONYMOUS, parse_caller
from settings_ui.models.blocked_caller import PATTERN_LENGTH
from tests.material import from_source_of

PATTERN = re.compile(r"\+[1-9]\d{1,14}|\+[1-9]\d{3,13}\*|anonymous")
REGIONS = ("US", "GB", "DE", "IT", "RU", "HU", "BR", "JP", "ZZ")


def read(written: str, region: str = "US") -> str:
    return parse_pattern(written, region, field="numbers")


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("+1 415 555*", "US"),
        ("+1415555*", "DE"),
        ("(415) 555*", "US"),
        ("1-415-555-*", "US"),
        (" 415.555 * ", "US"),
        ("415 555**", "US"),
        ("＋１ ４１５ ５５５＊", "US"),
        ("+١٤١٥٥٥٥*", "US"),
        ("001 415 555*", "DE"),
        ("810 1 415 555*", "RU"),
    ],
)
def test_a_prefix_may_be_written_in_all_these_ways(written: str, region: str) -> None:
    assert read(written, region) == "+1415555*"


@pytest.mark.parametrize(
    ("written", "region", "pattern"),
    [
        ("020 7*", "GB", "+44207*"),
        ("011 44 207*", "US", "+44207*"),
        ("06 12*", "IT", "+390612*"),
        ("06 1 234*", "HU", "+361234*"),
        ("495*", "RU", "+7495*"),
        ("+7 812*", "RU", "+7812*"),
        ("415*", "US", "+1415*"),
        ("+44 207 946 0018*", "US", "+442079460018*"),
        ("+12345678901234*", "US", "+12345678901234*"),
    ],
)
def test_national_prefixes_are_read_as_they_are_dialled_in_the_region(written: str, region: str, pattern: str) -> None:
    """The trunk zero is dropped, except in Italy; an international prefix is honoured."""
    assert read(written, region) == pattern


@pytest.mark.parametrize(
    ("written", "region", "says"),
    [
        ("*", "US", r"at least 3 digits after \+1, so that it does not stop too many calls"),
        ("+1*", "US", r"at least 3 digits after \+1"),
        ("+1 41*", "US", r"at least 3 digits after \+1"),
        ("+44 20*", "US", r"at least 3 digits after \+44"),
        ("0*", "GB", r"at least 3 digits after \+44"),
        ("8 495*", "RU", r"Start the prefix with \+7, so that its country is clear"),
        ("812*", "RU", r"Start the prefix with \+7, so that its country is clear"),
        ("415*", "ZZ", r"Start the prefix with \+ and a country code, like \+1 415 555\*"),
        ("+999 123*", "US", r"Start the prefix with \+ and a country code"),
        ("+0 123*", "US", r"Start the prefix with \+ and a country code"),
        ("+*", "US", r"Start the prefix with \+ and a country code"),
        ("+123456789012345*", "US", "as long as a number. Leave out the star"),
        ("1-800-FLOW*", "US", r"A prefix is digits followed by a star, like \+1 415 555\*"),
        ("*415*", "US", "A prefix is digits followed by a star"),
        ("++1415*", "US", "A prefix is digits followed by a star"),
        ("anonymous*", "US", "A prefix is digits followed by a star"),
        ("4" * 70 + "*", "US", "too long for a phone number"),
    ],
)
def test_a_prefix_that_cannot_be_is_refused_with_the_way_to_mend_it(written: str, region: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        read(written, region)
    assert refused.value.field == "numbers"


@pytest.mark.parametrize(
    "written",
    [
        "anonymous", "Anonymous", " ANONYMOUS ", "Anonymous callers", "restricted", "Unavailable", "private", "unknown",
        "blocked", "withheld", "+266696687", "+266 696 687", "＋２６６６９６６８７", "+86282452253", "+7378742833",
        "+8656696", "+2562533", "anonymous@anonymous.invalid",
    ],
)  # fmt: skip
def test_hidden_numbers_are_blocked_by_any_word_that_networks_use_for_them(written: str) -> None:
    """Including the words that carriers send with a call, and those words typed on a phone keypad."""
    assert read(written) == ANONYMOUS
    if written != "Anonymous callers":
        assert parse_caller(written, "US", field="from") == ANONYMOUS


@pytest.mark.parametrize("written", ["", " ", "-", "()", "\t"])
def test_a_call_without_any_number_is_hidden_but_nothing_blocks_nobody(written: str) -> None:
    assert parse_caller(written, "US", field="from") == ANONYMOUS
    with pytest.raises(Invalid):
        read(written)


@pytest.mark.parametrize("written", ["266696687", "00266696687", "+266696688", "anonymously", "private line"])
def test_what_only_looks_like_a_hidden_number_is_none(written: str) -> None:
    """266 696 687 is a landline in Évora, Portugal."""
    assert written != "266696687" or read(written, "PT") == "+351266696687"
    with pytest.raises(Invalid):
        read(written)


@given(st.text(max_size=80), st.sampled_from(REGIONS))
def test_any_text_is_one_pattern_that_reads_as_itself_or_is_refused(written: str, region: str) -> None:
    _reads_as_itself_or_is_refused(written, region)


@given(st.from_regex(r"\+?[0-9()\-. /]{1,30}\*?", fullmatch=True), st.sampled_from(REGIONS))
def test_anything_that_looks_like_a_number_or_a_prefix_does_so_too(written: str, region: str) -> None:
    _reads_as_itself_or_is_refused(written, region)


def test_the_library_s_own_test_material_never_gets_past_our_rules() -> None:
    """libphonenumber's own test data: well over a thousand numbers, partial numbers and edge cases, and their
    prefixes."""
    texts = {text for path in from_source_of("phonenumbers", "tests").glob("*.py") for text in _literals(path)}
    assert len(texts) > 1500
    accepted = [
        pattern
        for text in texts
        for written in (text, f"{text}*", f"{text[:6]}*")
        for region in ("US", "GB")
        if (pattern := _reads_as_itself_or_is_refused(written, region))
    ]
    assert sum(not is_prefix(pattern) for pattern in accepted) > 300
    assert sum(is_prefix(pattern) for pattern in accepted) > 300


@pytest.mark.parametrize(
    ("written", "extension"),
    [
        ("415-555-0132 x204", "204"),
        ("+1 415 555 0132 ext. 7", "7"),
        ("+1 415 555 0132;ext=12", "12"),
        ("+1 415 555 0132 #12", "12"),
        ("+1 415 555 0132 доб. 5", "5"),
        ("+1 415 555 0132", ""),
        ("1-800-FLOWERS", ""),
        ("nonsense", ""),
    ],
)
def test_an_extension_is_found_so_that_its_loss_can_be_told(written: str, extension: str) -> None:
    assert extension_of(written, "US") == extension


def test_an_exact_number_decides_before_any_prefix_and_a_longer_prefix_before_a_shorter_one() -> None:
    patterns = ["+1415*", "+14155550132", "+1415555013*", "+1415555*"]
    assert strongest(patterns) == "+14155550132"
    assert strongest(p for p in patterns if p != "+14155550132") == "+1415555013*"
    assert strongest(["+1415*", "+1415555*"]) == "+1415555*"
    assert strongest(["+14155550132*", "+14155550132"]) == "+14155550132"
    assert strongest([]) is None


def test_a_prefix_with_all_the_digits_of_a_number_stops_that_number() -> None:
    """Blocking +1 415 555 0132* blocks at least that number."""
    assert "+14155550132*" in patterns_for("+14155550132")


numbers = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)


@given(numbers, st.data())
def test_what_decides_is_what_one_would_find_by_looking_at_every_entry(caller: str, data: st.DataObject) -> None:
    """Compared with a linear scan, for lists of numbers and prefixes most of which resemble the caller's."""
    near = st.integers(SHORTEST_PREFIX, LONGEST_PREFIX).map(lambda length: f"{caller[:length]}*")
    far = numbers.map(lambda other: f"{other[:SHORTEST_PREFIX]}*")
    entries = data.draw(st.sets(st.one_of(near, far, numbers, st.just(caller), st.just(ANONYMOUS)), max_size=8))
    stops = [e for e in entries if e == caller or (is_prefix(e) and caller.startswith(e[:-1]))]
    exact, prefixes = [e for e in stops if not is_prefix(e)], sorted(filter(is_prefix, stops), key=len)
    assert strongest(entries & set(patterns_for(caller))) == next(iter([*exact, *reversed(prefixes)]), None)


@given(numbers)
def test_a_caller_has_as_many_patterns_as_the_lookup_has_places_for(caller: str) -> None:
    patterns = patterns_for(caller)
    assert len(patterns) == len(set(patterns)) <= MOST_PATTERNS
    assert all(len(pattern) <= PATTERN_LENGTH for pattern in patterns)
    assert len(patterns_for("+" + "9" * 15)) == MOST_PATTERNS
    assert patterns_for(ANONYMOUS) == [ANONYMOUS]


@pytest.mark.parametrize(
    ("pattern", "region", "shown"),
    [
        ("+14155550132", "US", "(415) 555-0132"),
        ("+14155550132", "GB", "+1 415-555-0132"),
        ("+1415555*", "US", "+1 415-555…"),
        ("+1808*", "GB", "+1 808…"),
        (ANONYMOUS, "US", "Anonymous callers"),
    ],
)
def test_patterns_are_shown_as_people_read_them(pattern: str, region: str, shown: str) -> None:
    assert shown_pattern(pattern, region) == shown


def _reads_as_itself_or_is_refused(written: str, region: str) -> str:
    try:
        pattern = read(written, region)
    except Invalid:
        return ""
    assert PATTERN.fullmatch(pattern), written
    assert len(pattern) <= PATTERN_LENGTH
    assert read(pattern, "ZZ") == pattern
    return pattern


def _literals(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_what_stands_behind_a_prefix_is_not_passed_over() -> None:
    with pytest.raises(Invalid, match="too long for a phone number"):
        parse_pattern("+1 415 555".ljust(64) + "*, and all that follows", "US", field="numbers")


def test_thousands_of_marks_do_not_hold_everyone_up() -> None:
    """The same holds for text that merely starts like a number."""
    for written in ("+1 415 555".ljust(64) + "*", "4"):
        began = process_time()
        with pytest.raises(Invalid, match="too long for a phone number"):
            parse_pattern(written + "\u0301\u0316" * 20_000, "US", field="numbers")
        assert process_time() - began < 0.5
