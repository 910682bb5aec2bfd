"""Tokens of mail links: signed by us, for one purpose, unaltered; anything else is not found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings_ui.domain.errors import NotFound
from settings_ui.services.kit.links import Links

OURS = Links("a secret of ours, long enough", "https://app.example.com")


def token_of(url: str) -> str:
    return url.partition("?token=")[2]


def test_a_link_leads_to_our_origin_and_back_to_its_subject() -> None:
    url = OURS.url("/payouts/cancel", "payout-cancel", "pay_1")
    assert url.startswith("https://app.example.com/payouts/cancel?token=")
    assert OURS.subject("payout-cancel", token_of(url)) == "pay_1"
    assert OURS.address("/forgot-password") == "https://app.example.com/forgot-password"


@settings(deadline=None)  # tolerate slow machines
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_subject_comes_back_and_its_token_needs_no_escaping(subject: str) -> None:
    """Mail programs cut links at many characters; our tokens contain none of them."""
    token = token_of(OURS.url("/x", "purpose", subject))
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert OURS.subject("purpose", token) == subject


@settings(deadline=None)  # tolerate slow machines
@given(st.text(max_size=100), st.integers(0, 200), st.characters())
def test_a_token_that_was_touched_is_not_found(given_text: str, place: int, other: str) -> None:
    good = token_of(OURS.url("/x", "purpose", "pay_1"))
    place %= len(good)
    touched = good[:place] + other + good[place + 1 :]
    for token in {given_text, touched, good[:place]} - {good}:
        with pytest.raises(NotFound, match="This link is incomplete"):
            OURS.subject("purpose", token)


def test_a_token_written_with_the_other_alphabet_is_not_found() -> None:
    """Lenient decoders accept + for - and / for _, which would give one link several valid spellings."""
    tokens = [token_of(OURS.url("/x", "purpose", f"pay_{n}")) for n in range(20)]
    for ours, other in (("-", "+"), ("_", "/")):
        spelled = [token for token in tokens if ours in token]
        assert spelled, "none of the tokens contains this character"
        for token in spelled:
            with pytest.raises(NotFound, match="This link is incomplete"):
                OURS.subject("purpose", token.replace(ours, other))


def test_a_link_has_one_spelling() -> None:
    """What counts uses or guesses by a link's token would otherwise begin anew with each spelling."""
    good = token_of(OURS.url("/x", "purpose", "pay_1"))
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"  # its two last bits stand for nothing
    spelled = {good + "!", good + "=", good[:-1] + " " + good[-1]} | {good[:-1] + letter for letter in last}
    for token in spelled - {good}:
        with pytest.raises(NotFound, match="This link is incomplete"):
            OURS.subject("purpose", token)


def test_purposes_and_secrets_do_not_mix() -> None:
    """A confirmation link does not cancel; a link of another installation does nothing here."""
    token = token_of(OURS.url("/x", "payout-confirm", "pay_1"))
    for links, purpose in [
        (OURS, "payout-cancel"),
        (OURS, ""),
        (OURS, "payout-confirm "),
        (Links("another secret, long enough too", "https://app.example.com"), "payout-confirm"),
    ]:
        with pytest.raises(NotFound):
            links.subject(purpose, token)


def test_a_megabyte_is_not_even_looked_at() -> None:
    with pytest.raises(NotFound):
        OURS.subject("purpose", token_of(OURS.url("/x", "purpose", "pay_1")) + "x" * 1_000_000)
