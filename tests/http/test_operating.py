"""Endpoints for operators: liveness, readiness, metrics, and the log."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from settings_ui.bootstrap import Services, build, using
from settings_ui.config import Config
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.ports import Message
from settings_ui.services.account.avatars import UPLOAD_PATH
from settings_ui.services.kit import schema
from settings_ui.services.kit.jobs import Job
from settings_ui.services.kit.mail import enqueue
from settings_ui.telemetry import logs
from tests.http.conftest import EMAIL
from tests.http.site import Answer, Site, assert_guarded
from tests.http.test_sign_in import sign_in
from tests.support import PASSWORD, FakeClock, KeptMail, open_session
from tests.telemetry.test_metrics import value

TOKEN = "a-token-of-thirty-two-characters"
HERE = "127.0.0.1"


@pytest.fixture
def migrated(services: Services) -> Services:
    """Services whose database is fully migrated."""
    head = schema.newest()
    with services.database.connection() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
        connection.commit()
    return services


def built(tmp_path: Path, clock: FakeClock, **settings: str) -> Services:
    """Services with other settings, without a working database unless one is given."""
    settings.setdefault("database_url", f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    config = Config(_env_file=None, demo=True, **settings)  # type: ignore[arg-type]
    return build(config, clock=clock, mailer=KeptMail(), limiter=MovingWindowLimiter())


@pytest.fixture
def nowhere(tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """Services whose database cannot be opened."""
    away = built(tmp_path, clock)
    with using(away):
        yield away
    away.database.close()


class TestHealth:
    async def test_alive_is_whoever_answers(self, nowhere: Services) -> None:
        """Liveness does not check the database: a restart would not bring it back."""
        answer = await Site(nowhere).browser().get("/health/live")
        assert (answer.status_code, answer.json()) == (200, {"data": {"status": "ok"}})

    async def test_ready_is_who_has_a_database_with_every_migration(self, site: Site, migrated: Services) -> None:
        answer = await site.browser().get("/health/ready")
        assert (answer.status_code, answer.json()["data"]) == (
            200,
            {"status": "ok", "database": "ok", "redis": "ok"},
        )

    async def test_not_while_the_database_is_away(self, nowhere: Services) -> None:
        answer = await Site(nowhere).browser().get("/health/ready")
        assert (answer.status_code, answer.json()["data"]["database"]) == (503, "away")
        assert "folder.db" not in answer.text

    async def test_not_while_it_lacks_migrations(self, site: Site, migrated: Services) -> None:
        with migrated.database.connection() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
            connection.commit()
        answer = await site.browser().get("/health/ready")
        assert (answer.status_code, answer.json()["data"]["database"]) == (503, "needs migrating")

    @pytest.mark.parametrize("is_there", [True, False])
    async def test_nor_while_redis_is_away_where_there_is_to_be_one(
        self, tmp_path: Path, clock: FakeClock, migrated: Services, valkey: str, is_there: bool
    ) -> None:
        url = valkey if is_there else "redis://127.0.0.1:1"
        ours = built(tmp_path, clock, database_url=migrated.config.database_url, redis_url=url)
        with using(ours):
            answer = await Site(ours).browser().get("/health/ready")
        ours.database.close()
        assert answer.status_code == (200 if is_there else 503)
        assert answer.json()["data"]["redis"] == ("ok" if is_there else "away")


class TestMetrics:
    @pytest.mark.parametrize(
        ("address", "headers"),
        [
            ("192.0.2.7", {"host": "localhost:8000"}),
            (HERE, {"host": "app.example.com"}),
            (HERE, {"host": "localhost.example.com:80"}),
            (HERE, {"host": "localhost:8000", "x-forwarded-for": "192.0.2.7"}),
            (HERE, {"host": "localhost:8000", "forwarded": "for=192.0.2.7"}),
            (HERE, {"host": "localhost:8000", "x-real-ip": "192.0.2.7"}),
            (HERE, {"host": "localhost:8000", "authorization": "Bearer "}),
        ],
    )
    async def test_nobody_reads_them_from_elsewhere(self, site: Site, address: str, headers: dict[str, str]) -> None:
        """Nor through a proxy on this machine, since that is how external requests arrive."""
        browser = site.browser(address=address, **headers)
        if headers.get("authorization"):
            assert (await browser.get("/metrics")).status_code == 200  # ignored while no token is set
        else:
            answer = await browser.get("/metrics")
            assert answer.status_code == 403
            assert "switchboard_" not in answer.text

    @pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"])
    async def test_this_machine_reads_them(self, site: Site, host: str) -> None:
        answer = await site.browser(address=HERE, host=host).get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert_guarded(Answer(answer.status_code, answer.headers, answer.content))

    @pytest.mark.parametrize(
        ("given", "status"),
        [(f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 401), ("Bearer ", 401), ("", 401), ("Bearer ü", 401)],
    )
    async def test_with_a_token_only_who_has_it(
        self, tmp_path: Path, clock: FakeClock, given: str, status: int
    ) -> None:
        """From anywhere with the token, and not even from this machine without it."""
        ours = built(tmp_path, clock, metrics_token=TOKEN)
        with using(ours):
            for address in (HERE, "192.0.2.7"):
                browser = Site(ours).browser(address=address, host="10.0.0.5:8000")
                sent = {"authorization": given.encode()} if given else {}
                assert (await browser.get("/metrics", headers=sent)).status_code == status
        ours.database.close()

    async def test_they_tell_of_requests_by_route_and_never_by_what_was_sent(self, site: Site, cookie: str) -> None:
        await site.browser(cookie).get("/settings?tab=payouts")
        await site.browser(cookie).get("/nowhere-zebra?token=abc")
        await site.browser(cookie).get("/avatars/ava_zebra-64.webp")
        text = await self._read(site)
        assert value(text, 'switchboard_request_seconds_count{route="/settings",status="200"}') >= 1
        assert value(text, 'switchboard_request_seconds_count{route="other",status="404"}') >= 1
        assert value(text, 'switchboard_request_seconds_count{route="/avatars/…",status="404"}') >= 1
        assert "zebra" not in text

    async def test_they_tell_of_mail_and_jobs(self, site: Site, services: Services, clock: FakeClock) -> None:
        for _ in range(2):
            with services.database.write() as session:
                enqueue(session, clock.now(), "dana@example.com", "Hello", "A body")
            clock.tick(seconds=40)

        def fails() -> None:
            raise RuntimeError

        await services.jobs.run_if_due(Job("sweep", 60, lambda: None))
        await services.jobs.run_if_due(Job("fail", 60, fails))
        text = await self._read(site)
        now = clock.now().timestamp()
        assert value(text, "switchboard_mail_waiting") == 2
        assert value(text, "switchboard_mail_oldest_seconds") == 80
        assert value(text, 'switchboard_job_last_success_timestamp_seconds{name="sweep"}') == now
        assert value(text, 'switchboard_job_last_failure_timestamp_seconds{name="fail"}') == now
        assert value(text, "switchboard_database_up") == 1
        assert "_created" not in text
        assert not re.search('[{,](job|instance)="', text), "labels of the scrape, which would rename ours"

    async def test_mail_that_left_or_was_given_up_does_not_wait(self, services: Services, clock: FakeClock) -> None:
        with services.database.write() as session:
            enqueue(session, clock.now(), "dana@example.com", "Hello", "A body")
        [message] = services.outbox.claim()
        assert isinstance(message, Message)
        services.outbox.settle({message.id: "refused: no such mailbox"})
        assert services.outbox.waiting().messages == 0

    async def test_while_the_database_is_away_they_say_so(self, nowhere: Services) -> None:
        text = await self._read(Site(nowhere))
        assert value(text, "switchboard_database_up") == 0
        assert "switchboard_mail_waiting" not in text

    async def _read(self, site: Site) -> str:
        answer: httpx.Response = await site.browser(address=HERE, host="localhost:8000").get("/metrics")
        assert answer.status_code == 200
        return answer.text


class TestLog:
    @pytest.fixture(autouse=True)
    def listening(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger="settings_ui")
        caplog.handler.setFormatter(logs.JsonLines(["s" * 32]))

    async def test_an_answer_leads_to_its_line(self, site: Site, dana: str, caplog: pytest.LogCaptureFixture) -> None:
        answer = await sign_in(site.browser(), email=EMAIL, password=PASSWORD)
        [line] = _lines(caplog)
        assert line["request_id"] == answer.headers["x-request-id"]
        assert (line["method"], line["path"], line["status"]) == ("POST", "/auth/sign-in", 303)
        assert PASSWORD not in caplog.text

    async def test_a_line_says_who_it_was(
        self, services: Services, site: Site, dana: str, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        cookie = open_session(services, dana, clock)
        await site.browser(cookie).post(UPLOAD_PATH, content=b"no picture")
        [line] = _lines(caplog)
        assert line["actor"] == dana
        assert line["business"].startswith("biz_")
        assert cookie not in caplog.text

    async def test_what_a_stranger_can_ask_for_without_end_is_counted_and_not_logged(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        await site.browser().get("/nowhere")
        await site.browser().get("/sign-in")
        assert _lines(caplog) == []

    async def test_what_fails_is_logged_under_the_name_that_the_answer_has(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await site.browser().get("/crash?token=abcdefgh1234")
        failed, line = _lines(caplog)
        assert failed["request_id"] == line["request_id"] == answer.headers["x-request-id"]
        assert (failed["error"], line["status"]) == ("RuntimeError", 500)
        assert "abcdefgh1234" not in caplog.text


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(line) for line in caplog.text.splitlines() if '"settings_ui.' in line]
