"""HTTP during an outage of a dependency: 503 with an explanation, and nothing half done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from settings_ui.bootstrap import Services, build, using
from settings_ui.config import Config
from settings_ui.gateways.limiter import MovingWindowLimiter
from tests.http.conftest import EMAIL
from tests.http.site import Site, assert_guarded
from tests.http.test_sign_in import sign_in
from tests.support import FakeClock, KeptMail

AWAY = "We could not reach our database. Nothing was changed. Try again."


@pytest.fixture
def without_sessions(services: Services, cookie: str) -> Iterator[str]:
    """A database that cannot look up sessions; yields a cookie that was valid before."""
    with services.database.write() as session:
        session.execute(text("ALTER TABLE sessions RENAME TO sessions_away"))
    yield cookie
    with services.database.write() as session:
        session.execute(text("ALTER TABLE sessions_away RENAME TO sessions"))


@pytest.fixture
def nowhere(tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """Services whose database cannot be opened."""
    config = Config(_env_file=None, demo=True, database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    built = build(config, clock=clock, mailer=KeptMail(), limiter=MovingWindowLimiter())
    with using(built):
        yield built
    built.database.close()


async def test_health_is_200_while_the_database_answers(site: Site) -> None:
    answer = await site.browser().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"data": {"status": "ok"}})


async def test_health_is_503_while_it_does_not(nowhere: Services) -> None:
    answer = await Site(nowhere).browser().get("/health")
    assert answer.status_code == 503
    assert answer.json()["error"] == {"code": "unavailable", "message": AWAY, "field": None}
    assert "folder.db" not in answer.text


@pytest.mark.parametrize("json", [True, False])
async def test_signing_in_says_so_and_sets_no_cookie(nowhere: Services, json: bool) -> None:
    answer = await sign_in(Site(nowhere).browser(), json=json)
    assert answer.status_code == 503
    assert AWAY in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_sign_out_that_could_not_happen_is_not_pretended(site: Site, without_sessions: str) -> None:
    """The cookie is kept: without it nobody could end the session that is still open."""
    answer = await site.browser(without_sessions).post("/auth/sign-out")
    assert answer.status_code == 503
    assert AWAY in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_page_is_served_and_says_it_itself(site: Site, without_sessions: str) -> None:
    """Nobody is sent to sign in again because the database was briefly unavailable."""
    assert (await site.browser(without_sessions).get("/settings")).status_code == 200


@pytest.mark.parametrize("path", ["/payouts/cancel", "/avatars/ava_aaaaaaaaaaaaaaaaaaaaaaaa-64.webp", "/calls.csv"])
async def test_every_other_route_says_it_too(site: Site, without_sessions: str, path: str) -> None:
    answer = await site.browser(without_sessions).get(path)
    assert answer.status_code == 503
    assert AWAY in answer.text


async def test_signing_in_while_the_limits_are_away_is_refused_and_not_let_through(
    services: Services, dana: str
) -> None:
    """Shared limits in Redis fail closed: a Redis restart must not allow unlimited guessing."""
    away = build(
        services.config, clock=services.clock, mailer=KeptMail(), limiter=MovingWindowLimiter("redis://127.0.0.1:1")
    )
    try:
        with using(away):
            answer = await sign_in(Site(away).browser(), email=EMAIL)
    finally:
        away.database.close()
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers
    assert "127.0.0.1" not in answer.text
    assert "Traceback" not in answer.text


async def test_the_answers_of_an_outage_are_guarded_too(site: Site, without_sessions: str) -> None:
    for path in ("/settings", "/calls.csv", "/payouts/cancel"):
        answer = await site.raw("GET", path, headers=[("cookie", f"session={without_sessions}")])
        assert_guarded(answer)
        assert answer.headers["cache-control"] == "no-store"
