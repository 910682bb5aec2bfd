"""Relative times in words."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.e2e.browser import open_tab
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import save_first

WORDS = {
    timedelta(seconds=59): "just now",
    timedelta(seconds=60): "1 minute ago",
    timedelta(minutes=59): "59 minutes ago",
    timedelta(minutes=60): "1 hour ago",
    timedelta(hours=23): "23 hours ago",
    timedelta(hours=24): "yesterday",
    timedelta(days=2): "2 days ago",
    timedelta(days=7): "last week",
    timedelta(days=29): "4 weeks ago",
    timedelta(days=30): "last month",
    timedelta(days=364): "12 months ago",
    timedelta(days=365): "last year",
    timedelta(days=800): "2 years ago",
    timedelta(minutes=-1): "in 1 minute",
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
