"""What a page shows first, for the HTML that is drawn on the server: loaded as for a window, but for none."""

from reflex.app import App
from reflex.state import State
from reflex_base.utils.format import json_dumps

from settings_ui.domain.access import Actor
from settings_ui.state.actors import anyone, member
from settings_ui.state.binding import in_thread
from settings_ui.state.loading import fill

NOTHING = ("", "")


async def first_view(app: App, digest: str, path: str, query: str, origin: str) -> tuple[str, str]:
    """Return the vars of the page at this path that differ from the defaults, as JSON, and the business that they
    are of; empty strings if the session's user may not see it."""
    actor = await in_thread(lambda: member(digest, None) or anyone(digest))
    if actor is None:
        return NOTHING
    state = State(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.router_data = state._update_router_vars(
        {"pathname": path, "asPath": f"{path}?{query}", "headers": {"origin": origin}}, {}
    )
    state._clean()  # type: ignore[no-untyped-call]
    if not await fill(app, state, actor):
        return NOTHING
    delta = await state._get_resolved_delta()
    return json_dumps(delta), actor.business_id if isinstance(actor, Actor) else ""
