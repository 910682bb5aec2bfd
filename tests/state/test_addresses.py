"""What an event says about its page: all of it is kept with the window's state, so it is little."""

import pickle
from typing import Any

import pytest
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from settings_ui.domain.access import Role
from settings_ui.state.addresses import LONGEST
from settings_ui.state.settings import Settings
from tests.state.people import People
from tests.state.pipeline import Pipeline, Window

HYDRATE = "reflex___state____state.hydrate_and_load"
ROOM = 20_000
"""Bytes by which a state may grow, for an address that is kept in several forms."""


async def size(window: Window) -> int:
    """Return the size of everything kept about where the window is."""
    state = await window.pipeline.state_manager.get_state(BaseStateToken(ident=window.token, cls=State))
    return len(pickle.dumps(state.router_data)) + len(str(state.router.url)) + len(str(state.rx_router_page))


async def say(window: Window, router: Any) -> None:
    """Send what a page sends when it connects, with this about itself."""
    event = {"name": HYDRATE, "payload": {}, "router_data": router}
    await window.pipeline.event_namespace.on_event(window.sid, event)
    await window.pipeline.settle()


HERE: dict[str, Any] = {"pathname": "/sign-in", "asPath": "/sign-in"}
LONG = "x" * 60_000


@pytest.mark.parametrize(
    "router",
    [
        HERE | {"more": LONG},
        HERE | {"query": {"next": LONG}},
        HERE | {"query": {LONG: "1"}},
        {"pathname": "/sign-in", "asPath": f"/sign-in?next={LONG}"},
        {"pathname": LONG, "asPath": LONG},
        {"pathname": "/sign-in", "asPath": [LONG]},
        {"pathname": "/sign-in", "asPath": {"a": LONG}},
    ],
    ids=["another name", "a query", "a name in a query", "a long query", "a long path", "a list", "a table"],
)
async def test_a_window_keeps_little_of_what_it_says_about_its_page(pipeline: Pipeline, router: Any) -> None:
    window = await pipeline.window(None, "/sign-in")
    before = await size(window)
    await say(window, router)
    assert await size(window) < before + ROOM


async def test_however_many_names_it_says_it_by(pipeline: Pipeline) -> None:
    """Reflex keeps what was said before beside what is new: each event would add its own."""
    window = await pipeline.window(None, "/sign-in")
    before = await size(window)
    for number in range(50):
        await say(window, HERE | {f"name-{number}": "x" * 1000})
    assert await size(window) < before + ROOM


async def test_an_address_that_is_too_long_is_read_up_to_there(pipeline: Pipeline, people: People) -> None:
    """Whoever made the link, the page shows something."""
    cookie = people.member(Role.OWNER).cookie
    slug = "&tab=api-keys"
    for length, tab in ((LONGEST, "api-keys"), (LONGEST + len(slug), "profile")):
        start = "/settings?more="
        window = await pipeline.window(cookie, start + "x" * (length - len(start + slug)) + slug)
        assert window.shows(Settings)["tab"] == tab


@pytest.mark.parametrize("event", ['{"name": "a-secret"}', ["a-secret"], 7, None, "a-secret"], ids=repr)
async def test_what_is_no_event_is_refused_without_a_word_of_it(
    pipeline: Pipeline, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    window = await pipeline.window(None, "/sign-in")
    await pipeline.event_namespace.on_event(window.sid, event)
    assert "refused" in caplog.text
    assert "a-secret" not in caplog.text
