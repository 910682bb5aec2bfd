"""What a page's HTML carries is what its window is sent: the same vars, and nothing of anybody else's."""

import asyncio
import json
from typing import Any

import pytest
from reflex.state import State
from reflex_base.utils.format import json_dumps

from settings_ui.domain.access import DESK_PATH, Page, Role, Tab
from settings_ui.services.account.access import token_digest
from settings_ui.settings_ui import app
from settings_ui.state.api_keys import ApiKeys
from settings_ui.state.binding import Binding
from settings_ui.state.desk import Desk
from settings_ui.state.first_view import first_view
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from tests.state.people import People
from tests.state.pipeline import Pipeline, merged
from tests.support import add_business, join

ORIGIN = "http://localhost:8000"
ADDRESSES = [
    *(page.path for page in Page),
    *(f"{Page.SETTINGS.path}?tab={tab.slug}" for tab in Tab),
    "/settings?tab=no",
]
Vars = dict[str, dict[str, Any]]
"""Name of a state -> name of a var -> value."""


async def carried(cookie: str, address: str = "/settings") -> Vars:
    """Return what a page at this address carries for a browser with this cookie."""
    path, _, query = address.partition("?")
    state, _business = await first_view(app, token_digest(cookie), path, query, ORIGIN)
    return json.loads(state) if state else {}


def completed(given: Vars) -> Vars:
    """Return what a browser that has the compiled defaults then shows of our states; not of the window itself."""
    defaults: Vars = json.loads(json_dumps(State(_reflex_internal_init=True).dict(initial=True)))
    ours = [name for name in defaults if ".settings_ui" in name and name != Binding.get_full_name()]
    return {name: defaults[name] | given.get(name, {}) for name in ours}


def sent(messages: list[str]) -> Vars:
    """Return what these messages show, together."""
    shown: Vars = {}
    for message in messages:
        for name, given in (json.loads(message).get("delta") or {}).items():
            shown.setdefault(name, {}).update(given)
    return shown


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", list(Role))
async def test_a_page_carries_what_its_window_is_sent(
    people: People, pipeline: Pipeline, role: Role, address: str
) -> None:
    person = people.member(role)
    given = await carried(person.cookie, address)
    window = await pipeline.window(person.cookie, address)
    assert bool(given) == bool(window.shows(Shell)["loaded"])
    assert completed(given) == completed(sent(window.sent))


async def test_the_staff_desk_is_carried_for_staff_alone(people: People, pipeline: Pipeline) -> None:
    given = await carried(people.staff(), DESK_PATH)
    assert given[Desk.get_full_name()]
    assert not await carried(people.member(Role.OWNER).cookie, DESK_PATH)
    assert not await carried(people.staff(), "/settings")


async def test_a_tab_of_others_is_not_carried(people: People, pipeline: Pipeline) -> None:
    given = await carried(people.member(Role.PUBLISHER).cookie, "/settings?tab=api-keys")
    assert ApiKeys.get_full_name() not in given
    assert "API Keys is for" in json.dumps(given[Settings.get_full_name()])


async def test_nothing_is_carried_without_a_session(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    assert not await carried("no such session, but as long as one")
    assert await carried(owner.cookie)
    pipeline.services.account.sign_in.sign_out(owner.cookie)
    assert not await carried(owner.cookie)


async def test_pages_that_are_loaded_at_the_same_time_carry_each_their_own(people: People, pipeline: Pipeline) -> None:
    cookies = [people.member(role).cookie for role in (*Role, *Role)]
    alone = [await carried(cookie) for cookie in cookies]
    assert await asyncio.gather(*(carried(cookie) for cookie in cookies)) == alone
    assert len({json.dumps(given) for given in alone}) == len(cookies)


async def test_a_page_names_the_business_that_it_carries(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    other = add_business(pipeline.services)
    join(pipeline.services, owner.user_id, other, Role.VIEWER)
    for business in (other, owner.business_id):
        actor = pipeline.services.account.access.actor(token_digest(owner.cookie), None)
        assert actor
        pipeline.services.business.shell.switch(actor, business)
        state, named = await first_view(app, token_digest(owner.cookie), "/settings", "", ORIGIN)
        assert named == business
        assert json.loads(state)[Shell.get_full_name()]


async def test_no_window_is_bound_by_a_page_that_was_only_sent(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    assert Binding.get_full_name() not in await carried(owner.cookie)
    window = await pipeline.window(owner.cookie)
    assert merged(window.sent[:1], Binding)["load"]
