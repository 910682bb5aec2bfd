"""Graceful shutdown: finish requests in progress, release claimed jobs, then exit."""

import json
import signal
import socket
import time
from pathlib import Path

import pytest
from sqlmodel import select

from settings_ui.models import JobRun
from tests.http.running import Running

BODY = b"email=nobody%40example.com&password=a+password+that+nobody+has"


@pytest.fixture
def server(tmp_path: Path) -> Running:
    """A server on SQLite, not started yet."""
    return Running(tmp_path, "")


def test_a_request_under_way_is_answered_and_jobs_are_given_back(server: Running) -> None:
    with server.serving():
        _until_jobs_are_held(server)
        slow = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        head = f"POST /auth/sign-in HTTP/1.1\r\nHost: localhost:{server.port}\r\nOrigin: {server.origin}\r\n"
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}\r\n\r\n"
        slow.sendall(head.encode() + BODY[:10])
        time.sleep(0.3)  # the server has begun reading it
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        slow.sendall(BODY[10:])
        assert slow.recv(100).startswith(b"HTTP/1.1 401")
        slow.close()
        assert server.process.wait(10) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=2)
    assert _holders(server) == {""}


def test_its_lines_are_json_and_lead_from_an_answer_to_what_was_done(server: Running) -> None:
    """Every line, including those of the web server itself."""
    with server.serving():
        server.sign_in_refused("nobody@example.com")
    lines = [json.loads(line) for line in server.log().splitlines()]
    [line] = [line for line in lines if line.get("path") == "/auth/sign-in"]
    assert line["request_id"].startswith("req_")
    assert line["status"] == 401


def _until_jobs_are_held(server: Running) -> None:
    deadline = time.monotonic() + 15
    while not any(_holders(server)):
        assert time.monotonic() < deadline, "no job was claimed"
        time.sleep(0.1)


def _holders(server: Running) -> set[str]:
    with server.services.database.read() as session:
        return {run.holder for run in session.exec(select(JobRun))}
