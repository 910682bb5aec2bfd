"""Authentication with API keys, and what each access level may do."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.api_key import Grace, KeyAccess, new_secret
from tests.http.api.platform import CALL, RINGING, Platform, Tenant, on_sqlite, problem
from tests.support import FakeClock

REFUSED = (401, "invalid_api_key", None)
ALL, READ, SCREEN = KeyAccess.FULL, KeyAccess.READ_ONLY, KeyAccess.SCREENING


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


MAY = {
    ("GET", "/business"): {ALL, READ},
    ("POST", "/calls/screen"): {ALL, SCREEN},
    ("POST", "/calls"): {ALL, SCREEN},
    ("GET", "/calls"): {ALL, READ},
    ("GET", "/calls/call-1"): {ALL, READ},
    ("GET", "/reports/qualified"): {ALL, READ},
    ("GET", "/numbers"): {ALL, READ},
    ("POST", "/numbers"): {ALL},
    ("GET", "/numbers/num_x"): {ALL, READ},
    ("DELETE", "/numbers/num_x"): {ALL},
    ("GET", "/blocked-callers"): {ALL, READ},
    ("POST", "/blocked-callers"): {ALL},
    ("GET", "/blocked-callers/blk_x"): {ALL, READ},
    ("DELETE", "/blocked-callers/blk_x"): {ALL},
}


@pytest.mark.parametrize(("method", "path"), MAY)
async def test_each_access_may_do_what_it_says_and_nothing_else(northwind: Tenant, method: str, path: str) -> None:
    """A read-only key that writes and a screening key that reads get 403, whatever else is wrong with the request."""
    body = {
        "/calls": CALL,
        "/calls/screen": RINGING,
        "/numbers": {"number": "+12125550100", "source": "Ads"},
        "/blocked-callers": {"numbers": ["+14155550132"]},
    }
    for access in KeyAccess:
        platform = northwind.platform(access)
        given = {"json": body[path]} if method == "POST" else {}
        answer = await platform.ask(method, path, **given)
        if access in MAY[method, path]:
            assert answer.status_code in (200, 201, 404)
        else:
            assert problem(answer) == (403, "key_not_allowed", None)
            nonsense = await platform.ask(method, path, content=b"{")
            assert problem(nonsense) == (403, "key_not_allowed", None)


async def test_every_endpoint_wants_a_key(services: Services) -> None:
    anonymous = Platform(services)
    for method, path in MAY:
        assert problem(await anonymous.ask(method, path)) == REFUSED


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
