"""Loading a window: it is bound to a session and a business, and filled with its page's data."""

from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from settings_ui.domain.access import Actor, Capability, Person, StaffActor
from settings_ui.domain.ids import new_id
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.services.support.thread import DESK_TOPIC
from settings_ui.state import live, outage
from settings_ui.state.actors import actor_of, anyone, member, rights_of
from settings_ui.state.binding import Binding, admit, in_thread
from settings_ui.state.desk import Desk
from settings_ui.state.shell import Shell
from settings_ui.state.turned_away import deny, send_away

LOST = "The connection to this page was lost, so it was reloaded. Check whether your last click took effect."


async def load(app: App, state: BaseState, binding: Binding, digest: str) -> None:
    """Bind a window that connects, load its page's data, and report an event that was lost before."""
    actor = await _bind(state, binding, digest)
    binding._fresh = str(state.router.url) if actor and await fill(app, state, actor) else ""
    if actor and binding._lost:
        binding._lost = False
        await _say_lost(state, actor)


async def _bind(state: BaseState, binding: Binding, digest: str) -> Person | None:
    """Bind a window that loads, emptying it if it belonged to another session or business, or was filled with other
    rights. Return its binding."""
    business = binding._business if binding._session == digest else None
    lost = binding._lost
    actor = await in_thread(lambda: member(digest, business or None) or anyone(digest))
    home = actor.business_id if isinstance(actor, Actor) else ""
    seat = f"{digest}:{home}" if actor else ""
    rights = rights_of(actor)
    if binding.load and (binding._filled_for, binding._filled_as) != (seat, rights):  # a new state is empty already
        state.reset()  # type: ignore[no-untyped-call]
    await _take_toasts_away(state, binding)
    binding._session = digest if actor else ""
    binding._business = home
    binding._filled_for, binding._filled_as = seat, rights
    binding.away = ""
    binding.load = binding._visit = new_id("load")
    binding._lost = lost
    window = state.router.session
    if actor:
        shows = {user_topic(actor.user_id), business_topic(home) if home else DESK_TOPIC}
        live.note(window.client_token, window.session_id, shows, at_desk=not home)
    else:
        live.forget(window.client_token)
    return actor


async def _take_toasts_away(state: BaseState, binding: Binding) -> None:
    """A toast is about what was just done in the page that showed it, so a page that is loaded again has none."""
    if binding.load:
        for frame in (Shell, Desk):
            (await state.get_state(frame)).toasts = []


async def fill(app: App, state: BaseState, actor: Person) -> bool:
    """Load the page at the URL into the state; return False, with nothing loaded, if they may not see it.

    A window that connects gets its data in the snapshot: one answer instead of four. After a restart the state of a
    reconnecting window is empty; sending it like that would remove the forms and what was typed in them.
    """
    admit(actor)
    loads = [Event.from_event_type(load)[0].name for load in app.get_load_events(state.router.url.path)]
    handlers = [RegistrationContext.get().event_handlers[name] for name in loads]
    required: list[Capability | None] = [getattr(handler.states[0], "_requires", None) for handler in handlers]
    if not all(one is not None and actor.may(one) for one in required):
        return False
    for handler in handlers:
        await handler.handler.fn(await state.get_state(handler.states[0]))
    return True


async def load_page(app: App, state: BaseState, binding: Binding, digest: str) -> StateUpdate | None:
    """Answer a navigation with the page's data in one delta, where Reflex would send three. None lets Reflex continue
    and be refused."""
    actor = await actor_of(binding, digest)
    if actor is None or binding._filled_for != binding._seat():
        return None
    if not binding._fresh:  # not the second part of a load
        binding._visit = new_id("visit")
    if binding._fresh != str(state.router.url) and not await fill(app, state, actor):
        return deny(actor)
    binding._fresh = ""
    await outage.take_back(state, binding)
    root = state._get_root_state()
    root.is_hydrated = True
    delta = await root._get_resolved_delta()
    root._clean()  # type: ignore[no-untyped-call]
    return StateUpdate(delta=delta)


async def load_first(state: BaseState, binding: Binding, digest: str) -> StateUpdate:
    """Answer a window whose state was lost, because Redis was reset or it expired: the page stays, with what was
    typed, and loads again. The requested event is dropped, since its business is no longer known."""
    if not digest:  # a live update: nothing was clicked, and only the window itself can identify its user
        await EventContext.get().emit_event(Event(name=outage.LOAD))
        return StateUpdate()
    if not await in_thread(lambda: anyone(digest)):
        return await send_away(state, digest)
    binding._lost = True
    return StateUpdate(events=[Event(name=outage.LOAD)])


async def _say_lost(state: BaseState, actor: Person) -> None:
    if isinstance(actor, StaffActor):
        await (await state.get_state(Desk))._complain(LOST)
    else:
        (await state.get_state(Shell))._toast(LOST, kind="bad")
