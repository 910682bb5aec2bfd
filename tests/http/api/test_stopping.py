"""Stopped calls and thresholds in the API: no write blocks the event loop, and retries do not duplicate calls."""

import threading

import pytest

from settings_ui.domain.access import Principal
from settings_ui.http.api.front import Api
from settings_ui.services.api_keys.check import Caller
from settings_ui.services.calls.recording import Decision, Recorded, Recording
from settings_ui.services.calls.reported import NewCall
from settings_ui.services.calls.ringing import Ringing
from tests.http.api.platform import CALL, RINGING, Platform, Tenant, a_call, on_sqlite, problem
from tests.http.api.test_blocked_callers import CALLER, block
from tests.support import replaced


class Watched(Recording):
    """A recording service that notes the thread of each operation."""

    done: list[tuple[str, int]]

    def decide(self, actor: Principal, caller: str, dialled: str) -> Decision:
        self.done.append(("decide", threading.get_ident()))
        return super().decide(actor, caller, dialled)

    def stop(
        self, actor: Principal, caller: str, dialled: str, call_id: str | None = None, *, own_id: bool = False
    ) -> Decision:
        self.done.append(("stop", threading.get_ident()))
        return super().stop(actor, caller, dialled, call_id, own_id=own_id)

    def record(self, actor: Principal, new: NewCall) -> Recorded:
        self.done.append(("record", threading.get_ident()))
        return super().record(actor, new)


class WatchedRinging(Ringing):
    """The combined key check and decision; notes its thread as a decision."""

    done: list[tuple[str, int]]

    def answer(self, secret: str, address: str, number: str) -> tuple[Caller, Decision]:
        self.done.append(("decide", threading.get_ident()))
        return super().answer(secret, address, number)


@pytest.mark.parametrize("once", ["", "ring-1"])
async def test_nothing_is_written_on_the_event_loop(northwind: Tenant, once: str) -> None:
    """The decision is one indexed read: inline on an embedded database, otherwise in a thread. Writes always run in
    a thread, and so does everything with an Idempotency-Key."""
    keys = northwind.services.api_keys
    calls = Watched(northwind.services.database, northwind.clock)
    ringing = WatchedRinging(northwind.services.database, northwind.clock, keys.admission, keys.check)
    calls.done = ringing.done = []
    services = replaced(northwind.services, {"calls.recording": calls, "calls.ringing": ringing})
    platform = Platform(services, northwind.key().secret, app=Api(services.config, lambda: services))
    await platform.post("/calls/screen", RINGING, once=once)
    assert [what for what, _ in calls.done] == ["decide"]
    await block(platform, CALLER)
    await platform.post("/calls/screen", RINGING, once=once and "ring-2")
    await platform.post("/calls", a_call(2))
    here = threading.get_ident()
    assert [what for what, _ in calls.done] == ["decide", "decide", "stop", "record"]
    assert all(thread != here for what, thread in calls.done if what != "decide")
    on_the_loop = services.database.embedded and not once
    assert all((thread == here) == on_the_loop for what, thread in calls.done if what == "decide")


async def test_a_call_that_was_stopped_and_connected_anyway_is_what_the_platform_reports(platform: Platform) -> None:
    """A repeated report is still the same call."""
    await block(platform, CALLER)
    await platform.post("/calls/screen", RINGING)
    for _ in range(2):
        answer = await platform.post("/calls", CALL)
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "completed")
        assert answer.json()["data"]["blocked_caller_id"] is None
    stopped = CALL | {"id": "call-2", "status": "stopped", "duration_s": 0, "started_at": "2026-03-04T11:59:58Z"}
    await platform.post("/calls/screen", RINGING | {"id": "call-2"})
    for _ in range(2):
        answer = await platform.post("/calls", stopped)
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "stopped")
        assert answer.json()["data"]["started_at"] == "2026-03-04T11:59:58Z"
    [entry] = (await platform.get("/blocked-callers")).json()["data"]
    assert (entry["stopped"], entry["last_stopped_at"]) == (1, "2026-03-04T11:59:58Z")
    [line] = (await platform.get("/reports/qualified", group_by="source")).json()["data"]
    assert (line["calls"], line["completed"], line["stopped"]) == (2, 1, 1)


@on_sqlite
@pytest.mark.parametrize("blocked", [False, True])
@pytest.mark.parametrize("id", ["a\u202eb", "a\nb", "\u200b"])
async def test_an_id_that_cannot_be_seen_is_refused_whoever_calls(platform: Platform, blocked: bool, id: str) -> None:
    """Whoever calls: not only when the call would be stored under it."""
    if blocked:
        await block(platform, CALLER)
    assert problem(await platform.post("/calls/screen", RINGING | {"id": id})) == (422, "invalid_request", "id")


async def test_one_threshold_rules_the_api_too(northwind: Tenant, platform: Platform) -> None:
    """For past calls too, immediately; each call keeps the verdict it was recorded with."""
    for n, duration_s in enumerate((59, 60, 89, 90)):
        await platform.post("/calls", a_call(n, duration_s=duration_s))
    northwind.services.qualified_calls.set(northwind.owner, "60", seen_s=90)
    assert (await platform.get("/business")).json()["data"]["threshold_s"] == 60
    calls = (await platform.get("/calls")).json()["data"]
    assert {c["duration_s"]: (c["qualified"], c["qualified_then"]) for c in calls} == {
        59: (False, False),
        60: (True, False),
        89: (True, False),
        90: (True, True),
    }
    assert len((await platform.get("/calls", qualified="true")).json()["data"]) == 3
    for query, qualified in (({}, 3), ({"basis": "then"}, 1), ({"threshold": 61}, 2)):
        for group_by in ("day", "source"):
            lines = (await platform.get("/reports/qualified", group_by=group_by, **query)).json()["data"]
            assert sum(line["qualified"] for line in lines) == qualified
