"""POST /calls/screen: allow or block, before a call is connected."""

from typing import Any

import pytest
from sqlmodel import select

from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import BlockedCaller
from settings_ui.services.billing.ledger import Movement, post
from tests.http.api.platform import CALL, RINGING, Platform, Tenant, on_sqlite, problem
from tests.statements import Statements
from tests.support import START

ALLOWED = {"action": "allow", "blocked_caller_id": None, "balance": "exhausted"}


def block(northwind: Tenant, caller: str) -> str:
    """Block a caller and return the entry's id."""
    northwind.services.blocked_callers.block_list.block(northwind.owner, [caller])
    with northwind.services.database.read() as session:
        return session.exec(select(BlockedCaller.id).where(BlockedCaller.business_id == northwind.id)).one()


async def test_a_caller_whom_nobody_blocked_is_allowed_and_nothing_is_kept(platform: Platform) -> None:
    answer = await platform.post("/calls/screen", RINGING)
    assert (answer.status_code, answer.json()) == (200, {"data": ALLOWED})
    assert (await platform.get("/calls")).json()["data"] == []


async def test_a_blocked_caller_is_stopped_and_the_stopped_call_is_kept_once(
    northwind: Tenant, platform: Platform
) -> None:
    """However the number is formatted, and however often the platform asks about the same call."""
    entry = block(northwind, "+14155550132")
    for ringing in (RINGING, RINGING | {"from": "(415) 555-0132"}, RINGING):
        answer = await platform.post("/calls/screen", ringing)
        assert answer.json()["data"] == ALLOWED | {"action": "block", "blocked_caller_id": entry}
    calls = (await platform.get("/calls")).json()["data"]
    assert [(call["id"], call["status"], call["blocked_caller_id"]) for call in calls] == [("call-1", "stopped", entry)]
    assert calls[0]["reason"] == "Stopped: the caller is blocked"


async def test_a_key_and_its_callers_are_looked_up_in_one_read(northwind: Tenant, platform: Platform) -> None:
    """From a key's second request on; a number without a country code takes one more read, for the region."""
    block(northwind, "+14155550199")
    await platform.post("/calls/screen", RINGING)
    with Statements(northwind.services) as said:
        assert (await platform.post("/calls/screen", RINGING)).json()["data"] == ALLOWED
    assert len(said) == 1, said
    with Statements(northwind.services) as said:
        assert (await platform.post("/calls/screen", RINGING | {"from": "415 555 0132"})).json()["data"] == ALLOWED
    assert len(said) == 3, said


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"from": "+1", "to": "12"}', b" " * 70_000])
async def test_a_key_that_was_good_is_refused_before_its_body_is_judged(
    northwind: Tenant, platform: Platform, body: bytes
) -> None:
    """A key without the right to screen gets 403 before its body is judged, as on every route."""
    reader = northwind.platform(KeyAccess.READ_ONLY)
    for each in (platform, reader):
        await each.get("/business")
    for row in northwind.services.api_keys.keys.ring(northwind.owner).keys:
        if row.key.access != KeyAccess.READ_ONLY:
            northwind.revoke(row.key)
    headers = {"content-type": "application/json"}
    asked = [await each.ask("POST", "/calls/screen", content=body, headers=headers) for each in (platform, reader)]
    assert [answer.status_code for answer in asked] == [401, 403]


async def test_a_block_stops_calls_to_this_business_only(
    northwind: Tenant, platform: Platform, neighbour: Platform
) -> None:
    block(northwind, "+14155550132")
    assert (await platform.post("/calls/screen", RINGING)).json()["data"]["action"] == "block"
    assert (await neighbour.post("/calls/screen", RINGING)).json()["data"] == ALLOWED


@pytest.mark.parametrize(("micros", "said"), [(1, "ok"), (0, "exhausted"), (-1, "exhausted")])
async def test_a_balance_that_is_used_up_is_said_and_stops_nothing(
    northwind: Tenant, platform: Platform, micros: int, said: str
) -> None:
    with northwind.services.database.write() as session:
        for n, amount in enumerate((25_000_000, micros - 25_000_000)):
            post(
                session, northwind.id, Movement(TransactionKind.ADJUSTMENT, str(n), Money(amount, "USD"), ""), at=START
            )
    for once in ("", "ring-1"):
        answer = await platform.post("/calls/screen", RINGING, once=once)
        assert answer.json()["data"] == ALLOWED | {"balance": said}


async def test_an_idempotency_key_takes_the_other_way_to_the_same_decision(
    northwind: Tenant, platform: Platform
) -> None:
    entry = block(northwind, "+14155550132")
    answers = [await platform.post("/calls/screen", RINGING, once="ring-1") for _ in range(2)]
    assert [answer.json()["data"]["blocked_caller_id"] for answer in answers] == [entry, entry]
    assert len((await platform.get("/calls")).json()["data"]) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": None}, "from"),
        ({"from": 14155550132}, "from"),
        ({"from": "4.15556E+09"}, "from"),
        ({"from": "x" * 256}, "from"),
        ({"to": ""}, "to"),
        ({"to": "nowhere"}, "to"),
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"when": "now"}, "when"),
    ],
)
@pytest.mark.parametrize("once", ["", "key-1"])
async def test_what_cannot_ring_is_refused_at_its_field_on_both_ways(
    platform: Platform, changes: dict[str, Any], field: str, once: str
) -> None:
    answer = await platform.post("/calls/screen", RINGING | changes, once=once)
    assert problem(answer) == (422, "invalid_request", field)


async def test_a_call_that_rang_and_was_answered_is_one_call(platform: Platform) -> None:
    await platform.post("/calls/screen", RINGING)
    assert (await platform.post("/calls", CALL)).status_code == 201
    assert [call["id"] for call in (await platform.get("/calls")).json()["data"]] == ["call-1"]
