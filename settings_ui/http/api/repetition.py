"""Idempotency: a POST with an Idempotency-Key is carried out once, and its repetition gets the first answer."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import Depends, Request, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.domain.ids import new_id
from settings_ui.http.api.answers import dumps, error, request_id
from settings_ui.services.api_keys.check import Caller
from settings_ui.services.api_keys.idempotency import FIELD, Answer

KEY = re.compile(r"[\x21-\x7e]{1,255}")
NO_TOPICS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Done:
    """The result: the `data` of the answer, and the topics to publish."""

    data: Any
    topics: frozenset[str] = NO_TOPICS
    status: int = 200


class Doing:
    """Carries out a request in a worker thread. With an Idempotency-Key the effect and its answer are stored together
    or not at all; without one only the effect is."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._services: Services = request.scope["api_services"]
        self._caller: Caller = request.scope["api_caller"]

    async def __call__(self, deed: Callable[[], Done]) -> Response:
        """Return the answer to this request, or the one that this Idempotency-Key got before.

        A refusal by the services is an answer too; errors on our side (5xx) are not stored. Topics are published after
        the commit. Raises what the action raises, and Invalid and Conflict at `Idempotency-Key`.
        """
        with anyio.CancelScope(shield=True):  # publish even if the caller has disconnected in the meantime
            attempt = _Attempt(self._request, deed)
            key = self._key()
            if not key:
                answer = await anyio.to_thread.run_sync(attempt)
            else:
                digest = _digest(self._request)
                answer = await anyio.to_thread.run_sync(
                    lambda: self._services.api_keys.idempotency.once(
                        self._caller.actor, key, digest, attempt.or_refusal
                    )
                )
            if attempt.topics:
                await self._services.bus.publish(attempt.topics)
        if answer.replayed:
            return _again(self._request, answer)
        if attempt.refused is not None:
            raise attempt.refused
        return Response(answer.body, answer.status, media_type="application/json")

    def new_id(self, prefix: str) -> str:
        """Return a new id; with an Idempotency-Key, one that each repetition of the request gets too, also while no
        answer can be stored, and after the 24 hours too. Raises Invalid at `Idempotency-Key`."""
        if not (key := self._key()):
            return new_id(prefix)
        said = json.dumps([self._caller.actor.key_id, key, _digest(self._request)])
        return f"{prefix}_{hashlib.sha256(said.encode()).hexdigest()[:24]}"

    def _key(self) -> str:
        given = self._request.headers.getlist("idempotency-key")
        if len(given) > 1 or (given and not KEY.fullmatch(given[0])):
            raise Invalid(
                "An Idempotency-Key must have 1 to 255 visible ASCII characters, and be sent once.", field=FIELD
            )
        return given[0] if given else ""


class _Attempt:
    """An action that is done at most once, and its outcome."""

    def __init__(self, request: Request, deed: Callable[[], Done]) -> None:
        self._request = request
        self._deed = deed
        self.topics = NO_TOPICS
        self.refused: DomainError | None = None

    def __call__(self) -> Answer:
        done = self._deed()
        self.topics = done.topics
        return Answer(done.status, dumps({"data": done.data}).decode())

    def or_refusal(self) -> Answer:
        """Return the refusal as the answer, unless it is an error on our side."""
        try:
            return self()
        except DomainError as problem:
            refusal = error(self._request.scope, problem)
            if refusal.status_code >= 500:
                raise
            self.refused = problem
            return Answer(refusal.status_code, bytes(refusal.body).decode())


def _digest(request: Request) -> str:
    said = json.dumps([request.method, request.url.path, request.scope["api_parsed"]], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _again(request: Request, answer: Answer) -> Response:
    """Return the first answer again; an error gets the id of this request."""
    said = json.loads(answer.body)
    if "error" in said:
        said["error"]["request_id"] = request_id(request.scope)
    return Response(dumps(said), answer.status, {"Idempotent-Replayed": "true"}, "application/json")


async def _doing(request: Request) -> Doing:
    return Doing(request)


Does = Annotated[Doing, Depends(_doing)]
