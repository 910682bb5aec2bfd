"""The sandbox as a separate process."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import stripe

from settings_ui.config import ROOT
from tests.ports import free_port
from tests.sandbox.running import SECRET, Listener, listening
from tests.stripe_document import VERSION


@contextmanager
def started(**environment: str) -> Iterator[str]:
    """Run it with these variables, and stop it as `make run` does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"], cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        found = re.match(r"Sandbox on (http://127\.0\.0\.1:\d+), control at ", line)
        assert found, line
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()


def client(origin: str) -> stripe.StripeClient:
    """Return an SDK client as a product would configure it."""
    return stripe.StripeClient("sk_test_x", base_addresses={"api": origin}, stripe_version=VERSION)


def test_it_keeps_its_state_clock_and_undelivered_events_across_restarts(tmp_path: Path) -> None:
    port, file = str(free_port()), str(tmp_path / "deep" / "sandbox.db")
    with listening() as listener:
        there = {"SANDBOX_PORT": port, "SANDBOX_STATE": file, "STRIPE_WEBHOOK_SECRET": SECRET}
        with started(**there, SANDBOX_WEBHOOK_URL=f"http://127.0.0.1:{free_port()}/") as origin:
            assert origin == f"http://127.0.0.1:{port}"
            api = client(origin).v1
            made = api.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
            gone = api.customers.create({})
            api.customers.delete(gone.id)
            httpx.post(f"{origin}/_sandbox/advance", json={"days": 0.5})
            later = api.customers.create({}).created
        with started(**there, SANDBOX_WEBHOOK_URL=listener.url) as origin:
            api = client(origin).v1
            again = api.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
            assert (again.id, again.created) == (made.id, made.created)
            assert [row.id for row in api.customers.list().data][1:] == [made.id]
            assert api.customers.create({}).created >= later
            assert len(api.products.list({"limit": 100}).data) == 22
            assert _types(listener, 4) == [
                "customer.created",
                "customer.created",
                "customer.deleted",
                "customer.created",
            ]


def test_an_address_without_a_secret_does_not_start() -> None:
    environment = {"SANDBOX_PORT": str(free_port()), "SANDBOX_WEBHOOK_URL": "http://127.0.0.1:1/"}
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={name: v for name, v in os.environ.items() if name != "STRIPE_WEBHOOK_SECRET"} | environment,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert ended.returncode == 1
    assert "STRIPE_WEBHOOK_SECRET" in ended.stderr


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = os.environ | {"SANDBOX_PORT": str(taken.getsockname()[1])}
        command = [sys.executable, "-m", "sandbox"]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=10)
    assert ended.returncode == 1
    assert re.match(r"The sandbox cannot listen on port \d+: Address already in use", ended.stderr)


def test_it_ends_with_its_parent_even_if_that_was_killed() -> None:
    port = free_port()
    program = (
        "import os, subprocess, sys, time\n"
        "there = os.environ | {'SANDBOX_PARENT': str(os.getpid())}\n"
        "subprocess.Popen([sys.executable, '-m', 'sandbox'], env=there)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"SANDBOX_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    with parent.stdout:
        assert parent.stdout.readline().startswith("Sandbox on")
        parent.kill()
        parent.wait(10)
        assert parent.stdout.read() == ""  # reading to EOF shows that the sandbox, which held the same pipe, has exited
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/_sandbox")


def _types(listener: Listener, count: int) -> list[str]:
    return [event.type for event in listener.events(count)][:count]
