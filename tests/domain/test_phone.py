"""Phone numbers: every common notation becomes one E.164 form, or is refused with a hint on how to fix it."""

import ast
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import ANONYMOUS, parse_caller, parse_number, parse_sought_caller, shown_number
from settings_ui.domain.text import has_invisible
from tests.material import from_source_of

E164 = re.compile(r"\+[1-9][0-9]{2,14}")
REGIONS = ("US", "GB", "DE", "BR", "IN", "JP", "NZ", "ZZ")


@pytest.mark.parametrize(
    "written",
    [
        "+14155550132",
        "4155550132",
        "(415) 555-0132",
        "415.555.0132",
        "1-415-555-0132",
        "  +1 415 555 0132  ",
        "+1\u00a0415\u00a0555\u00a00132",
        "011 1 415 555 0132",
        "tel:+1-415-555-0132",
        "415-555-0132 x204",
        "+1 415 555 0132 ext. 7",
        "４１５ ５５５ ０１３２",
        "٤١٥٥٥٥٠١٣٢",
        "415\u2013555\u20130132",
        "sip:+14155550132@example.com",
        "sips:4155550132@192.0.2.1:5061;transport=tls",
        "sip:+1-415-555-0132;ext=5@example.com;user=phone",
        '"Dana 2" <sip:+14155550132@example.com>;tag=9f',
    ],
)
def test_every_usual_way_of_writing_a_number_is_one_number(written: str) -> None:
    assert parse_number(written, "US", field="from") == "+14155550132"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("0044 20 7946 0018", "DE", "+442079460018"),
        ("030 123456", "DE", "+4930123456"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("+800 1234 5678", "US", "+80012345678"),
    ],
)
def test_national_forms_are_read_in_the_region_of_the_business(written: str, region: str, number: str) -> None:
    """Including vanity letters, Italy's leading zero, and numbers that belong to no country."""
    assert parse_number(written, region, field="number") == number


@pytest.mark.parametrize(
    "written",
    [
        "555-0132",
        "5550132",
        "911",
        "1",
        "not a number",
        "+",
        "+1",
        "+999 123456789",
        "4155550132415555",
        "1.4155550132E+10",
        "sip:alice@example.com",
        "sip:alice4155550132@example.com",
        "sip:4155550132.example.com",
        "sip:911@example.com",
        "+49 2222 2222 2222 22",
        "+49 000 000 000",
        "\x00",
        "\ud800",
        "☎",
    ],
)
def test_what_is_no_number_with_its_area_code_is_refused_with_an_example(written: str) -> None:
    """Seven digits mean a different number in every area, and no network takes more than fifteen."""
    with pytest.raises(Invalid, match=r"with its area code, like \(201\) 555-0123") as refused:
        parse_number(written, "US", field="from")
    assert refused.value.field == "from"


def test_an_unknown_region_asks_for_the_country_code() -> None:
    with pytest.raises(Invalid, match=r"country code, like \+1 415 555 0132"):
        parse_number("4155550132", "ZZ", field="to")


@pytest.mark.parametrize(("written", "says"), [("", "Enter a phone number"), (" \t ", "Enter"), ("1" * 65, "too long")])
def test_nothing_and_too_much_are_said_plainly(written: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        parse_number(written, "US", field="to")
    assert refused.value.field == "to"


@given(st.text(max_size=80), st.sampled_from(REGIONS))
def test_any_text_is_a_number_or_refused(written: str, region: str) -> None:
    """No other exception is raised, and the E.164 form parses to itself in every region."""
    try:
        number = parse_number(written, region, field="from")
    except Invalid:
        return
    assert E164.fullmatch(number)
    assert parse_number(number, "GB", field="from") == number


@given(st.from_regex(r"\+?[0-9()\-. ext;=#]{3,40}", fullmatch=True), st.sampled_from(REGIONS))
def test_anything_that_looks_like_a_number_is_one_form_or_refused(written: str, region: str) -> None:
    try:
        number = parse_number(written, region, field="from")
    except Invalid:
        return
    assert E164.fullmatch(number)
    assert parse_number(unicodedata.normalize("NFKC", written), region, field="from") == number


def test_the_library_s_own_test_material_never_gets_past_our_rules() -> None:
    """libphonenumber's own test data: well over a thousand numbers, partial numbers and edge cases."""
    texts = {text for path in from_source_of("phonenumbers", "tests").glob("*.py") for text in _literals(path)}
    assert len(texts) > 1500
    accepted = 0
    for text in texts:
        for region in ("US", "DE"):
            try:
                number = parse_number(text, region, field="from")
            except Invalid:
                continue
            accepted += 1
            assert E164.fullmatch(number), text
            assert parse_number(number, "ZZ", field="from") == number
            assert shown_number(number, region)
    assert accepted > 300


@pytest.mark.parametrize(
    "sent",
    [
        *("", " ", "anonymous", "Anonymous", "RESTRICTED", "private", "Unknown", "+266696687"),
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "sip:Restricted@192.0.2.1",
        "anonymous@anonymous.invalid",
    ],
)
def test_what_networks_send_for_a_hidden_number_is_anonymous(sent: str) -> None:
    assert parse_caller(sent, "US", field="from") == ANONYMOUS


def test_a_caller_with_a_number_is_that_number() -> None:
    assert parse_caller("(415) 555-0132", "US", field="from") == "+14155550132"
    far = '"Dana Whitfield of Northwind Leads" <sip:%2B14155550132@sbc-3.us-east.example.com;user=phone>;tag=9f2c'
    assert parse_caller(far, "ZZ", field="from") == "+14155550132"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12345", "12345"),
        ("911", "911"),
        ("555-0132", "5550132"),
        ("+1", "+1"),
        ("+1 (415) 555-0132-9999.9999", "+14155550132" + "99999999"),
        ("98765432109876543210", "98765432109876543210"),
        ("١٢٣٤٥", "12345"),
        ("sip:1001@192.0.2.1", "1001"),
        ("<sip:alice.smith@example.com>;tag=1", "alice.smith"),
        ("tel:12345;phone-context=+1", "12345"),
        ("client:alice", "client:alice"),
        ("  Lenny\tthe\n Scammer ", "Lenny the Scammer"),
        ("Len\u202eny", "Lenny"),
        ("#31#", "#31#"),
        ("x" * 255, "x" * 64),
        ("Private number", ANONYMOUS),
        ("OUT OF AREA", ANONYMOUS),
        ("\u200b", ANONYMOUS),
    ],
)
def test_any_other_caller_is_kept_as_the_network_sent_it(sent: str, kept: str) -> None:
    """The call took place, whoever made it."""
    assert parse_caller(sent, "US", field="from") == kept


def test_a_number_that_a_spreadsheet_shortened_is_refused_with_the_reason() -> None:
    for written in ("4.15555E+09", "4,15555e+9", "1E10"):
        with pytest.raises(Invalid, match="spreadsheet") as refused:
            parse_caller(written, "US", field="from")
        assert refused.value.field == "from"


@given(st.text(max_size=300), st.sampled_from(REGIONS))
def test_any_text_is_a_caller_and_what_is_kept_is_kept_again(sent: str, region: str) -> None:
    """Short, visible, in one line, and the same for whoever looks for it later."""
    try:
        caller = parse_caller(sent, region, field="from")
    except Invalid:
        return  # a spreadsheet has shortened it
    assert 1 <= len(caller) <= 64
    assert not has_invisible(caller)


@pytest.mark.parametrize("caller", ["12345", "911", "alice", "98765432109876543210", "+1", ANONYMOUS, "+14155550132"])
def test_callers_are_found_by_what_is_shown_of_them(caller: str) -> None:
    assert parse_sought_caller(shown_number(caller, "US"), "US", field="number") == caller


def test_who_looks_for_a_number_without_its_area_code_is_told() -> None:
    with pytest.raises(Invalid, match="area code"):
        parse_sought_caller("555-0132", "US", field="number")


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+14155550132", "US", "(415) 555-0132"),
        ("+14155550132", "GB", "+1 415-555-0132"),
        ("+442079460018", "GB", "020 7946 0018"),
        ("+442079460018", "US", "+44 20 7946 0018"),
        (ANONYMOUS, "US", "Anonymous"),
        ("odd", "US", "odd"),
    ],
)
def test_numbers_are_shown_as_people_in_the_region_write_them(number: str, region: str, shown: str) -> None:
    assert shown_number(number, region) == shown


def _literals(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
