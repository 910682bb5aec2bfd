"""Idempotency keys, as Stripe documents them."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.errors import Refused
from sandbox.web import Request
from sandbox.world import World

LONGEST = 255


@dataclass(frozen=True)
class Kept:
    """An answer, the call that first got it, and whether it is a replay."""

    status: int
    body: str
    request: str
    replayed: bool = False


class Keys:
    """The first answer to a key is kept for 24 hours of the sandbox's time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._busy: set[str] = set()

    @contextmanager
    def held(self, key: str | None) -> Iterator[None]:
        """Hold the key while its call is answered; a concurrent call with it is refused."""
        if key is None:
            yield
            return
        if len(key) > LONGEST or not key.isprintable():
            words = f"Idempotency keys can be up to {LONGEST} printable characters long."
            raise Refused(400, "idempotency_error", words)
        with self._world.lock:
            if key in self._busy:
                words = f"There is currently another in-progress request using this Idempotent Key ({key})."
                raise Refused(409, "idempotency_error", words, code="idempotency_key_in_use")
            self._busy.add(key)
        try:
            yield
        finally:
            with self._world.lock:
                self._busy.discard(key)

    def kept(self, key: str, request: Request) -> Kept | None:
        """Return the stored answer of the key; different parameters are refused."""
        row = self._world.store.get(_name(key))
        if row is None:
            return None
        if row["digest"] != _digest(request):
            raise Refused(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
            )
        return Kept(row["status"], row["body"], row["request"], replayed=True)

    def keep(self, key: str, request: Request, answer: Kept) -> None:
        """Store the answer to a call that started executing."""
        row = {"id": _name(key), "object": "_idempotency", "created": self._world.now(), "digest": _digest(request)}
        self._world.store.add(row | {"status": answer.status, "body": answer.body, "request": answer.request})


def _name(key: str) -> str:
    return f"key {key}"


def _digest(request: Request) -> str:
    text = json.dumps([request.method, request.path, sorted(request.text().split("&"))])
    return hashlib.sha256(text.encode()).hexdigest()
