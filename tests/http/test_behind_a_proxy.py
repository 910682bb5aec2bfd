"""Behind a real nginx and a real Caddy, configured as in the manual."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import col, select

from settings_ui.config import ROOT
from settings_ui.domain.access import Role
from settings_ui.models import UserSession
from tests.http.proxies import caddy, nginx, serving
from tests.http.running import Running
from tests.ports import free_port
from tests.support import PASSWORD, add_business, add_user, join

EMAIL = "dana@example.com"
PROXIES = {"nginx": nginx, "Caddy": caddy}


@pytest.fixture(scope="module", params=["nginx", "Caddy"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that is reachable only through the proxy."""
    folder = tmp_path_factory.mktemp("behind")
    running, port = Running(folder, ""), free_port()
    manual = (ROOT / "docs" / "operations.md").read_text()
    said = re.search(rf"For {request.param}:\n\n```\w*\n(.*?)```", manual, re.DOTALL)
    assert said is not None
    inner = said[1].replace("127.0.0.1:8000", f"127.0.0.1:{running.port}")
    running.environment |= {"APP_URL": f"http://localhost:{port}", "TRUSTED_PROXY_HOPS": "1"}
    with running.serving(), serving(PROXIES[request.param], folder, port, inner):
        business = add_business(running.services, "Northwind Leads", pay_per_call=True)
        join(running.services, add_user(running.services, EMAIL), business, Role.OWNER)
        running.port, running.origin = port, f"http://localhost:{port}"
        yield running


def test_people_sign_in_and_their_windows_open(server: Running) -> None:
    window = server.socket(server.sign_in(EMAIL, PASSWORD), token="a-window")
    assert any("Northwind Leads" in frame for frame in window.load())
    window.close()


def test_the_client_is_who_the_proxy_saw_and_not_who_it_says_it_is(server: Running) -> None:
    form = {"email": EMAIL, "password": PASSWORD}
    forged = {"origin": server.origin, "x-forwarded-for": "203.0.113.9"}
    assert httpx.post(f"{server.origin}/auth/sign-in", data=form, headers=forged).status_code == 303
    latest = select(UserSession.network).order_by(col(UserSession.created_at).desc())
    with server.services.database.read() as session:
        assert session.exec(latest).first() == "127.0.0.0/24"


def test_what_is_for_this_machine_does_not_leave_it(server: Running) -> None:
    assert httpx.get(f"{server.origin}/metrics").status_code == 403
    assert httpx.get(f"{server.origin}/health/ready").status_code == 200


def test_a_file_as_large_as_may_be_sent_gets_through(server: Running) -> None:
    """An oversized file is refused by the server itself, with its message; Caddy may answer 502 if that comes before
    the upload ends."""
    cookies = {"session": server.sign_in(EMAIL, PASSWORD)}
    headers = {"origin": server.origin, "content-type": "text/plain"}
    for size, statuses in ((10 * 1024 * 1024, {200}), (10 * 1024 * 1024 + 1, {413, 502})):
        sent = {"headers": headers, "cookies": cookies, "content": b"a" * size}
        answer = httpx.post(f"{server.origin}/support/attachments", **sent)  # type: ignore[arg-type]
        assert answer.status_code in statuses, answer.text
        assert answer.status_code == 502 or answer.headers["content-type"] == "application/json"
