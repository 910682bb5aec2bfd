"""email_validator's own test addresses: we accept what it accepts, except for a few kinds that we refuse."""

import importlib.util
from types import ModuleType

import pytest

from settings_ui.domain.email_address import parse_email
from settings_ui.domain.errors import Invalid
from tests.material import from_source_of

REFUSED = ('"', "<", "=?", "＠")
"""Kinds that we refuse although they are valid: quoted local parts and display names, which nobody types on purpose;
what mail headers would read as an encoded word; full-width letters, which look like another address."""
TAKEN = ("ISEMAIL_VALID", "ISEMAIL_RFC5322_LOCAL_TOOLONG")
"""More than 64 letters before the @ are left to the mail server to refuse; our columns can hold them."""
INVALID = (
    "test_email_invalid_syntax",
    "test_email_invalid_syntax_display_name",
    "test_email_valid_only_if_quoted_local_part",
    "test_email_invalid_reserved_domain",
)


@pytest.fixture(scope="module")
def theirs() -> ModuleType:
    """Import email_validator's tests as a module."""
    path = from_source_of("email-validator", "tests") / "test_syntax.py"
    spec = importlib.util.spec_from_file_location("their_tests", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(theirs: ModuleType, test: str) -> list[tuple[str, str]]:
    """Return the addresses of one of its parametrized tests, each with its expected outcome."""
    [given] = [mark.args[1] for mark in getattr(theirs, test).pytestmark if mark.name == "parametrize"]
    return [(case, "") if isinstance(case, str) else (case[0], case[1]) for case in given]


def parsed(text: str) -> str:
    """Return the normalized address, or an empty string if it is refused."""
    try:
        return parse_email(text, field="email").text
    except Invalid as refused:
        return "" if refused.field == "email" and refused.message else "?"


@pytest.mark.parametrize("test", ["test_email_valid", "test_email_valid_intl_local_part"])
def test_valid_addresses_are_kept_as_they_normalize_them(theirs: ModuleType, test: str) -> None:
    for email, wanted in cases(theirs, test):
        local, _, domain = wanted.normalized.rpartition("@")  # type: ignore[attr-defined]
        if any(kind in email for kind in REFUSED):
            assert parsed(email) == "", email
        else:
            assert parsed(email) == f"{local}@{wanted.ascii_domain or domain}", email  # type: ignore[attr-defined]


@pytest.mark.parametrize("test", INVALID)
def test_invalid_addresses_are_refused(theirs: ModuleType, test: str) -> None:
    """Except for surrounding whitespace, which comes with pasting and is stripped."""
    for email, _ in cases(theirs, test):
        blank = email != email.strip() and email.strip() == "my@example.com"
        assert parsed(email) == (email.strip() if blank else ""), email


def test_characters_that_are_not_safe_to_show_are_refused_wherever_they_stand(theirs: ModuleType) -> None:
    for character, _ in cases(theirs, "test_email_unsafe_character"):
        for email in (f"{character}@test", f"{character}@example.com", f"test@{character}example.com"):
            assert parsed(email) == "", ascii(email)


def test_of_a_hundred_and_fifty_diagnosed_addresses_the_valid_ones_are_taken(theirs: ModuleType) -> None:
    """Comments, quoted strings, domain literals, obsolete and folded forms are all refused without a crash."""
    found = cases(theirs, "test_pyisemail_tests")
    assert len(found) >= 150
    for email, diagnosis in found:
        blank = email != email.strip() and email.strip() == "test@iana.org"
        valid = diagnosis in TAKEN and not any(kind in email for kind in REFUSED)
        assert parsed(email) == (email.strip() if valid or blank else ""), (email, diagnosis)


def test_no_input_takes_longer_than_its_length() -> None:
    """A million characters are refused as quickly as a thousand."""
    for part in ("a", ".", "@", "é", "\u0301", "-", "a.", "xn--"):
        assert parsed(part * 500_000 + "@example.com") == ""
        assert parsed("a@" + part * 500_000) == ""
