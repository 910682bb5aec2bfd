"""A full disk under a running server: photos, rows and log lines fail to be written, and every failure is reported. A
blocked caller is turned away all the same."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from settings_ui.domain.access import Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.models import User, UserSession
from settings_ui.services.account.avatars import UPLOAD_PATH
from tests.calls import kept_calls
from tests.gateways.pictures import plain
from tests.http.running import Running
from tests.no_room import no_room
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, join

EMAIL = "dana@example.com"
PNG = plain("PNG")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, "")
    with running.serving():
        join(running.services, add_user(running.services, EMAIL), add_business(running.services), Role.OWNER)
        yield running


@pytest.fixture
def browser(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.origin, headers={"origin": server.origin}) as client:
        yield client


def sessions(server: Running) -> int:
    with server.services.database.read() as session:
        return len(session.exec(select(UserSession)).all())


def test_what_cannot_be_written_is_said_and_goes_through_once_there_is_room(
    server: Running, browser: httpx.Client, tmp_path: Path
) -> None:
    """Reads keep working; the server neither exits nor hangs when it cannot write a log line."""
    browser.cookies.set("session", server.sign_in(EMAIL, PASSWORD))
    form = {"email": EMAIL, "password": PASSWORD}
    with no_room(server.process.pid):
        refused = [
            browser.post("/auth/sign-in", data=form),
            browser.post(UPLOAD_PATH, content=PNG),
        ]
        assert [answer.status_code for answer in refused] == [503, 503]
        assert all("Nothing was changed" in answer.text and "set-cookie" not in answer.headers for answer in refused)
        assert browser.get("/health").status_code == 200
    assert sessions(server) == 1
    assert [path for path in (tmp_path / "storage").rglob("*") if path.is_file()] == []
    answer = browser.post(UPLOAD_PATH, content=PNG)
    assert answer.status_code == 200
    with server.services.database.read() as session:
        assert session.exec(select(User.avatar)).one() == answer.json()["data"]["name"]
    deadline = time.monotonic() + 20
    while UPLOAD_PATH not in server.log():  # the log line is written after the answer
        assert time.monotonic() < deadline, "log lines are not written again"
        time.sleep(0.02)


def test_a_blocked_caller_is_turned_away_and_the_stop_is_kept_once_there_is_room(server: Running) -> None:
    business = add_business(server.services)
    owner = add_member(server.services, business, Role.OWNER, FakeClock(server.services.clock.now()))
    server.services.blocked_callers.block_list.block(owner, ["+14155550132"])
    key = server.services.api_keys.keys.create(owner, "Platform", KeyAccess.SCREENING).value.secret
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{server.origin}/api/v1", headers=headers) as platform, no_room(server.process.pid):
        for once in ({}, {"idempotency-key": "ring-1"}):
            ringing = {"from": "+14155550132", "to": "+12125550100", "id": f"call-{len(once)}"}
            answer = platform.post("/calls/screen", json=ringing, headers=once)
            assert (answer.status_code, answer.json()["data"]["action"]) == (200, "block")
        assert kept_calls(server.services, business) == []
    deadline = time.monotonic() + 20
    while len(kept_calls(server.services, business)) < 2:
        assert time.monotonic() < deadline, server.log()[-2000:]
        time.sleep(0.05)
    assert [call.status for call in kept_calls(server.services, business)] == ["stopped", "stopped"]
