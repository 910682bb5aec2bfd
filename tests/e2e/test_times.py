"""Relative times in words."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.e2e.browser import open_tab
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import save_first
from tests.e2e.tickets import SUPPORT, create_ticket

WORDS = {
    timedelta(seconds=59): "just now",
    timedelta(seconds=60): "1 minute ago",
    timedelta(minutes=59): "59 minutes ago",
    timedelta(minutes=59, seconds=29): "59 minutes ago",
    timedelta(minutes=59, seconds=31): "1 hour ago",
    timedelta(minutes=60): "1 hour ago",
    timedelta(hours=23, minutes=29): "23 hours ago",
    timedelta(hours=23, minutes=59): "yesterday",
    timedelta(hours=24): "yesterday",
    timedelta(days=2): "2 days ago",
    timedelta(days=6, hours=11): "6 days ago",
    timedelta(days=6, hours=13): "last week",
    timedelta(days=7): "last week",
    timedelta(days=29): "4 weeks ago",
    timedelta(days=32): "last month",
    timedelta(days=349): "11 months ago",
    timedelta(days=350): "last year",
    timedelta(days=365): "last year",
    timedelta(days=800): "2 years ago",
    timedelta(seconds=-30): "just now",
    timedelta(minutes=-1): "in 1 minute",
    timedelta(minutes=-59, seconds=-40): "in 1 hour",
    timedelta(hours=-30): "tomorrow",
    timedelta(days=-8): "next week",
    timedelta(days=-3 * 365): "in 3 years",
}


def test_a_moment_is_said_in_words(page_of: PageOf) -> None:
    page = page_of(path="/settings?tab=payouts")
    save_first(page)
    shown = page.locator("time").first
    moment = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    for after, words in WORDS.items():
        page.clock.set_fixed_time(moment + after)
        open_tab(page, "Profile")
        open_tab(page, "Payouts")
        expect(shown).to_have_text(words)


def test_what_has_begun_just_now_has_lasted_less_than_a_minute(page_of: PageOf) -> None:
    """It is part of a sentence: "Waiting for support for less than a minute"."""
    page = page_of("manager@example.com", path=SUPPORT)
    create_ticket(page, "No sound", "Callers hear nothing.")
    page.get_by_role("link", name="All tickets").click()
    row = page.get_by_role("row").filter(has_text="No sound")
    expect(row).to_contain_text("Waiting for support for less than a minute")
