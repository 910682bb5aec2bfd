"""Tracking numbers."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query

from settings_ui.domain.access import Capability
from settings_ui.domain.errors import NotFound
from settings_ui.http.api.endpoint import endpoint
from settings_ui.http.api.guard import Calling, Guarded, With
from settings_ui.http.api.queries import PageQuery
from settings_ui.http.api.repetition import Does, Done
from settings_ui.http.api.schemas import NumberAnswer, NumberIn, NumberOut, NumberPage
from settings_ui.models import TrackingNumber
from settings_ui.models.base import ID_LENGTH

router = APIRouter(route_class=Guarded, tags=["Numbers"])


@endpoint(
    router, "GET", "/numbers", NumberPage, needs=Capability.SEE_NUMBERS, ok={200: "A page of numbers, by source."}
)
async def list_numbers(query: Annotated[PageQuery, Query()], caller: Calling, services: With) -> Any:
    """The tracking numbers of the business, sorted by source."""
    found, cursor = await anyio.to_thread.run_sync(
        lambda: services.numbers.page(caller.actor, cursor=query.cursor or "", limit=query.limit)
    )
    return {"data": [_shown(number) for number in found], "next_cursor": cursor}


@endpoint(router, "POST", "/numbers", NumberAnswer, 409, needs=Capability.MANAGE_BUSINESS, ok={201: "The number."})
async def add_number(body: NumberIn, caller: Calling, services: With, does: Does) -> Any:
    """Add a tracking number for a source. A number that the business already has is a conflict."""

    def add() -> Done:
        done = services.numbers.add(caller.actor, body.number, body.source)
        return Done(_shown(done.value), done.topics, status=201)

    return await does(add)


@endpoint(router, "GET", "/numbers/{id}", NumberAnswer, 404, needs=Capability.SEE_NUMBERS, ok={200: "The number."})
async def get_number(id: str, caller: Calling, services: With) -> Any:
    """One tracking number."""
    return {"data": _shown(await anyio.to_thread.run_sync(services.numbers.get, caller.actor, _id(id)))}


@endpoint(
    router,
    "DELETE",
    "/numbers/{id}",
    NumberAnswer,
    404,
    needs=Capability.MANAGE_BUSINESS,
    ok={200: "The number before it was released."},
)
async def release_number(id: str, caller: Calling, services: With) -> Any:
    """Release a tracking number. Its calls are kept."""
    done = await anyio.to_thread.run_sync(services.numbers.release, caller.actor, _id(id))
    await services.bus.publish(done.topics)
    return {"data": _shown(done.value)}


def _id(given: str) -> str:
    if not given.isascii() or not given.isprintable() or len(given) > ID_LENGTH:
        raise NotFound("This number was not found. It may have been released.")
    return given


def _shown(number: TrackingNumber) -> NumberOut:
    return NumberOut(id=number.id, number=number.number, source=number.source, since=number.since)
