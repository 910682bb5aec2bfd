"""Sockets and requests past the edge, on the real server with Reflex and Valkey behind it."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from settings_ui.domain.access import Role
from settings_ui.services.account.access import token_digest
from settings_ui.state.sparing import MOST_LINES
from tests.http.running import Running
from tests.http.site import Answer, assert_guarded
from tests.support import HASH, PASSWORD, add_business, add_user, join

EMAIL = "quillon@abernathy.example"
TYPED = "typed-in-a-form-and-wrong"
PAYOUTS = "reflex___state____state.settings_ui___state___payouts____payouts"
SET_VALUE = "reflex___state____state.set_value"
PROFILE = "reflex___state____state.settings_ui___state___profile____profile"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, valkey: str) -> Iterator[Running]:
    """A server with one user, which keeps its states in Valkey."""
    folder: Path = tmp_path_factory.mktemp("server")
    with redis.Redis.from_url(valkey) as client:
        client.flushdb()
    running = Running(folder, valkey)
    with running.serving():
        user_id = add_user(running.services, EMAIL, "Quillon Abernathy")
        join(running.services, user_id, add_business(running.services, "Ostrich Leads", pay_per_call=True), Role.OWNER)
        yield running


@pytest.fixture(scope="module")
def cookie(server: Running) -> str:
    """The cookie of a browser in which Quillon is signed in."""
    return server.sign_in(EMAIL, PASSWORD)


def test_a_window_of_the_real_server_shows_its_owner(server: Running, cookie: str) -> None:
    """Proves that the other tests here can fail."""
    window = server.socket(cookie, token="shows-its-owner")
    assert EMAIL in "".join(window.load())
    window.close()


def test_the_headers_of_a_browser_are_not_sent_back_to_its_page(server: Running, cookie: str) -> None:
    """No page uses them, and headers added by a proxy are internal."""
    window = server.socket(cookie, token="sends-nothing-back")
    said = "".join(window.load()).lower()
    window.close()
    assert EMAIL in said
    for name in ("user-agent", "user_agent", "sec-websocket", "sec_websocket", "raw_headers"):
        assert name not in said


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost", "http://localhost:1"])
def test_a_foreign_page_opens_no_socket(server: Running, cookie: str, origin: str) -> None:
    headers = {
        "origin": origin,
        "cookie": f"session={cookie}",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    answer = httpx.get(f"{server.origin}/_event/?EIO=4&transport=websocket&token=foreign", headers=headers)
    assert answer.status_code == 403


def test_a_digest_read_from_the_database_opens_nothing(server: Running, cookie: str) -> None:
    """Sessions are stored as digests so that reading the database gives no access. A `connect` message would make
    Reflex trust the headers in it, and our states recognize a session by a digest in one of them."""
    thief = server.socket(token="thief")
    digest = token_digest(cookie).encode()
    parts = [b"authorization", b"session " + digest]
    marks = [{"_placeholder": True, "num": n} for n in range(2)]
    environ = {"QUERY_STRING": "token=thief", "asgi.scope": {"headers": [marks], "client": ["192.0.2.1", 1]}}
    hydrate = {"name": "reflex___state____state.hydrate_and_load", "payload": {}, "router_data": {}}
    event = "42/_event," + json.dumps(["event", hydrate])
    assert thief.is_closed_by(["452-/_event," + json.dumps(["connect", environ]), *parts, event])
    thief.close()
    headers = {"origin": server.origin, "authorization": f"session {digest.decode()}"}
    assert httpx.get(f"{server.origin}/settings", headers=headers).status_code == 303


def test_polling_is_no_way_around_the_socket(server: Running, cookie: str) -> None:
    """Polling would carry the cookie, and any Authorization header, past the code that replaces them on a socket."""
    headers = {"origin": server.origin, "cookie": f"session={cookie}"}
    for method in ("GET", "POST"):
        url = f"{server.origin}/_event/?EIO=4&transport=polling&token=polls"
        answer = httpx.request(method, url, headers=headers, content=b"40/_event,")
        assert answer.status_code == 400
        assert EMAIL not in answer.text


MALFORMED = [
    '["event",null]',
    '["event",7]',
    '["event","{"]',
    '["event",[]]',
    '["event",{}]',
    '["event",{"name":null}]',
    '["event",{"name":{}}]',
    '["event",{"name":[]}]',
    '["event",{"name":7,"payload":{}}]',
    f'["event",{{"name":"{PAYOUTS}.save","payload":null}}]',
    f'["event",{{"name":"{PAYOUTS}.save","payload":{{"form":{{}}}},"router_data":7}}]',
    f'["event",{{"name":"{PAYOUTS}.save","payload":{{"form":{{}}}},"router_data":null}}]',
    f'["event",{{"name":"{PAYOUTS}.save","payload":{{"form":{{}}}},"router_data":{{"pathname":7,"asPath":[]}}}}]',
    '["event",' + "[" * 900 + "]" * 900 + "]",
    '["client_error",{"message":{},"error_type":[1]}]',
]


UNREADABLE = ['["event"', '["event"]', '["event",{},{}]', '["ping",1]', '["event",' + "[" * 30_000]
"""Those with which Socket.IO can do nothing."""


def test_a_malformed_frame_disturbs_nobody_and_is_told_nothing(server: Running, cookie: str) -> None:
    """Other windows keep working, and error details go only to the log."""
    other = server.socket(cookie, token="goes-on")
    other.load()
    for number, frame in enumerate(MALFORMED):
        window = server.socket(cookie, token=f"malformed-{number}")
        window.say(f"42/_event,{frame}")
        window.say('42/_event,["ping"]')
        assert "Traceback" not in "".join(window.hear("pong"))
        window.close()
    assert EMAIL in "".join(other.load())
    other.close()


@pytest.mark.parametrize("frame", UNREADABLE, ids=lambda frame: frame[:20])
def test_an_unreadable_frame_ends_its_socket_with_one_line_in_the_log(server: Running, frame: str) -> None:
    """Anybody may send them, and the log would fill the disk."""
    before = len(server.log())
    window = server.socket(token="unreadable")
    assert window.is_closed_by([f"42/_event,{frame}"] * 50)
    window.close()
    written = server.log()[before:]
    assert written.count("ended a socket after a") == 1
    assert len(written) < 500


@pytest.mark.parametrize(
    "event",
    ['{"name":"a.handler_of_yesterday","payload":{}}', '{"name":[]}', "7", f'{{"name":"{SET_VALUE}","payload":{{}}}}'],
)
def test_events_that_do_not_exist_take_a_few_lines_of_the_log(server: Running, event: str) -> None:
    """A socket may send any number of them. It goes on, since a page from before a release may be at its end."""
    written = _logged_after(server, "from-yesterday", [event] * 200, then="/sign-in")
    assert 1 <= written.count("refused: ") <= MOST_LINES
    assert len(written) < 1000 * MOST_LINES
    assert "trace" not in written


def test_a_socket_without_a_window_takes_a_line_of_the_log(server: Running) -> None:
    events = [f'{{"name":"{SET_VALUE}","payload":{{"said":"said-{number}"}}}}' for number in range(200)]
    assert _logged_after(server, "", events).count("said-") == 0


def test_what_an_unknown_event_carries_is_not_logged(server: Running, cookie: str) -> None:
    """A page from before a release may send a password to a handler that has since been renamed."""
    window = server.socket(cookie, token="from-before")
    window.event(f"{PAYOUTS}.saved_under_another_name", {"form": {"password": "a-password-that-must-not-be-logged"}})
    window.load()
    assert "saved_under_another_name" in server.log()
    assert "a-password-that-must-not-be-logged" not in server.log()
    window.close()


def test_valkey_and_the_log_hold_no_secret_after_a_day_of_work(server: Running, cookie: str) -> None:
    """After signing in, opening windows and typing right and wrong passwords, no key, value or log line contains
    one."""
    window = server.socket(cookie, token="a-day-of-work")
    window.load("/settings?tab=payouts")
    for password in (TYPED, PASSWORD):
        window.event(f"{PAYOUTS}.save", {"form": {"email": "quillon@paypal.example", "password": password}})
        window.hear('"answered_rx_state_"')
    window.event(
        f"{PROFILE}.change_password", {"form": {"password": TYPED, "new_password": TYPED + " of another kind"}}
    )
    window.hear('"password_answered_rx_state_"')
    window.close()
    held = all_of(server.environment["REDIS_URL"])
    assert b"quillon@paypal.example" in held, "the states are not where this test looks"
    for secret in (cookie, PASSWORD, TYPED, HASH):
        assert secret.encode() not in held
        assert secret not in server.log()


@pytest.mark.parametrize("origin", ["", "https://evil.example"])
def test_a_preflight_is_guarded_and_invites_no_one_else(server: Running, origin: str) -> None:
    """Reflex answers CORS preflights itself, outside everything but the edge."""
    headers = {"origin": origin or server.origin, "access-control-request-method": "POST"}
    answer = httpx.options(f"{server.origin}/auth/sign-in", headers=headers)
    assert "evil.example" not in answer.headers.get("access-control-allow-origin", "")
    assert_guarded(Answer(answer.status_code, httpx.Headers([*_but_server(answer)]), answer.content))


@pytest.mark.parametrize("path", ["/ping", "/_health", "/_event", "/_upload", "/nowhere", "/api/v1/nothing"])
def test_what_reflex_answers_itself_is_guarded_too(server: Running, path: str) -> None:
    answer = httpx.get(f"{server.origin}{path}")
    assert_guarded(Answer(answer.status_code, httpx.Headers([*_but_server(answer)]), answer.content))


@pytest.mark.parametrize("path", ["/_upload", "/auth-codespace", "/_all_routes", "/docs", "/redoc", "/openapi.json"])
def test_nothing_of_the_frameworks_is_left_open(server: Running, cookie: str, path: str) -> None:
    headers = {"origin": server.origin, "cookie": f"session={cookie}"}
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{server.origin}{path}", headers=headers).status_code in (404, 405)


def all_of(url: str) -> bytes:
    """Return all keys and values in Valkey, of every type."""
    read = {
        b"string": "get",
        b"hash": "hgetall",
        b"set": "smembers",
        b"list": lambda client, key: client.lrange(key, 0, -1),
        b"zset": lambda client, key: client.zrange(key, 0, -1),
    }
    with redis.Redis.from_url(url) as client:
        parts = []
        for key in client.scan_iter():
            kind = client.type(key)
            if kind == b"none":
                continue  # it expired after it was listed
            reader = read[kind]
            value = getattr(client, reader)(key) if isinstance(reader, str) else reader(client, key)
            parts += [key, value if isinstance(value, bytes) else repr(value).encode()]
    return b"\n".join(parts)


def _logged_after(server: Running, token: str, events: list[str], *, then: str = "") -> str:
    """Send events on a new socket, load a page on it if one is given, and return what the log has of all that."""
    before = len(server.log())
    window = server.socket(token=token)
    for event in events:
        window.say(f'42/_event,["event",{event}]')
    window.say('42/_event,["ping"]')
    window.hear("pong")
    if then:
        window.load(then)
    window.close()
    return server.log()[before:]


def _but_server(answer: httpx.Response) -> list[tuple[str, str]]:
    """The server adds its own Server header, which an edge running inside it cannot prevent."""
    return [(name, value) for name, value in answer.headers.multi_items() if name != "server"]
