"""Answers to events that the guard refuses."""

from urllib.parse import quote

from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from settings_ui.domain.access import DESK_PATH, Person, StaffActor
from settings_ui.state.actors import anyone
from settings_ui.state.binding import Binding, delta, in_thread
from settings_ui.state.shell import Shell


def deny(actor: Person) -> StateUpdate:
    """Tell a member the reason; redirect staff to their desk."""
    if isinstance(actor, StaffActor):
        return _shows(away=DESK_PATH)
    return StateUpdate(events=Event.from_event_type(Shell.denied))


async def send_away(state: BaseState, digest: str) -> StateUpdate:
    """Redirect with a full load: to the same URL if the session is valid elsewhere, else to the sign-in page."""
    here = state.router.url
    path = f"{here.path}?{here.query}" if here.query else here.path
    elsewhere = await in_thread(lambda: anyone(digest))
    url = "/" + path.lstrip("/\\") if elsewhere else f"/sign-in?next={quote(path, safe='')}"
    return _shows(away=url)


async def unavailable(state: BaseState, message: str) -> StateUpdate:
    """Answer with a banner only; an event cannot carry it, since that would have to pass the guard too."""
    (await state.get_state(Binding)).outage = message
    return _shows(outage=message)


def _shows(**values: str) -> StateUpdate:
    return StateUpdate(delta=delta(**values))
