"""The tabs of the Settings page, one module each, and the search entries of all tabs and pages."""

import functools
from collections.abc import Callable, Mapping

import reflex as rx

from settings_ui.components.search import SearchEntry, collecting
from settings_ui.domain.access import Page, Tab
from settings_ui.pages.business_cards import business_cards
from settings_ui.pages.tabs.api_keys import api_keys
from settings_ui.pages.tabs.billing import billing
from settings_ui.pages.tabs.blocked_callers import blocked_callers
from settings_ui.pages.tabs.payouts import payouts
from settings_ui.pages.tabs.profile import profile
from settings_ui.pages.tabs.qualified_calls import qualified_calls
from settings_ui.pages.tabs.support import support

TABS: Mapping[Tab, Callable[[], rx.Component]] = {
    Tab.PROFILE: profile,
    Tab.BILLING: billing,
    Tab.API_KEYS: api_keys,
    Tab.QUALIFIED_CALLS: qualified_calls,
    Tab.BLOCKED_CALLERS: blocked_callers,
    Tab.SUPPORT: support,
    Tab.PAYOUTS: payouts,
}
PAGES: Mapping[Page, Callable[[], rx.Component]] = {Page.BUSINESS: business_cards}
"""Pages whose cards search finds, like those of tabs."""


@functools.cache
def search_entries() -> list[SearchEntry]:
    """Return all search entries, in the order of tabs and pages and their content."""
    found: list[SearchEntry] = []
    places = [(f"{Page.SETTINGS.path}?tab={tab.slug}", build) for tab, build in TABS.items()]
    for place, build in [*places, *((page.path, build) for page, build in PAGES.items())]:
        with collecting(place) as entries:
            build()
        found += entries.values()
    return found
