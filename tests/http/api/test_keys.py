"""Authentication with API keys, and what each access level may do."""

from datetime import timedelta
from typing import Any

import pytest

from settings_ui.domain.api_key import Grace, KeyAccess, new_secret
from tests.http.api.platform import CALL, RINGING, Platform, Tenant, on_sqlite, problem
from tests.support import FakeClock

REFUSED = (401, "invalid_api_key", None)


@on_sqlite
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer not-a-key",
        "Bearer cs_key_",
        f"Bearer {'a' * 10_000}",
        "Bearer cs_key_ÿ",
        "Basic dXNlcjpwYXNz",
        "{key}",
        "Token {key}",
        "Bearer {key} {key}",
        "Bearer {key},Bearer {key}",
        "Bearer {short}",
        "Bearer {wrong}",
        "Bearer {unknown}",
        "Bearer {upper}",
    ],
)
async def test_whatever_is_no_good_key_gets_the_same_answer(platform: Platform, header: str | None) -> None:
    """Missing, malformed, unknown, wrong scheme: the answer does not tell which."""
    key = platform.key
    if header is not None:
        wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
        words = {"key": key, "short": key[:-1], "wrong": wrong, "unknown": new_secret().secret, "upper": key.upper()}
        header = header.format(**words) if "{" in header else header
    given = header.encode("latin-1") if header is not None else None
    answer = await platform.ask("GET", "/business", headers={"authorization": given})
    assert problem(answer) == REFUSED
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["message"] == (
        "This API key is missing or not valid. Send an active key as Authorization: Bearer cs_key_…"
    )


async def test_two_authorization_headers_are_none(platform: Platform) -> None:
    headers = [("authorization", f"Bearer {platform.key}")] * 2
    anonymous = Platform(platform.services)
    answer = await anonymous.ask_raw("GET", "/business", headers)
    assert problem(answer) == REFUSED


async def test_the_scheme_may_be_written_in_any_case(platform: Platform) -> None:
    answer = await platform.ask("GET", "/business", headers={"authorization": f"bEARER   {platform.key}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/business", "/calls"])
async def test_a_revoked_key_fails_on_the_very_next_request(northwind: Tenant, path: str) -> None:
    """On the fast path and on ordinary routes; no cache outlives a revocation."""
    made = northwind.key()
    platform = Platform(northwind.services, made.secret)
    for _ in range(3):
        assert (await platform.get(path)).status_code == 200
    northwind.revoke(made.key)
    assert problem(await platform.get(path)) == REFUSED


async def test_an_expired_key_is_refused_from_its_end_on(northwind: Tenant, clock: FakeClock) -> None:
    made = northwind.key(expires_at=clock.now() + timedelta(hours=1))
    platform = Platform(northwind.services, made.secret)
    clock.tick(minutes=59, seconds=59)
    assert (await platform.get("/business")).status_code == 200
    clock.tick(seconds=1)
    assert problem(await platform.get("/business")) == REFUSED


async def test_a_rotated_key_works_for_its_grace_and_no_longer(northwind: Tenant, clock: FakeClock) -> None:
    made = northwind.key()
    new = northwind.services.api_keys.keys.rotate(northwind.owner, made.key.id, Grace.HOUR).value
    old, fresh = Platform(northwind.services, made.secret), Platform(northwind.services, new.secret)
    assert (await old.get("/business")).status_code == 200
    clock.tick(hours=1)
    assert problem(await old.get("/business")) == REFUSED
    assert (await fresh.get("/business")).status_code == 200


ADD, BLOCK = {"number": "+12125550199", "source": "Ads"}, {"numbers": ["+14155550199"]}
MATRIX: dict[tuple[str, str], tuple[dict[str, Any] | None, int, int, int]] = {
    # operation: (body, full, read only, screening)
    ("GET", "/business"): (None, 200, 200, 403),
    ("POST", "/calls/screen"): (RINGING | {"id": "call-2"}, 200, 403, 200),
    ("POST", "/calls"): (CALL | {"id": "call-2"}, 201, 403, 201),
    ("GET", "/calls"): (None, 200, 200, 403),
    ("GET", "/calls/{id}"): (None, 200, 200, 403),
    ("GET", "/reports/qualified"): (None, 200, 200, 403),
    ("GET", "/numbers"): (None, 200, 200, 403),
    ("POST", "/numbers"): (ADD, 201, 403, 403),
    ("GET", "/numbers/{id}"): (None, 200, 200, 403),
    ("DELETE", "/numbers/{id}"): (None, 200, 403, 403),
    ("GET", "/blocked-callers"): (None, 200, 200, 403),
    ("POST", "/blocked-callers"): (BLOCK, 200, 403, 403),
    ("GET", "/blocked-callers/{id}"): (None, 200, 200, 403),
    ("DELETE", "/blocked-callers/{id}"): (None, 200, 403, 403),
}
ACCESSES = (KeyAccess.FULL, KeyAccess.READ_ONLY, KeyAccess.SCREENING)


async def test_the_matrix_has_a_row_for_each_operation_and_a_column_for_each_access(platform: Platform) -> None:
    paths = (await platform.get("/openapi.json")).json()["paths"]
    operations = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert operations == set(MATRIX)
    assert set(ACCESSES) == set(KeyAccess)
    for (method, path), (_, *statuses) in MATRIX.items():
        may = [str(access) for access, status in zip(ACCESSES, statuses, strict=True) if status != 403]
        assert paths[path][method.lower()]["x-key-access"] == may, (method, path)


@pytest.mark.parametrize("once", ["", "once-1"])
@pytest.mark.parametrize(("method", "path"), MATRIX)
async def test_each_access_may_do_what_it_says_and_nothing_else(
    northwind: Tenant, harbor: Tenant, method: str, path: str, once: str
) -> None:
    """A read-only key that writes and a screening key that reads get 403, whatever else is wrong with the request; a
    revoked, an expired and no key get 401; and another business's key finds nothing."""
    body, *statuses = MATRIX[method, path]
    here = await somewhere(northwind, path)
    given = {"json": body, "headers": {"Idempotency-Key": once} if once else {}} if body else {}
    for platform in (*no_good(northwind), Platform(northwind.services)):
        assert problem(await platform.ask(method, here, **given)) == REFUSED
    for access, status in reversed(list(zip(ACCESSES, statuses, strict=True))):
        platform = northwind.platform(access)
        if status == 403:
            assert problem(await platform.ask(method, here, **given)) == (403, "key_not_allowed", None)
            nonsense = await platform.ask(method, here, content=b"{")
            assert problem(nonsense) == (403, "key_not_allowed", None)
        elif access is KeyAccess.FULL and "{" in path:
            foreign = harbor.platform(access)
            assert problem(await foreign.ask(method, here)) == (404, "not_found", None)
            assert (await platform.ask(method, here)).status_code == status
        else:
            if body and "id" in body:  # so that it is no repetition
                given["json"] = body | {"id": f"call-{access}"}
            assert (await platform.ask(method, here, **given)).status_code == status


async def somewhere(northwind: Tenant, path: str) -> str:
    """Return the path with the id of something of this business."""
    full = northwind.platform()
    made = {
        "/calls/{id}": ("/calls", CALL),
        "/numbers/{id}": ("/numbers", ADD),
        "/blocked-callers/{id}": ("/blocked-callers", BLOCK),
    }
    if path not in made:
        return path
    data = (await full.post(*made[path])).json()["data"]
    return path.format(id=(data[0] if isinstance(data, list) else data)["id"])


def no_good(northwind: Tenant) -> list[Platform]:
    """Return clients whose keys are revoked, have expired, and are past their grace."""
    keys, now = northwind.services.api_keys.keys, northwind.clock.now()
    revoked, rotated = northwind.key(), northwind.key()
    expired = northwind.key(expires_at=now + timedelta(seconds=1))
    northwind.revoke(revoked.key)
    keys.rotate(northwind.owner, rotated.key.id, Grace.NONE)
    northwind.clock.tick(seconds=1)
    return [Platform(northwind.services, made.secret) for made in (revoked, rotated, expired)]


@on_sqlite
@pytest.mark.parametrize("name", ["api_key", "key", "token", "access_token", "API_KEY", "apikey"])
async def test_a_key_in_the_address_is_refused_with_a_hint(platform: Platform, name: str) -> None:
    """Even with a valid header, and on pages that need no key: URLs end up in logs."""
    for path in ("/business", "/calls", "/openapi.json", "/docs"):
        answer = await platform.ask("GET", f"{path}?{name}=anything")
        assert problem(answer) == REFUSED
        assert "Authorization: Bearer" in answer.json()["error"]["message"]
        assert "rotate" in answer.json()["error"]["message"]


@on_sqlite
@pytest.mark.parametrize(
    "address",
    [
        "/calls?source={key}",
        "/calls?x={key}",
        "/calls?{key}",
        "/calls?{key}=1",
        "/calls/{key}",
        "/business?a=1&b={coded}",
        "/nothing/{key}",
        "/business?api%5Fkey=x",
    ],
)
async def test_a_key_anywhere_in_the_address_is_refused(platform: Platform, address: str) -> None:
    coded = platform.key.replace("cs_key_", "%63%73%5Fkey%5f")
    answer = await platform.ask("GET", address.format(key=platform.key, coded=coded))
    assert problem(answer) == REFUSED
    assert platform.key not in answer.text


async def test_a_key_sees_only_its_business(platform: Platform, neighbour: Platform) -> None:
    assert (await platform.get("/business")).json()["data"]["name"] == "Northwind Leads"
    assert (await neighbour.get("/business")).json()["data"]["name"] == "Harbor Media"


async def test_a_page_of_another_site_cannot_write(platform: Platform) -> None:
    """Browsers send an Origin header; programs do not."""
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await platform.ask("POST", "/calls", json=CALL, headers=headers)
        assert problem(answer) == (403, "foreign_origin", None)
    assert (await platform.get("/calls")).json()["data"] == []
