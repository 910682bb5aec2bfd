"""Blocked callers."""

from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query

from settings_ui.domain.access import Capability
from settings_ui.domain.errors import NotFound
from settings_ui.http.api.endpoint import endpoint
from settings_ui.http.api.guard import Calling, Guarded, With
from settings_ui.http.api.queries import PageQuery
from settings_ui.http.api.repetition import Does, Done
from settings_ui.http.api.schemas import (
    BlockAnswer,
    BlockedAnswer,
    BlockedOut,
    BlockedPage,
    BlockIn,
    NotANumber,
    OnTheList,
)
from settings_ui.models.base import ID_LENGTH
from settings_ui.services.blocked_callers.entries import Blocked, Result
from settings_ui.services.blocked_callers.listing import Entry
from settings_ui.services.blocked_callers.service import GONE

router = APIRouter(route_class=Guarded, tags=["Blocked callers"])


@endpoint(
    router,
    "GET",
    "/blocked-callers",
    BlockedPage,
    needs=Capability.SEE_BLOCKED,
    ok={200: "A page of entries, newest first."},
)
async def list_blocked_callers(query: Annotated[PageQuery, Query()], caller: Calling, services: With) -> Any:
    """The active entries, newest first, each with the number of calls it stopped."""
    found, cursor = await anyio.to_thread.run_sync(
        lambda: services.blocked_callers.block_list.after(caller.actor, cursor=query.cursor or "", limit=query.limit)
    )
    return {"data": [_shown(entry) for entry in found], "next_cursor": cursor}


@endpoint(
    router,
    "POST",
    "/blocked-callers",
    BlockAnswer,
    409,
    needs=Capability.BLOCK_CALLERS,
    ok={200: "The result for each number, in order."},
)
async def block_callers(body: BlockIn, caller: Calling, services: With, does: Does) -> Any:
    """Stop calls from these numbers to every number of the business, from the next call on. Numbers that cannot be read
    are reported as invalid."""

    def block() -> Done:
        done = services.blocked_callers.block_list.block(
            caller.actor, body.numbers, note=body.note or "", until=body.until
        )
        return Done([_result(result) for result in done.value], done.topics)

    return await does(block)


@endpoint(
    router, "GET", "/blocked-callers/{id}", BlockedAnswer, 404, needs=Capability.SEE_BLOCKED, ok={200: "The entry."}
)
async def get_blocked_caller(id: str, caller: Calling, services: With) -> Any:
    """One entry."""
    return {
        "data": _shown(await anyio.to_thread.run_sync(services.blocked_callers.block_list.get, caller.actor, _id(id)))
    }


@endpoint(
    router,
    "DELETE",
    "/blocked-callers/{id}",
    BlockedAnswer,
    404,
    needs=Capability.BLOCK_CALLERS,
    ok={200: "The entry before it was removed."},
)
async def unblock_caller(id: str, caller: Calling, services: With) -> Any:
    """Unblock an entry. Its calls get through again, from the next call on."""
    done = await anyio.to_thread.run_sync(services.blocked_callers.block_list.unblock_one, caller.actor, _id(id))
    await services.bus.publish(done.topics)
    return {"data": _shown(done.value)}


def _id(given: str) -> str:
    if not given.isascii() or not given.isprintable() or len(given) > ID_LENGTH:
        raise NotFound(GONE)
    return given


def _result(result: Blocked) -> dict[str, Any]:
    if result.result is Result.INVALID or result.number is None or result.id is None:
        shown = NotANumber(input=result.input, number=None, id=None, result="invalid", message=result.message)
        return shown.model_dump()
    said = {"message": result.message} if result.message else {}
    became: Literal["blocked", "already_blocked"] = "blocked" if result.result is Result.BLOCKED else "already_blocked"
    on_it = OnTheList(input=result.input, number=result.number, id=result.id, result=became, **said)
    return on_it.model_dump(exclude_unset=True)


def _shown(entry: Entry) -> BlockedOut:
    row = entry.row
    return BlockedOut(
        id=row.id,
        number=row.pattern,
        note=row.note,
        until=row.until,
        created_at=row.created_at,
        stopped=entry.stopped,
        last_stopped_at=row.last_stopped_at,
    )
