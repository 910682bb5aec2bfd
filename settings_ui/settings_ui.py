"""Composition only: the app, its pages and routes, the guard, and background tasks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from reflex_base.event import EventSpec
from starlette.types import ASGIApp

from settings_ui.bootstrap import Services, jobs, seed_demo, services
from settings_ui.collecting import collecting
from settings_ui.components.around import WRAPS
from settings_ui.config import config, refuse_unsafe
from settings_ui.domain import passwords
from settings_ui.domain.access import DESK_PATH, Page
from settings_ui.front_end.renderer import Renderer, bundled
from settings_ui.http.api.front import Api, ApiFirst
from settings_ui.http.app import routes
from settings_ui.http.built_pages import BuiltPages
from settings_ui.http.edge import Edge
from settings_ui.http.filled_pages import Content, FilledPages, Filling
from settings_ui.launch import WEB
from settings_ui.pages.activity import activity
from settings_ui.pages.business import business
from settings_ui.pages.calls import calls
from settings_ui.pages.dashboard import dashboard
from settings_ui.pages.nowhere import nowhere
from settings_ui.pages.numbers import numbers
from settings_ui.pages.settings import settings
from settings_ui.pages.sign_in import forgot_password, reset_password, sign_in, sign_in_link
from settings_ui.pages.staff import staff
from settings_ui.pages.vocabulary import vocabulary
from settings_ui.services.kit import schema
from settings_ui.services.kit.upkeep import writing
from settings_ui.state import live, outage
from settings_ui.state.activity import Activity
from settings_ui.state.business import Business
from settings_ui.state.calls import CallLog
from settings_ui.state.dashboard import Dashboard
from settings_ui.state.desk import Desk
from settings_ui.state.first_view import first_view
from settings_ui.state.guard import Guard
from settings_ui.state.numbers import Numbers
from settings_ui.state.pacing import Paced
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from settings_ui.state.unreadable import ending
from settings_ui.state.vocabulary import Vocabulary
from settings_ui.telemetry import logs, metrics

BUILD = WEB / "build" / "client"
FILLED = [*(page.path for page in Page), DESK_PATH]
"""The pages that the server draws; all others look the same for everybody."""


def on_backend_error(exception: Exception) -> EventSpec | None:
    """Log the error and show it in the window; no event could carry that, since it would not pass the guard."""
    outage.tell(exception)
    return None


class App(rx.App):
    """Reflex's app with the API in front and the edge around everything, including Reflex's outermost layers, and with
    sockets that are read no faster than their events are done."""

    def __post_init__(self) -> None:
        """Set up the app, and put our end of the sockets in place of Reflex's."""
        super().__post_init__()  # type: ignore[no-untyped-call]
        if self.sio is not None and self._event_namespace is not None:
            self._event_namespace = Paced(self._event_namespace.namespace, self)
            self.sio.register_namespace(self._event_namespace)
            self.sio.eio.on("message", ending(self.sio))

    def __call__(self) -> ASGIApp:
        """Return the ASGI app for the server."""
        pages = FilledPages(BuiltPages(super().__call__(), BUILD), BUILD, FILLED, self._filled(), config())
        return ApiFirst(Api(config()), Edge(pages, config(), BUILD))

    def _filled(self) -> Filling:
        script = bundled(WEB)
        renderer = Renderer(script) if script.is_file() else None

        async def fill(path: str, query: str, digest: str) -> Content | None:
            if renderer is None:
                return None
            state, home = await first_view(self, digest, path, query, config().origin)
            search = f"?{query}" if query else ""
            return Content(await renderer.draw(path, search, state), state, home) if state else None

        return fill


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Refuse an unsafe configuration, migrate the database, then run jobs, deliver topics and flush counts."""
    refuse_unsafe(config())
    logs.configure(config().log_format)
    await asyncio.to_thread(prepare)
    ours = services()
    try:
        async with (
            collecting(),
            metrics.sampling(lambda: measure(ours)),
            live.delivering(app, Shell.look_again, Desk.open),
            writing(
                {
                    "counts of API requests": ours.api_keys.check.write_counts,
                    "stopped calls": ours.calls.late_stops.write,
                }
            ),
            ours.jobs.running(jobs(ours)),
        ):
            yield
    finally:
        ours.calls.late_stops.give_up()
        ours.database.close()


def measure(ours: Services) -> None:
    """Set the gauges that only this process knows."""
    metrics.windows.set(len(app.event_namespace.token_to_sid) if app.event_namespace else 0)
    metrics.stops_waiting.set(len(ours.calls.late_stops))
    for state, count in ours.database.connections().items():
        metrics.connections.labels(state).set(count)


def prepare() -> None:
    """Migrate, seed the demo if enabled, and compute the first slow hash."""
    schema.upgrade(services().database)
    if config().demo:
        seed_demo(services())
    passwords.warm()


app = App(
    stylesheets=["/switchboard.css"],
    html_lang="en",
    toaster=None,
    app_wraps=WRAPS,
    backend_exception_handler=on_backend_error,
    api_transformer=routes(),
    head_components=[
        rx.el.link(rel="icon", href="/favicon.ico"),  # a browser takes 7 ms to draw an SVG
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1"),
    ],
)
app.add_page(sign_in, route="/sign-in", title="Sign in · Switchboard")
app.add_page(sign_in_link, route="/sign-in-link", title="Sign-in link · Switchboard")
app.add_page(forgot_password, route="/forgot-password", title="Reset your password · Switchboard")
app.add_page(reset_password, route="/reset-password", title="Set a new password · Switchboard")
# One React component each: Reflex would make one of every expression, and create the elements of all that is closed.
app.add_page(rx.memo(dashboard), route="/dashboard", title="Dashboard · Switchboard", on_load=Dashboard.open)
app.add_page(rx.memo(calls), route="/calls", title="Calls · Switchboard", on_load=CallLog.open)
app.add_page(rx.memo(numbers), route="/numbers", title="Numbers · Switchboard", on_load=Numbers.open)
app.add_page(rx.memo(business), route="/business", title="Business · Switchboard", on_load=Business.open)
app.add_page(rx.memo(activity), route="/activity", title="Activity · Switchboard", on_load=Activity.open)
app.add_page(rx.memo(settings), route="/settings", title="Settings · Switchboard", on_load=Settings.open)
app.add_page(rx.memo(staff), route="/staff", title="Staff desk · Switchboard", on_load=Desk.open)
app.add_page(nowhere, route="404", title="Page not found · Switchboard")
if config().demo:
    app.add_page(rx.memo(vocabulary), route="/vocabulary", title="Vocabulary · Switchboard", on_load=Vocabulary.open)
app.add_middleware(Guard(), index=0)
app.register_lifespan_task(running)
