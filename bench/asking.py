"""A client over plain sockets in its own process, which must cost less than what it measures.

`python -m bench.asking` reads the task as JSON from standard input and writes the result as JSON.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from settings_ui.config import ROOT

PATIENCE_S = 10.0


def flood(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> float:
    """Return requests per second with this many connections, each of which sends the next request on every answer."""
    return float(_elsewhere({"port": port, "connections": connections, "seconds": seconds}, requests)["per_second"])


def pace(port: int, requests: Sequence[bytes], *, per_second: float, seconds: float) -> list[float]:
    """Return the latency of each request in milliseconds at a fixed rate, whether or not others are waiting."""
    return [float(ms) for ms in _elsewhere({"port": port, "pace": per_second, "seconds": seconds}, requests)["waits"]]


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    named = {"Host": "localhost", "Accept": "*/*"} | headers
    if body:
        named |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _elsewhere(what: dict[str, Any], requests: Sequence[bytes]) -> dict[str, Any]:
    given = json.dumps(what | {"requests": [one.decode("latin-1") for one in requests]})
    done = subprocess.run(
        [sys.executable, "-m", "bench.asking"], cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _flood(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> dict[str, Any]:
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        wire = _open(port)
        waiting.register(wire, selectors.EVENT_READ, bytearray())
        wire.send(next(requests))
    start = time.perf_counter()
    end, answered = start + seconds, 0
    while time.perf_counter() < end:
        for ready, _ in waiting.select(PATIENCE_S):
            wire, seen = ready.fileobj, ready.data
            assert isinstance(wire, socket.socket)
            seen += wire.recv(65_536)
            if _is_whole(seen):
                _check(seen)
                seen.clear()
                answered += 1
                wire.send(next(requests))
    return {"per_second": answered / (time.perf_counter() - start)}


def _pace(port: int, requests: Iterator[bytes], per_second: float, seconds: float) -> dict[str, Any]:
    """Send each request on a free connection at its scheduled time, so that a slow answer delays no other."""
    free, waiting = [_open(port)], selectors.DefaultSelector()
    start, sent, waits = time.perf_counter(), 0, []
    total = int(per_second * seconds)
    while len(waits) < total:
        due = start + sent / per_second
        now = time.perf_counter()
        if sent < total and now >= due:
            wire = free.pop() if free else _open(port)
            waiting.register(wire, selectors.EVENT_READ, (due, bytearray()))
            wire.send(next(requests))
            sent += 1
            continue
        for ready, _ in waiting.select(max(0.0, due - now) if sent < total else PATIENCE_S):
            wire, (asked, seen) = ready.fileobj, ready.data
            assert isinstance(wire, socket.socket)
            seen += wire.recv(65_536)
            if _is_whole(seen):
                _check(seen)
                waits.append((time.perf_counter() - asked) * 1000)
                waiting.unregister(wire)
                free.append(wire)
        if not waiting.get_map() and sent < total:
            time.sleep(max(0.0, due - time.perf_counter()))
    return {"waits": waits}


def _open(port: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def _is_whole(seen: bytearray) -> bool:
    end = seen.find(b"\r\n\r\n")
    at = seen.lower().find(b"content-length:")
    return end >= 0 and len(seen) >= end + 4 + int(seen[at + 15 : seen.find(b"\r\n", at)])


def _check(seen: bytearray) -> None:
    if not seen.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(bytes(seen[:500]).decode("latin-1"))


def _main() -> None:
    what = json.load(sys.stdin)
    requests = cycle([one.encode("latin-1") for one in what["requests"]])
    if "pace" in what:
        found = _pace(what["port"], requests, what["pace"], what["seconds"])
    else:
        found = _flood(what["port"], requests, what["connections"], what["seconds"])
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
