"""API clients for tests: a business, its keys, and in-process requests with them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.http.api.front import Api
from settings_ui.models import ApiKey, Business
from settings_ui.services.api_keys.service import CreatedKey
from tests.support import START, FakeClock, add_business, add_member

ADDRESS = "192.0.2.7"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For refusals that happen before any database query."""
CALL: dict[str, Any] = {
    "id": "call-1",
    "from": "+14155550132",
    "to": "+12125550100",
    "started_at": "2026-03-04T11:30:00Z",
    "duration_s": 134,
    "status": "completed",
}
RINGING = {"from": "+14155550132", "to": "+12125550100", "id": "call-1"}


class Platform:
    """A client with one key and one address. Every answer has passed `check`."""

    def __init__(self, services: Services, key: str = "", address: str = ADDRESS, app: ASGIApp | None = None) -> None:
        self.services = services
        self.key = key
        self._app = app or Api(services.config, lambda: services)
        self._address = address
        self._origin = services.config.origin

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """GET with these query parameters; `from_` stands for `from`."""
        given = {"params": {name.rstrip("_"): value for name, value in query.items()}} if query else {}
        return await self.ask("GET", path, **given)

    async def post(self, path: str, body: Any, *, once: str = "") -> httpx.Response:
        """POST JSON, with an Idempotency-Key if one is given."""
        return await self.ask("POST", path, json=body, headers={"Idempotency-Key": once} if once else {})

    async def delete(self, path: str) -> httpx.Response:
        return await self.ask("DELETE", path)

    async def ask(self, method: str, path: str, *, headers: Any = None, **given: Any) -> httpx.Response:
        """Send any request; `headers` may replace the Authorization header, None removes it."""
        sent = {"authorization": f"Bearer {self.key}"} if self.key else {}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        return await self.ask_raw(method, path, [pair for pair in sent.items() if pair[1] is not None], **given)

    async def ask_raw(self, method: str, path: str, headers: list[tuple[str, Any]], **given: Any) -> httpx.Response:
        """Send any request with exactly these headers."""
        transport = httpx.ASGITransport(self._app, client=(self._address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"{self._origin}/api/v1") as client:
            return check(await client.request(method, path, headers=headers, **given))


def check(answer: httpx.Response) -> httpx.Response:
    """Assert what every answer guarantees (request id, envelope, no caching), and return it."""
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.headers["content-type"] == "application/json" and answer.content and "openapi" not in str(answer.url):
        said = answer.json()
        assert answer.headers["cache-control"] == "no-store"
        if answer.status_code < 400:
            assert set(said) in ({"data"}, {"data", "next_cursor"})
        else:
            fields = {"code", "message", "request_id"} | ({"field"} if answer.status_code == 422 else set())
            assert set(said) == {"error"}
            assert set(said["error"]) == fields
            assert said["error"]["request_id"] == answer.headers["x-request-id"]
    return answer


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return status, code and field of an error."""
    said = answer.json()["error"]
    return answer.status_code, said["code"], said.get("field")


@dataclass
class Tenant:
    """A business with an owner who makes keys."""

    services: Services
    clock: FakeClock
    id: str
    owner: Actor

    def key(self, access: KeyAccess = KeyAccess.FULL, *, expires_at: datetime | None = None) -> CreatedKey:
        """Create a key."""
        name = f"Key {self.services.config.port}-{len(self.services.api_keys.keys.ring(self.owner).keys)}-{access}"
        return self.services.api_keys.keys.create(self.owner, name, access, expires_at).value

    def platform(self, access: KeyAccess = KeyAccess.FULL, address: str = ADDRESS) -> Platform:
        """Return a client with a new key."""
        return Platform(self.services, self.key(access).secret, address)

    def revoke(self, key: ApiKey) -> None:
        """Revoke a key."""
        self.services.api_keys.keys.revoke(self.owner, key.id)

    def set(self, **values: Any) -> None:
        """Change columns of the business's row, like set(threshold_s=60)."""
        with self.services.database.write() as session:
            row = session.get_one(Business, self.id)
            for name, value in values.items():
                setattr(row, name, value)


def new_tenant(services: Services, clock: FakeClock, name: str, *, time_zone: str = "UTC") -> Tenant:
    """Insert a business with an owner."""
    business_id = add_business(services, name, time_zone=time_zone)
    return Tenant(services, clock, business_id, add_member(services, business_id, Role.OWNER, clock))


def a_call(number: int, **changes: Any) -> dict[str, Any]:
    """Return a call as a platform reports it, with some fields replaced."""
    return CALL | {"id": f"call-{number}", "started_at": START.isoformat().replace("+00:00", "Z")} | changes
