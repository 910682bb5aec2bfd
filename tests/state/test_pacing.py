"""Backpressure on a socket that sends events faster than they are handled."""

import asyncio

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import User
from settings_ui.settings_ui import app
from settings_ui.state.pacing import MOST_WAITING, Paced
from settings_ui.state.profile import Profile
from tests.state.people import People
from tests.state.pipeline import Pipeline, name_of

FLOOD = 4 * MOST_WAITING
A_WHILE = 200
"""Turns of the event loop: each event that is not held back takes a few."""


async def test_no_more_events_of_a_window_wait_than_there_is_room_for(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """Regardless of how many are sent; all of them are handled in the end, in order."""
    person = people.member(Role.PUBLISHER)
    window = await pipeline.window(person.cookie)
    taken, full = 0, asyncio.Event()

    async def flood() -> None:
        nonlocal taken
        for n in range(FLOOD):
            router = {"pathname": "/settings", "asPath": "/settings", "query": {}}
            event = {"name": name_of(Profile.rename), "payload": {"form": {"name": f"Pat {n}"}}, "router_data": router}
            await pipeline.event_namespace.on_event(window.sid, event)
            taken += 1
            if taken == MOST_WAITING:
                full.set()

    with services.database.write():  # blocks every rename meanwhile
        sending = asyncio.create_task(flood())
        await full.wait()
        for _ in range(A_WHILE):
            await asyncio.sleep(0)
        assert taken <= MOST_WAITING
    await sending
    await pipeline.settle()
    with services.database.read() as session:
        assert session.get_one(User, person.user_id).name == f"Pat {FLOOD - 1}"


def test_the_apps_own_sockets_are_paced() -> None:
    assert isinstance(app.event_namespace, Paced)
    assert app.sio.namespace_handlers["/_event"] is app.event_namespace
