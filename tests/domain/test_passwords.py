"""Passwords: which are accepted, and how they are verified."""

from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings_ui.domain import passwords
from settings_ui.domain.errors import Invalid
from settings_ui.services.demo import seeding as demo

COMMON = (Path(__file__).parent.parent / "data" / "common-passwords.txt").read_text().splitlines()
OWN = ["Dana Okafor-Reyes", "dana@northwind.example", "Northwind Leads", "Bo"]
GOOD = "plum ladder seventeen fog"


def refusal(password: str, own: list[str] | None = None) -> str:
    with pytest.raises(Invalid) as refused:
        passwords.accept(password, field="new_password", own=own or [])
    assert refused.value.field == "new_password"
    return refused.value.message


@pytest.mark.parametrize(
    "good",
    [GOOD, GOOD.replace(" ", ""), "eine gute Nacht für Füchse", "правильная лошадь и скрепка", "pqvbz xkwtr mjhlc"],
)
def test_a_few_words_or_enough_letters_will_do_and_nothing_is_asked_of_their_kind(good: str) -> None:
    assert passwords.accept(good, field="new_password", own=OWN) == good


@pytest.mark.parametrize(
    ("short", "length"), [("", 0), ("x", 1), ("Xk7#pQ9!vB2$zL", 14), ("e\u0301" * 14, 14)], ids=ascii
)
def test_fourteen_characters_are_too_few(short: str, length: int) -> None:
    """Counted after normalization: an accent does not count as a separate character. The refusal counts them, and does
    not repeat the hint below the field."""
    assert refusal(short) == f"Use at least 15 characters; this has {length}."


def test_fifteen_characters_that_nobody_guesses_are_enough() -> None:
    passwords.accept("Xk7#pQ9!vB2$zLm", field="new_password")


def test_a_thousand_characters_are_taken_and_not_one_more() -> None:
    longest = (GOOD * 50)[:1000]
    assert passwords.matches(longest, passwords.digest(passwords.accept(longest, field="new_password")))
    assert refusal(longest + "x") == "A password can have up to 1,000 characters; this has 1,001."
    assert refusal("x" * 10_000_000).startswith("A password can have up to 1,000 characters")


def test_no_character_of_a_long_password_is_passed_over() -> None:
    longest = (GOOD * 50)[:1000]
    stored = passwords.digest(longest)
    assert not passwords.matches(longest[:-1], stored)
    assert not passwords.matches(longest[:-1] + "X", stored)


@pytest.mark.parametrize("character", ["\0", "\ud800"], ids=ascii)
def test_what_cannot_be_kept_is_refused(character: str) -> None:
    """Rather than being truncated at a NUL, as in C."""
    assert refusal(f"{GOOD}{character}") == "This password contains a character that cannot be typed."
    stored = passwords.digest(GOOD)
    assert not passwords.matches(f"{GOOD}{character}", stored)
    assert not passwords.matches(f"{GOOD}{character}more", stored)


def test_what_many_people_had_is_refused() -> None:
    """Every password of Django's list that is long enough, also in another case or with a few characters added."""
    for common in COMMON:
        for tried in (common, common.upper(), common.title(), f"{common}1", f"{common}!", f"2026{common}"):
            assert "Use unrelated words." in refusal(tried), tried


def test_the_list_of_common_passwords_is_not_empty() -> None:
    assert len(COMMON) == 48
    assert "manchesterunited" in COMMON


@pytest.mark.parametrize(
    "weak",
    [
        "a" * 15, "abcdefghijklmnopqrstuvwxyz", "passwordpassword", "Password12345678", "qwertyuiopasdfghjkl", " " * 20,
        "correctcorrectcorrect", "24.12.1990 monkey", "ｍａｎｃｈｅｓｔｅｒｕｎｉｔｅｄ", "🔥" * 20, "a" * 1000,
    ],
    ids=lambda text: text[:16],
)  # fmt: skip
def test_what_is_easily_guessed_is_refused_with_the_reason(weak: str) -> None:
    assert refusal(weak).endswith(". Use unrelated words.")


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Dana Okafor-Reyes", "Dana Okafor-Reyes"),
        ("danaokaforreyes1", "Dana Okafor-Reyes"),
        ("my northwind leads password", "Northwind Leads"),
        ("NORTHWIND  LEADS !!", "Northwind Leads"),
        ("dana@northwind.example", "dana@northwind.example"),
        ("okafor okafor 2026", "okafor"),
        ("ｎｏｒｔｈｗｉｎｄ northwind", "northwind"),
    ],
)
def test_what_others_know_of_a_person_is_no_password(password: str, word: str) -> None:
    assert refusal(password, OWN) == f"Do not use “{word}”: others can guess it."


@pytest.mark.parametrize("good", ["dana likes wet gravel and toast", "borrowed umbrella at midnight"])
def test_a_known_word_among_others_is_no_reason_to_refuse(good: str) -> None:
    """Two letters of a name occur in every other sentence."""
    assert passwords.accept(good, field="new_password", own=OWN) == good


def test_the_demo_could_set_its_own_password() -> None:
    passwords.accept(demo.PASSWORD, field="password")


def test_an_accent_may_be_composed_in_either_way() -> None:
    """Keyboards differ in how they compose accents; the password is still the same."""
    stored = passwords.digest("caf\u00e9 au lait, tiède")
    assert passwords.matches("cafe\u0301 au lait, tie\u0300de", stored)
    assert passwords.same("caf\u00e9", "cafe\u0301")
    assert not passwords.same("café", "cafe")


@pytest.mark.usefixtures("real_hashing")
def test_a_digest_is_argon2id_salted_and_tells_nothing() -> None:
    one, other = passwords.digest(GOOD), passwords.digest(GOOD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert GOOD not in one


@pytest.mark.parametrize(
    "wrong", ["", " ", GOOD.upper(), GOOD[:-1], f"{GOOD} ", "x" * 2_000_000, "no such password"], ids=len
)
def test_a_wrong_password_is_wrong_and_no_password_fits_nobody(wrong: str) -> None:
    assert not passwords.matches(wrong, passwords.digest(GOOD))
    assert not passwords.matches(wrong, None)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_whatever_is_typed_is_accepted_or_refused_with_a_reason(text: str) -> None:
    """No input crashes the check."""
    try:
        assert passwords.accept(text, field="new_password", own=OWN) == text
    except Invalid:
        assert len(refusal(text, OWN)) > 20


@pytest.mark.parametrize("signs", ["4@8({[<3691!|0$5+7%2", "4a@b8c(d{e[f<g3h6i9j1k!l|m0n$o5p+q7r%s2t"])
def test_no_password_takes_long_to_be_judged(signs: str) -> None:
    """However many characters may stand for letters: a set-password link lets anyone try as often as they like."""
    began = process_time()
    passwords.accept(signs * 2, field="new_password")
    assert process_time() - began < 1
