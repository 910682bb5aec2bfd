"""A blocked caller is turned away also while the stop cannot be written; it is written once that is possible again."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext

import pytest
from sqlmodel import select

from settings_ui.domain.errors import Unavailable
from settings_ui.models import Call
from settings_ui.services.kit.locks import lock_business
from tests.fakes import Broken
from tests.http.api.platform import CALL, RINGING, Platform, Tenant, on_sqlite, problem
from tests.http.api.test_blocked_callers import CALLER, block
from tests.support import START, replaced


@pytest.fixture(autouse=True)
async def settled(northwind: Tenant) -> AsyncIterator[None]:
    """Writes that an answer did not wait for end before the database is closed."""
    yield
    if under_way := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(under_way, timeout=10)


@contextmanager
def locked(northwind: Tenant) -> Iterator[None]:
    """Another transaction holds what a stop has to write."""
    with northwind.services.database.write() as session:
        lock_business(session, northwind.id)
        yield


def kept(northwind: Tenant) -> list[tuple[str, str]]:
    with northwind.services.database.read() as session:
        return [(call.id, call.status) for call in session.exec(select(Call).where(Call.business_id == northwind.id))]


@pytest.mark.parametrize("once", ["", "ring-1"])
async def test_a_blocked_caller_is_turned_away_while_nothing_can_be_written(
    northwind: Tenant, platform: Platform, once: str
) -> None:
    """And soon, since a platform that waits too long connects the call. Asked again, it is still one call, with the
    time at which it rang."""
    [entry] = [result["id"] for result in await block(platform, CALLER)]
    late = northwind.services.calls.late_stops
    with locked(northwind):
        for attempt in range(3):
            began = time.monotonic()
            answer = await platform.post("/calls/screen", RINGING, once=once)
            assert answer.json()["data"]["action"] == "block", answer.text
            assert answer.json()["data"]["blocked_caller_id"] == entry
            assert time.monotonic() - began < (0.5 if attempt else 2.5)
        assert kept(northwind) == []
    northwind.clock.tick(minutes=3)
    late.write()
    assert (len(late), kept(northwind)) == (0, [("call-1", "stopped")])
    [call] = (await platform.get("/calls")).json()["data"]
    assert (call["started_at"], call["blocked_caller_id"]) == (START.strftime("%FT%TZ"), entry)
    [listed] = (await platform.get("/blocked-callers")).json()["data"]
    assert (listed["stopped"], listed["last_stopped_at"]) == (1, START.strftime("%FT%TZ"))


@on_sqlite
@pytest.mark.parametrize("once", ["", "ring-1"])
async def test_a_call_without_an_id_is_one_call_for_each_question_and_one_for_each_idempotency_key(
    northwind: Tenant, platform: Platform, once: str
) -> None:
    await block(platform, CALLER)
    ringing = {name: RINGING[name] for name in ("from", "to")}
    with locked(northwind):
        for _ in range(2):
            assert (await platform.post("/calls/screen", ringing, once=once)).json()["data"]["action"] == "block"
    northwind.services.calls.late_stops.write()
    await platform.post("/calls/screen", ringing, once=once)
    assert len(kept(northwind)) == (1 if once else 3)


@on_sqlite
@pytest.mark.parametrize("waits", [False, True])
async def test_an_idempotency_key_used_again_after_a_day_is_another_call(
    northwind: Tenant, platform: Platform, waits: bool
) -> None:
    """As each later day, whether or not the stop could be written at once."""
    await block(platform, CALLER)
    ringing = {name: RINGING[name] for name in ("from", "to")}
    for day in (1, 2, 3):
        for _ in range(2):
            with locked(northwind) if waits else nullcontext():
                answer = await platform.post("/calls/screen", ringing, once="ring-1")
            assert answer.json()["data"]["action"] == "block"
            northwind.services.calls.late_stops.write()
            assert len(kept(northwind)) == day
            northwind.clock.tick(hours=12)
    [listed] = (await platform.get("/blocked-callers")).json()["data"]
    assert listed["stopped"] == 3


async def test_what_the_platform_reports_meanwhile_is_what_happened(northwind: Tenant, platform: Platform) -> None:
    await block(platform, CALLER)
    with locked(northwind):
        await platform.post("/calls/screen", RINGING)
    assert (await platform.post("/calls", CALL)).is_success
    northwind.services.calls.late_stops.write()
    assert kept(northwind) == [("call-1", "completed")]


async def test_a_caller_who_is_unblocked_before_it_is_written_was_stopped_all_the_same(
    northwind: Tenant, platform: Platform
) -> None:
    [entry] = [result["id"] for result in await block(platform, CALLER)]
    with locked(northwind):
        await platform.post("/calls/screen", RINGING)
    await platform.delete(f"/blocked-callers/{entry}")
    northwind.services.calls.late_stops.write()
    assert kept(northwind) == [("call-1", "stopped")]


@on_sqlite
@pytest.mark.parametrize("once", ["", "ring-1"])
async def test_without_a_decision_there_is_no_answer(northwind: Tenant, platform: Platform, once: str) -> None:
    """Nobody can say whether the caller is blocked: 503, as before, and nothing waits."""
    await platform.get("/business")
    away = replaced(
        northwind.services, {"calls.recording": Broken(Unavailable()), "calls.ringing": Broken(Unavailable())}
    )
    answer = await Platform(away, platform.key).post("/calls/screen", RINGING, once=once)
    assert problem(answer)[:2] == (503, "unavailable")
    assert len(away.calls.late_stops) == 0


@on_sqlite
@pytest.mark.parametrize("once", ["", "ring-1"])
async def test_an_allowed_caller_is_let_through_while_nothing_can_be_written(
    northwind: Tenant, platform: Platform, once: str
) -> None:
    with locked(northwind):
        answer = await platform.post("/calls/screen", RINGING, once=once)
    assert answer.json()["data"]["action"] == "allow"
    assert len(northwind.services.calls.late_stops) == 0
