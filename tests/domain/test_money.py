"""Money as people write and read it."""

import pytest

from settings_ui.domain.errors import Invalid
from settings_ui.domain.money import Money, parse_cents, shown_rate


@pytest.mark.parametrize(
    ("micros", "shown", "full", "exact"),
    [
        (0, "$0.00", "$0.00", "0.00"),
        (1_234_560_000, "$1,234.56", "$1,234.56", "1234.56"),
        (1_234_569_999, "$1,234.56", "$1,234.569999", "1234.569999"),
        (9_999, "$0.00", "$0.009999", "0.009999"),
        (-9_999, "−$0.01", "−$0.009999", "-0.009999"),
        (-12_500_000, "−$12.50", "−$12.50", "-12.50"),
    ],
)
def test_an_amount_is_shown_in_whole_cents_and_never_as_more_than_it_is(
    micros: int, shown: str, full: str, exact: str
) -> None:
    """The full and the exact amount are available as well."""
    money = Money(micros, "USD")
    assert (str(money), money.full, money.exact) == (shown, full, exact)


def test_a_currency_without_a_sign_of_its_own_is_named() -> None:
    assert str(Money.of_cents(2500, "SEK")) == "SEK 25.00"
    assert str(Money.of_cents(2500, "EUR")) == "€25.00"


def test_a_rate_has_four_decimals_or_as_many_as_it_needs() -> None:
    assert shown_rate(12_500, "USD") == "$0.0125"
    assert shown_rate(12_345, "USD") == "$0.012345"
    assert shown_rate(3_000_000, "USD") == "$3.0000"


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("25", 2500),
        (" $25 ", 2500),
        ("25.5", 2550),
        ("25.50", 2550),
        ("25.5000", 2550),
        ("1,250", 125_000),
        ("$1,250.05", 125_005),
        ("USD 25", 2500),
        ("25 USD", 2500),
        ("10", 1000),
        ("5000", 500_000),
    ],
)
def test_an_amount_is_read_as_it_is_written(written: str, cents: int) -> None:
    assert parse_cents(written, "USD", least=1000, most=500_000, field="amount") == cents


@pytest.mark.parametrize(
    "written",
    ["", "0", "-25", "−25", "NaN", "inf", "1e3", "1e309", "25.001", "9.99", "5000.01", "1,00", "25,00", "２５", "25 25",
     "$", "€25", "25.", ".5", "0x19", "25\x00", "9" * 400],
)  # fmt: skip
def test_what_is_no_amount_or_out_of_bounds_is_refused_at_its_field(written: str) -> None:
    """Not a number, not finite, a fraction of a cent, or a decimal comma that could be a thousands separator."""
    with pytest.raises(Invalid) as refused:
        parse_cents(written, "USD", least=1000, most=500_000, field="amount")
    assert refused.value.field == "amount"
