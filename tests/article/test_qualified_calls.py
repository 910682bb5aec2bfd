"""Qualified Calls: one threshold, applied everywhere."""

import datetime as dt
import uuid

import httpx
from playwright.sync_api import Page, expect

from tests.article.test_api_keys import KEYS, bearer, create
from tests.e2e.browser import card
from tests.e2e.fixtures import PageOf
from tests.e2e.server import Server

TAB = "/settings?tab=qualified-calls"
LINE = "+12125550110"


def test_one_threshold_rules_dashboard_log_and_reports(page_of: PageOf, server: Server) -> None:
    """Once saved, it applies to past calls too, and all three agree."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "Reports")
    before = report(server, key)
    page.goto(TAB)
    save(page, "120")
    after = report(server, key)
    assert sum(day["qualified"] for day in after) < sum(day["qualified"] for day in before)

    page.goto("/dashboard?days=30")
    shown = page.locator("dl.stats div", has_text="Qualified, 120 s or more").locator("b")
    expect(shown).to_have_text(f"{sum(day['qualified'] for day in after):,}")
    page.goto("/calls?period=30")
    qualified = sum(day["qualified"] for day in after)
    expect(page.get_by_text(f"{qualified:,} qualified")).to_be_visible()
    page.goto("/calls?period=all&qualified=no&status=completed")
    expect(page.get_by_role("table", name="Calls").get_by_text("under 120 s").first).to_be_visible()
    assert business(server, key)["threshold_s"] == 120


def test_90_and_90s_both_mean_ninety_seconds(page_of: PageOf, server: Server) -> None:
    """As do 90 s and 1:30."""
    page = page_of("manager@example.com", path=TAB)
    for written in ("90", "90s", "90 s", "1:30"):
        save(page, "60")
        save(page, written)
        expect(page.get_by_label("Seconds", exact=True)).to_have_value("90")
        expect(card(page, "Duration threshold")).to_contain_text("A completed call of 90 seconds or longer")
    for wrong, why in (("0", "Choose 1 to 7,200 seconds"), ("1.5", "Enter whole seconds"), ("", "Enter a number of")):
        page.get_by_label("Seconds", exact=True).fill(wrong)
        card(page, "Duration threshold").get_by_role("button", name="Save").click()
        expect(card(page, "Duration threshold").get_by_role("alert").filter(has_text=why)).to_be_visible()


def test_89_does_not_and_90_does_qualify(page_of: PageOf, server: Server) -> None:
    """A call at the threshold qualifies; one second less does not."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "Dialer")
    calls = {seconds: record(server, key, seconds) for seconds in (89, 90, 91)}
    assert {seconds: call["qualified"] for seconds, call in calls.items()} == {89: False, 90: True, 91: True}
    page.goto("/calls?number=%2B13125550190")
    results = page.get_by_role("table", name="Calls")
    expect(results.get_by_text("Qualified", exact=True)).to_have_count(2)
    expect(results.get_by_text("89 s, under 90 s")).to_have_count(1)


def save(page: Page, seconds: str) -> None:
    """Save a threshold and wait until it is in effect."""
    threshold = card(page, "Duration threshold")
    page.get_by_label("Seconds", exact=True).fill(seconds)
    threshold.get_by_role("button", name="Save").click()
    expect(threshold.get_by_text("Saved", exact=True)).to_be_visible()


def report(server: Server, key: str) -> list[dict[str, int]]:
    answer = httpx.get(f"{server.origin}/api/v1/reports/qualified", params={"group_by": "day"}, headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def business(server: Server, key: str) -> dict[str, int]:
    return httpx.get(f"{server.origin}/api/v1/business", headers=bearer(key)).json()["data"]  # type: ignore[no-any-return]


def record(server: Server, key: str, seconds: int) -> dict[str, bool]:
    """Report a completed call."""
    call = {
        "id": uuid.uuid4().hex,
        "from": "+13125550190",
        "to": LINE,
        "started_at": dt.datetime.now(dt.UTC).isoformat(),
        "duration_s": seconds,
        "status": "completed",
    }
    answer = httpx.post(f"{server.origin}/api/v1/calls", json=call, headers=bearer(key))
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]
