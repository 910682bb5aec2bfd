"""Behind a real nginx, set up as the manual says."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import select

from settings_ui.config import ROOT
from settings_ui.domain.access import Role
from settings_ui.models import UserSession
from tests.gateways.ports_free import free_port
from tests.http.nginx import nginx
from tests.http.running import Running
from tests.support import PASSWORD, add_business, add_user, join

EMAIL = "dana@example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that people reach through nginx alone."""
    tmp_path = tmp_path_factory.mktemp("behind-nginx")
    running, port = Running(tmp_path, ""), free_port()
    manual = (ROOT / "docs" / "operations.md").read_text()
    location = re.search(r"nginx with\n\n```\n(.*?)```", manual, re.DOTALL)
    assert location is not None
    inner = f"127.0.0.1:{running.port}"
    running.environment |= {"APP_URL": f"http://localhost:{port}", "TRUSTED_PROXY_HOPS": "1"}
    with running.serving(), nginx(tmp_path, port, location[1].replace("127.0.0.1:8000", inner)):
        business = add_business(running.services, "Northwind Leads", pay_per_call=True)
        join(running.services, add_user(running.services, EMAIL), business, Role.OWNER)
        running.port, running.origin = port, f"http://localhost:{port}"
        yield running


def test_people_sign_in_and_their_windows_open(server: Running) -> None:
    window = server.socket(server.sign_in(EMAIL, PASSWORD), token="a-window")
    assert any("Northwind Leads" in frame for frame in window.load())
    window.close()


def test_the_client_is_who_nginx_saw_and_not_who_it_says_it_is(server: Running) -> None:
    form = {"email": EMAIL, "password": PASSWORD}
    forged = {"origin": server.origin, "x-forwarded-for": "203.0.113.9"}
    assert httpx.post(f"{server.origin}/auth/sign-in", data=form, headers=forged).status_code == 303
    with server.services.database.read() as session:
        assert set(session.exec(select(UserSession.network))) == {"127.0.0.0/24"}


def test_what_is_for_this_machine_does_not_leave_it(server: Running) -> None:
    assert httpx.get(f"{server.origin}/metrics").status_code == 403
    assert httpx.get(f"{server.origin}/health/ready").status_code == 200
