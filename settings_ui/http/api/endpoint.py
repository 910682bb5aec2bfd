"""An endpoint of the API: address, right and answers, each stated once."""

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
    """Serve the function at the address to keys that may do what it `needs`, and describe it in the document.

    `ok` has what each good answer means, by status, the usual one first; `errors` are those of its own.
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
