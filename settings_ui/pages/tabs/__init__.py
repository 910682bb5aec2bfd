"""The tabs of the Settings page, one module each."""

import functools
from collections.abc import Callable, Mapping

import reflex as rx

from settings_ui.components.search import SearchEntry, collecting
from settings_ui.domain.access import Tab
from settings_ui.pages.tabs.api_keys import api_keys
from settings_ui.pages.tabs.blocked_callers import blocked_callers
from settings_ui.pages.tabs.payouts import payouts
from settings_ui.pages.tabs.profile import profile
from settings_ui.pages.tabs.qualified_calls import qualified_calls

TABS: Mapping[Tab, Callable[[], rx.Component]] = {
    Tab.PROFILE: profile,
    Tab.API_KEYS: api_keys,
    Tab.QUALIFIED_CALLS: qualified_calls,
    Tab.BLOCKED_CALLERS: blocked_callers,
    Tab.PAYOUTS: payouts,
}


@functools.cache
def search_entries() -> list[SearchEntry]:
    """Return all that can be found in Settings, in the order of the tabs and of what is in them."""
    found: list[SearchEntry] = []
    for tab, build in TABS.items():
        with collecting(tab.slug) as entries:
            build()
        found += entries.values()
    return found
