"""API keys: their format, when they are valid, and what is stored."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.api_key import (
    ALPHABET,
    CHECK,
    LENGTH,
    PREFIX,
    RANDOM,
    Grace,
    checksum,
    is_active,
    is_well_formed,
    key_digest,
    new_secret,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
letters = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM)


def test_a_new_key_has_the_form_that_is_promised_and_shows_its_ends() -> None:
    """cs_key_, thirty random characters and six of checksum; only the first four and last four random ones are
    shown."""
    new = new_secret()
    assert len(new.secret) == LENGTH == 43
    assert new.secret.startswith("cs_key_")
    assert set(new.secret[len(PREFIX) :]) <= set(ALPHABET)
    assert new.first == new.secret[7:11]
    assert new.last == new.secret[-4:]
    assert is_well_formed(new.secret)


def test_no_two_keys_are_the_same_and_every_character_is_used() -> None:
    secrets = {new_secret().secret for _ in range(500)}
    assert len(secrets) == 500
    assert {c for secret in secrets for c in secret[7:37]} == set(ALPHABET)


@given(letters, st.integers(0, RANDOM + CHECK - 1), st.sampled_from(ALPHABET))
def test_a_mistyped_character_is_noticed_without_a_database(random: str, at: int, other: str) -> None:
    """CRC32 detects every single wrong character, including one in the checksum itself."""
    body = random + checksum(random)
    changed = f"{PREFIX}{body[:at]}{other}{body[at + 1 :]}"
    assert is_well_formed(changed) is (other == body[at])


@given(letters, st.integers(0, RANDOM - 2))
def test_two_neighbours_that_were_swapped_are_noticed(random: str, at: int) -> None:
    swapped = random[:at] + random[at + 1] + random[at] + random[at + 2 :]
    assert is_well_formed(PREFIX + swapped + checksum(random)) is (swapped == random)


@given(letters)
def test_a_checksum_is_six_base62_digits(random: str) -> None:
    assert len(checksum(random)) == CHECK
    assert set(checksum(random)) <= set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cs_key_",
        "sk_live_" + "a" * 35,
        "cs_key_" + "é" * 36,
        "cs_key_" + "١" * 36,
        "cs_key_" + "-" * 36,
        "cs_key_" + "\0" * 36,
        "a" * 1_000_000,
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert not is_well_formed(text)


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_well_formed(text) in (True, False)


def test_what_is_kept_depends_on_the_pepper_and_tells_nothing_of_the_key() -> None:
    """With a copy of the database but without the pepper, guesses cannot even be verified."""
    secret = new_secret().secret
    digest = key_digest(secret, "pepper")
    assert digest != key_digest(secret, "another pepper")
    assert digest != key_digest(new_secret().secret, "pepper")
    assert len(digest) == 64
    assert secret[7:] not in digest


@pytest.mark.parametrize(
    ("revoked_at", "expires_at", "active"),
    [
        (None, None, True),
        (NOW, None, False),
        (NOW - SECOND, None, False),
        (None, NOW, False),
        (None, NOW - SECOND, False),
        (None, NOW + SECOND, True),
        (NOW - SECOND, NOW + SECOND, False),
    ],
)
def test_a_key_is_active_until_the_moment_of_its_end(
    revoked_at: datetime | None, expires_at: datetime | None, active: bool
) -> None:
    assert is_active(revoked_at, expires_at, NOW) is active


def test_graces_last_as_long_as_they_are_called() -> None:
    assert {grace.value: grace.lasts for grace in Grace} == {
        "0": timedelta(0),
        "1h": timedelta(hours=1),
        "24h": timedelta(hours=24),
        "7d": timedelta(days=7),
    }
