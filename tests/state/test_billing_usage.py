"""What the Billing tab shows about auto-recharge and how long the balance lasts."""

from datetime import timedelta
from typing import Any

import pytest

from settings_ui.domain.access import Role
from settings_ui.domain.rates import UsageKind
from settings_ui.models import BillingSettings, LedgerBalance, UsageDay
from settings_ui.state.billing_usage import BillingUsage
from tests.state.billing.windows import opened
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline
from tests.support import START

DECLINED = "Visa •••• 4242: The card was declined."


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


async def shown(pipeline: Pipeline, owner: Person, *rows: Any) -> dict[str, Any]:
    """Return what the tab shows once these rows exist."""
    with pipeline.services.database.write() as session:
        session.add_all(rows)
    return (await opened(pipeline, owner)).shows(BillingUsage)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"recharge": True}, ""),
        ({"recharge": True, "amount_cents": 5_000, "cap_cents": 4_999}, "The monthly cap is reached."),
        ({"recharge": True, "amount_cents": 5_000, "cap_cents": 5_000}, ""),
        (
            {"recharge": True, "problem": DECLINED, "paused_until": START + timedelta(hours=1)},
            f"The last recharge failed. {DECLINED} We will try again on 4 March 2026, 13:00",
        ),
        (
            {"recharge": True, "problem": DECLINED, "paused_until": START - timedelta(hours=1)},
            f"The last recharge failed. {DECLINED} We will try again once the balance is below the threshold.",
        ),
        ({"problem": DECLINED}, f"Turned off after several failed charges. {DECLINED}"),
    ],
)
async def test_the_card_says_why_nothing_is_recharged(
    pipeline: Pipeline, owner: Person, settings: dict[str, Any], says: str
) -> None:
    trouble = (await shown(pipeline, owner, BillingSettings(business_id=owner.business_id, **settings)))["trouble"]
    assert trouble.startswith(says)
    assert bool(trouble) == bool(says)


@pytest.mark.parametrize(("cents", "says"), [(0, ""), (1_250, "12.50")])
async def test_the_form_shows_the_alert_level_only_where_there_is_one(
    pipeline: Pipeline, owner: Person, cents: int, says: str
) -> None:
    settings = BillingSettings(business_id=owner.business_id, alert_cents=cents)
    assert (await shown(pipeline, owner, settings))["alert_level"] == says


@pytest.mark.parametrize(
    ("balance", "recharge", "says"),
    [
        (20_000_000, False, "At this pace it lasts until 14 March 2026."),
        (35_000_000, True, "At this pace the next recharge of $100.00 is on 9 March 2026."),
        (7_300_000_000, False, "At this pace it lasts until 1 March 2036."),
        (7_302_000_000, False, ""),
        (9_000_000_000, True, ""),
    ],
)
async def test_a_date_is_said_for_up_to_ten_years(
    pipeline: Pipeline, owner: Person, balance: int, recharge: bool, says: str
) -> None:
    """At $2.00 a day, with auto-recharge below $25.00."""
    business = owner.business_id
    used = [
        UsageDay(business_id=business, day=START.date() - timedelta(days=ago), kind=UsageKind.CALL, micros=2_000_000)
        for ago in (1, 2, 3)
    ]
    settings = BillingSettings(business_id=business, recharge=recharge)
    money = LedgerBalance(business_id=business, currency="USD", balance_micros=balance)
    assert (await shown(pipeline, owner, settings, money, *used))["runway"] == says


async def test_a_bar_has_minutes_below_and_all_else_above(pipeline: Pipeline, owner: Person) -> None:
    business, today = owner.business_id, START.date()
    used = [
        UsageDay(business_id=business, day=today, kind=kind, quantity=60, micros=micros)
        for kind, micros in (
            (UsageKind.LOCAL_MINUTE, 45_000),
            (UsageKind.TOLL_FREE_MINUTE, 65_000),
            (UsageKind.CALL, 10_000),
        )
    ]
    bars = (await shown(pipeline, owner, *used))["bars"]
    assert (bars[-1]["first"], bars[-1]["second"]) == (110_000, 10_000)
    assert bars[-1]["cells"] == ["$0.12", "$0.11"]


async def test_a_window_that_was_not_told_in_time_brings_no_limit_back(pipeline: Pipeline, owner: Person) -> None:
    """Someone else lowered the cap after this form was filled: that is said, and the next save is a decision."""
    business = owner.business_id
    with pipeline.services.database.write() as session:
        session.add(BillingSettings(business_id=business, amount_cents=5_000, cap_cents=50_000))
    window = await opened(pipeline, owner)
    with pipeline.services.database.write() as session:
        session.get_one(BillingSettings, business).cap_cents = 10_000
    form = {"threshold": "20", "amount": "50", "cap": "500", "alert_level": ""}
    await window.emit(BillingUsage.save_recharge, form=form)
    assert "changed in the meantime" in "".join(window.shows(BillingUsage)["errors"].values())
    assert window.shows(BillingUsage)["cap"] == "100.00", "the field shows it, unless something was typed there"
    await window.emit(BillingUsage.save_recharge, form=form)
    assert (window.shows(BillingUsage)["errors"], window.shows(BillingUsage)["cap"]) == ({}, "500.00")
