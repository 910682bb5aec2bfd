"""Links in emails: GET shows what will happen, POST does it, since mail scanners open links too."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from settings_ui.domain.errors import DomainError
from settings_ui.http.errors import refusal
from settings_ui.http.plain_page import SETTINGS, PlainForm, plain_page


@dataclass(frozen=True)
class Question:
    """The question on the page, and the label of its button."""

    title: str
    text: str
    deed: str


@dataclass(frozen=True)
class Outcome:
    """The message on the page afterwards, and the link below it: its label and path."""

    title: str
    text: str
    way_on: tuple[str, str] = SETTINGS


async def answer(
    request: Request, *, ask: Callable[[str], Awaitable[Question]], act: Callable[[str], Awaitable[Outcome]]
) -> Response:
    """Answer a link with 200, or with the status and message of the service's error."""
    try:
        if request.method != "POST":
            token = request.query_params.get("token", "")
            question = await ask(token)
            form = PlainForm(request.url.path, token, question.deed)
            return HTMLResponse(plain_page(question.title, question.text, form=form))
        given = (await request.form(max_files=0, max_fields=4)).get("token", "")
        done = await act(given if isinstance(given, str) else "")
        return HTMLResponse(plain_page(done.title, done.text, way_on=done.way_on))
    except DomainError as error:
        return refusal(request, error, title="This link does not work")
