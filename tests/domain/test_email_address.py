"""Email addresses: what is accepted, which are equal, and how they are masked."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.email_address import EmailAddress, fold, masked, own_spelling, parse_email
from settings_ui.domain.errors import Invalid


def parse(text: str) -> EmailAddress:
    return parse_email(text, field="email")


def refusal(text: str, *, ascii_only: bool = False) -> str:
    with pytest.raises(Invalid) as refused:
        parse_email(text, field="email", ascii_only=ascii_only)
    assert refused.value.field == "email"
    return refused.value.message


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("dana@example.com", "dana@example.com"),
        ("  dana@example.com\n", "dana@example.com"),
        ("Dana.Okafor+calls@Example.COM", "Dana.Okafor+calls@example.com"),
        ("naïve@example.com", "naïve@example.com"),
        ("nai\u0308ve@example.com", "naïve@example.com"),
        ("dana@bücher.example", "dana@xn--bcher-kva.example"),
        ("dana@xn--bcher-kva.example", "dana@xn--bcher-kva.example"),
        ("dana@example。com", "dana@example.com"),
        ("dana@ｅxample.com", "dana@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
    ],
)
def test_an_address_is_kept_with_its_domain_as_a_labels(typed: str, shown: str) -> None:
    assert parse(typed).text == shown


@pytest.mark.parametrize(
    "malformed",
    [
        "dana", "dana@", "@example.com", "dana@localhost", "dana@@example.com", "dana@b@example.com", "a b@example.com",
        "dana@example..com", "dana@.example.com", "dana@-x.com", "dana@ex_ample.com", "dana@[127.0.0.1]",
        '"a b"@example.com', "Dana <dana@example.com>", "dana@example.com, eve@example.com", "dana@example.com.",
        "dana＠example.com", "dana@☃.net", "dana@xn--a.com", ".dana@example.com", "da..na@example.com",
        "dana@" + "x" * 64 + ".com", "x" * 250 + "@example.com", "=?utf-8?q?eve?=@example.com", "<script>@example.com",
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_a_malformed_address_is_refused_with_an_example(malformed: str) -> None:
    assert refusal(malformed) == "Enter an email address, like name@company.com."


@pytest.mark.parametrize("nothing", ["", "   ", "\n"], ids=ascii)
def test_no_address_is_asked_for(nothing: str) -> None:
    assert refusal(nothing) == "Enter an email address."


@pytest.mark.parametrize(
    "character", ["\0", "\u202e", "\u2066", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\ud800", "\r\n"],
    ids=ascii,
)  # fmt: skip
def test_what_cannot_be_seen_is_refused(character: str) -> None:
    """So no header can be injected, and no address can be mistaken for another."""
    assert "invisible character" in refusal(f"dana{character}eve@example.com")
    assert "invisible character" in refusal(f"dana@exa{character}mple.com")


@pytest.mark.parametrize("lookalike", ["ｄana@example.com", "ﬁona@example.com", "ſam@example.com", "²@example.com"])
def test_compatibility_forms_are_refused_since_they_reach_another_mailbox(lookalike: str) -> None:
    assert "look-alike" in refusal(lookalike)


@pytest.mark.parametrize("one", ["Dana@Example.com", "DANA@EXAMPLE.COM", " dana@example.com ", "dana@EXAMPLE。com"])
def test_case_and_domain_spelling_make_no_other_address(one: str) -> None:
    assert parse(one).folded == parse("dana@example.com").folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana.o@example.com", "danao@example.com"),
        ("dana+a@example.com", "dana@example.com"),
        ("dana+a@example.com", "dana+b@example.com"),
        ("mike@example.com", "m\u0131ke@example.com"),  # dotless i
        ("mike@example.com", "mi\u0307ke@example.com"),  # what İ folds to
        ("mike@example.com", "m\u0130ke@example.com"),
        ("paypal@example.com", "p\u0430ypal@example.com"),  # Cyrillic a
        ("dana@paypal.com", "dana@p\u0430ypal.com"),
        ("dana@example.com", "dana@example.co"),
    ],
)
def test_lookalikes_tags_and_dots_stay_distinct(one: str, other: str) -> None:
    """Nobody can take over an account with an address that merely resembles its owner's."""
    assert parse(one).folded != parse(other).folded
    assert fold(one) != fold(other)


def test_a_homoglyph_domain_is_shown_as_what_it_is() -> None:
    """The Cyrillic letter cannot hide in an A-label (punycode)."""
    assert parse("dana@p\u0430ypal.com").text == "dana@xn--pypal-4ve.com"


@pytest.mark.parametrize(
    ("kept", "own"),
    [
        ("dana@example.com", "dana@example.com"),
        ("dana@xn--bcher-kva.example", "dana@bücher.example"),
        ("dana@mail.xn--bcher-kva.xn--wgv71a", "dana@mail.bücher.日本"),
        ("naïve@xn--strae-oqa.example", "naïve@straße.example"),
        ("dana@xn--a.com", "dana@xn--a.com"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_its_owner_reads_an_address_with_its_own_letters(kept: str, own: str) -> None:
    """If what is kept is no domain, it is left as it is."""
    assert own_spelling(kept) == own


@pytest.mark.parametrize(
    "typed", ["dana@bücher.example", "Dana@BÜCHER.example", "dana@bu\u0308cher.example", "dana@straße.example"]
)
def test_an_address_typed_with_its_own_letters_folds_to_the_one_that_was_kept(typed: str) -> None:
    """Sign-in folds its input: an address registered with ü also signs in with ü."""
    assert fold(typed) == parse(typed).folded


def test_a_kelvin_sign_is_a_k() -> None:
    """Unicode defines the two as equal, so two accounts cannot have one each."""
    assert parse("\u212aim@example.com").folded == parse("kim@example.com").folded


def test_paypal_addresses_have_plain_letters_only() -> None:
    assert "“ï” cannot be used in a PayPal address" in refusal("naïve@example.com", ascii_only=True)
    assert parse_email("dana@bücher.example", field="email", ascii_only=True).text == "dana@xn--bcher-kva.example"


def test_an_address_has_254_characters_at_most_once_its_domain_is_in_a_labels() -> None:
    domain = f"{'b' * 60}.{'c' * 60}.{'d' * 57}.com"
    local = "x" * (253 - len(domain))
    assert len(parse(f"{local}@{domain}").text) == 254
    with pytest.raises(Invalid):
        parse(f"{local}x@{domain}")
    assert refusal("x" * 1_000_000 + "@example.com") == "An email address can have up to 254 characters."


LOCALS = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=20)
DOMAINS = st.sampled_from(["example.com", "Example.COM", "bücher.example", "straße.example", "日本.example"])


@given(st.builds("{}@{}".format, LOCALS, DOMAINS) | st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(), max_size=60))
def test_a_folded_text_can_be_asked_for_in_any_database(text: str) -> None:
    """PostgreSQL rejects NUL, and a lone surrogate cannot even be sent."""
    assert "\0" not in fold(f"{text}\0\ud800@example.com")
    fold(f"{text}\ud800").encode()


@given(st.builds("{}@{}".format, LOCALS, DOMAINS) | st.text(max_size=60))
def test_whatever_is_parsed_is_stable_and_folds_the_same(text: str) -> None:
    """Parsing is idempotent, and sign-in finds the address by what was originally typed."""
    try:
        address = parse(text)
    except Invalid:
        return
    assert parse(address.text) == address
    assert fold(text) == address.folded == fold(address.text)
    assert unicodedata.is_normalized("NFC", address.text)
    assert address.text.rpartition("@")[2].isascii()


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("pay@harborleads.example", "p••@h••.example"),
        ("a@b.example", "a••@b••.example"),
        ("pay@mail.harborleads.example", "p••@m••.example"),
        ("pay@xn--bcher-kva.example", "p••@x••.example"),
    ],
)
def test_a_masked_address_shows_first_letters_only(address: str, hidden: str) -> None:
    assert masked(address) == hidden


@given(st.emails())
def test_a_mask_depends_on_nothing_but_the_first_letters_and_the_end(address: str) -> None:
    """Addresses that share those parts look the same in the activity log, so the rest cannot be inferred."""
    local, _, domain = address.rpartition("@")
    name, _, end = domain.rpartition(".")
    assert masked(address) == masked(f"{local[0]}other@{name[0]}other.{end}")
    assert len(masked(address)) == len(end) + 8
