"""What every route checks before its endpoint is called, in this order: key, limit, right, URL, body."""

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.http.api.admission import admit
from settings_ui.http.api.answers import Failed, error, request_id
from settings_ui.http.api.bodies import read_json
from settings_ui.http.api.invalid import invalid, shown_name
from settings_ui.services.api_keys.check import Caller

log = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
MOST_PARAMETERS = 50


class Guarded(APIRoute):
    """A route whose endpoint sees only requests that passed all checks."""

    def get_route_handler(self) -> Handler:
        """Return FastAPI's handler with ours around it."""
        inner = super().get_route_handler()
        needed: Capability = self.endpoint.needs  # type: ignore[attr-defined]
        takes_query = bool(self.dependant.query_params)

        async def handle(request: Request) -> Response:
            services: Services = request.scope["api_services"]
            try:
                caller = await admit(request.scope, services)
                require(caller.actor, needed)
                _check_query(request.scope["query_string"].decode("latin-1"), takes_query)
                if request.method != "POST":
                    return await inner(request)
                request.scope["api_parsed"] = await read_json(request.scope, request.receive)
                return await inner(_Parsed(request.scope, request.receive))
            except DomainError as problem:
                return error(request.scope, problem)
            except RequestValidationError as problem:
                return error(request.scope, invalid(problem.errors()))
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception:
                log.exception("request %s failed", request_id(request.scope))
                return error(request.scope, Failed())

        return handle


class _Parsed(Request):
    """A request whose body was read and parsed, more strictly than FastAPI would."""

    async def body(self) -> bytes:
        return b"{}"  # already parsed, so it is not parsed again

    async def json(self) -> Any:
        return self.scope["api_parsed"]


def _check_query(query: str, takes_query: bool) -> None:
    """Raise Invalid at a duplicate parameter, and at any parameter if the endpoint takes none."""
    try:
        names = [name for name, _ in parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)]
    except ValueError:
        raise Invalid(f"A URL can have up to {MOST_PARAMETERS} parameters.", field="query") from None
    for name in names:
        if not takes_query:
            raise Invalid("This name is not known here.", field=shown_name(name))
        if names.count(name) > 1:
            raise Invalid("This is given twice.", field=shown_name(name))


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope["api_caller"]
    return caller


async def _services(request: Request) -> Services:
    services: Services = request.scope["api_services"]
    return services


Calling = Annotated[Caller, Depends(_caller)]
With = Annotated[Services, Depends(_services)]
