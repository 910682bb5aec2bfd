"""An API endpoint: path, right and answers, each stated once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel

from settings_ui.domain.access import Capability
from settings_ui.http.api.described import answers, extra

Function = TypeVar("Function", bound=Callable[..., Any])


def endpoint(
    router: APIRouter,
    method: str,
    path: str,
    model: type[BaseModel],
    *errors: int,
    needs: Capability,
    ok: Mapping[int, str],
) -> Callable[[Function], Function]:
    """Serve the function at the path to keys that have the capability it `needs`, and describe it in the document.

    `ok` describes each successful answer by status, the usual one first; `errors` are its own errors.
    """
    post = method == "POST"

    def serve(function: Function) -> Function:
        function.needs = needs  # type: ignore[attr-defined]
        router.add_api_route(
            path,
            function,
            methods=[method],
            response_model=model,
            status_code=next(iter(ok)),
            responses=answers(model, *errors, ok=ok, post=post),
            openapi_extra=extra(needs, post=post),
        )
        return function

    return serve
