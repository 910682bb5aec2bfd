"""Access to the sandbox: host names, credentials, and request limits."""

import socket
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import KEY, Running
from tests.stripe_document import VERSION

SIGNED = {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "", "[::1]:80"])
@pytest.mark.parametrize("path", ["/_sandbox", "/v1/customers", "/checkout/cs_test_1"])
def test_another_host_is_refused(sandbox: Running, host: str, path: str) -> None:
    """Protects against DNS rebinding: a public name pointed at 127.0.0.1 can read nothing."""
    answer = httpx.get(sandbox.origin + path, headers={"Host": host} | SIGNED)
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_controls_nothing_and_pays_nothing(
    api: Any, sandbox: Running, customer: str, headers: dict[str, str]
) -> None:
    form = {"number": "4242424242424242", "expiry": "12/34", "cvc": "123"}
    made = api.checkout.sessions.create(
        {"mode": "setup", "customer": customer, "currency": "usd", "success_url": "http://localhost/x"}
    )
    assert httpx.post(made.url, data=form, headers=headers).status_code == 403
    assert httpx.post(f"{sandbox.origin}/_sandbox/reset", json={}, headers=headers).status_code == 403
    assert httpx.post(f"{sandbox.origin}/_sandbox/reset", content=b"{}", headers=headers).status_code == 403
    assert api.checkout.sessions.retrieve(made.id).status == "open"


def test_the_control_takes_json_or_a_form_and_says_what_is_wrong(sandbox: Running) -> None:
    url = f"{sandbox.origin}/_sandbox/advance"
    text = {"Content-Type": "text/plain"}
    assert httpx.post(url, content=b'{"days": 1}', headers=text).status_code == 415
    for body in (
        b"[]",
        b"{",
        b'{"days": {}}',
        b'{"days": -1}',
        b'{"days": 1e9}',
        b'{"more": 1}',
        b'{"days": "NaN"}',
        b"\xff",
    ):
        answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, body
        assert answer.json()["error"]["message"]
    for moment in (-1, 10**11):
        assert httpx.post(f"{sandbox.origin}/_sandbox/reset", json={"now": moment}).status_code == 400
    assert httpx.post(f"{sandbox.origin}/_sandbox/nothing", json={}).status_code == 404
    assert httpx.get(url).status_code == 404
    assert httpx.post(url, data={"days": "1"}, headers={"Origin": sandbox.origin}).headers["location"] == "/_sandbox"
    refused = httpx.post(url, data={"days": "<b>"}, headers={"Origin": sandbox.origin})
    assert refused.status_code == 400
    assert "a number between" in refused.text


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer sk_live_1", "Bearer sk_test_", "Basic !", "Basic c2tfbGl2ZTo="])
def test_a_key_that_is_no_test_key_is_refused(sandbox: Running, key: str) -> None:
    answer = httpx.get(f"{sandbox.origin}/v1/customers", headers={"Authorization": key})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


def test_a_key_may_come_as_the_user_of_basic_authentication(sandbox: Running) -> None:
    assert httpx.get(f"{sandbox.origin}/v1/customers", auth=(KEY, "")).status_code == 200


def test_the_sdk_says_authentication_error(sandbox: Running) -> None:
    client = stripe.StripeClient("sk_live_1", base_addresses={"api": sandbox.origin}, stripe_version=VERSION)
    with pytest.raises(stripe.AuthenticationError):
        client.v1.customers.list()


def test_it_speaks_one_version(sandbox: Running) -> None:
    answer = httpx.get(f"{sandbox.origin}/v1/customers", headers=SIGNED | {"Stripe-Version": "2020-08-27"})
    assert answer.status_code == 400
    assert VERSION in answer.text
    assert httpx.get(f"{sandbox.origin}/v1/customers", headers=SIGNED).headers["stripe-version"] == VERSION


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"nickname=x", "parameter_unknown"),
        (b"name[first]=x", None),
        (b"name=x&name[first]=y", None),
        (b"metadata[a][b]=x", None),
        (b"metadata[" + b"k" * 41 + b"]=x", None),
        (b"name=" + b"x" * 5001, None),
        (b"name=%FF", None),
        (b"name=%00", None),
        (b"\xff", None),
        (b"invoice_settings=x", None),
        (b"expand=x", None),
        (b"expand[]=nothing", None),
        (b"name=x&expand[]=name", None),
        (b"expand[]=a.b.c.d.e", None),
        (b"&".join(b"metadata[k%d]=v" % number for number in range(51)), None),
        (b"&".join(b"a%d=b" % number for number in range(2001)), None),
        (b"a[b][c][d][e][f][g][h][i]=x", None),
        (b"expand[" + b"1" * 5000 + b"]=x", None),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(sandbox: Running, form: bytes, code: str | None) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{sandbox.origin}/v1/customers", content=form, headers=SIGNED | kind)
    assert answer.status_code == 400
    assert answer.json()["error"].get("code") == code
    assert sandbox.world.all("customer") == []


def test_only_forms_are_read_and_only_known_calls_answered(sandbox: Running) -> None:
    answer = httpx.post(f"{sandbox.origin}/v1/customers", json={"name": "x"}, headers=SIGNED)
    assert (answer.status_code, "the body is a form" in answer.text) == (400, True)
    assert httpx.get(f"{sandbox.origin}/v1/coupons", headers=SIGNED).status_code == 404
    assert httpx.delete(f"{sandbox.origin}/v1/customers", headers=SIGNED).status_code == 404
    assert httpx.get(f"{sandbox.origin}/", follow_redirects=False).headers["location"] == "/_sandbox"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 1000001", b"413"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: x", b"411"),
        (b"Transfer-Encoding: chunked", b"411"),
    ],
)
def test_a_body_has_a_length_and_a_limit(sandbox: Running, head: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(sandbox.origin.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(b"POST /v1/customers HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
        assert connection.recv(4096).split()[1] == status


def test_half_a_form_is_not_read_as_a_whole_one(sandbox: Running) -> None:
    """A client that disconnects in the middle of `amount=2500` has not asked for 25."""
    head = f"POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(sandbox.origin.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(head.encode() + b"name=A")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096).split()[1] == b"400"
    assert sandbox.world.all("customer") == []
