"""The whole sandbox: the API, the pages and the control, behind checks of Host and Origin."""

import re
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

from sandbox import html, invoices, pages, papers
from sandbox.api import Api
from sandbox.catalogue import seed
from sandbox.control import Control
from sandbox.errors import Refused
from sandbox.renewals import catch_up
from sandbox.web import Request, Response
from sandbox.world import World

PAGES: list[tuple[re.Pattern[str], Callable[[World, Request, str], Response]]] = [
    (re.compile(r"/checkout/([\w-]+)\Z"), pages.checkout_page),
    (re.compile(r"/checkout/([\w-]+)/authenticate\Z"), pages.authenticate_checkout),
    (re.compile(r"/authenticate/([\w-]+)\Z"), pages.authenticate_intent),
    (re.compile(r"/invoices/([\w-]+)\Z"), papers.invoice_page),
    (re.compile(r"/invoices/([\w-]+)/pdf\Z"), papers.invoice_pdf),
    (re.compile(r"/receipts/([\w-]+)\Z"), papers.receipt_page),
]
HOSTS = ("127.0.0.1", "localhost")


class Sandbox:
    """Answers requests; calling the instance is thread-safe."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._api = Api(world)
        self._control = Control(world)
        world.when_paid = lambda intent: invoices.when_paid(world, intent)
        with world.lock:
            seed(world)
            world.commit()

    def __call__(self, request: Request) -> Response:
        """Answer; raises Cut if a fault closes the connection."""
        if _host(request.headers.get("host", "")) not in HOSTS:
            return Response(421, b"The sandbox answers at 127.0.0.1 and localhost only.")
        if request.path.startswith("/v1/"):
            return self._api.answer(request)
        if request.method == "POST" and not _same_origin(request):
            return Response(403, b"The request came from another site.")
        if request.path == "/sandbox.css":
            return Response(200, html.STYLE, {"Content-Type": "text/css; charset=utf-8"})
        with self._world.lock:
            try:
                answer = self._page(request)
                self._world.commit()
                return answer
            except Refused as refused:
                self._world.rollback()
                return html.gone(str(refused))
            except Exception:
                self._world.rollback()
                traceback.print_exc()
                return html.page(
                    "Something went wrong",
                    html.Markup("<section><p>See the log for details.</p></section>"),
                    status=500,
                )

    def _page(self, request: Request) -> Response:
        if request.path == "/":
            return html.redirect("/_sandbox")
        if request.path == "/_sandbox" or request.path.startswith("/_sandbox/"):
            return self._control.answer(request)
        catch_up(self._world)
        self._world.commit()
        for path, answers in PAGES:
            if match := path.match(request.path):
                return answers(self._world, request, match[1])
        return html.gone("This page does not exist.")


def _host(header: str) -> str:
    return header.rpartition(":")[0] if re.search(r":[0-9]+\Z", header) else header


def _same_origin(request: Request) -> bool:
    """Whether a POST comes from our own pages, or from a program, which sends no Origin."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or (urlsplit(origin).scheme == "http" and urlsplit(origin).netloc == request.headers["host"])
