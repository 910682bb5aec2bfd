"""Log lines: machine-readable, attributed to a user, and free of secrets."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from settings_ui.config import Config
from settings_ui.domain.api_key import new_secret
from settings_ui.telemetry import logs, trail

OURS = "the-secret-that-signs-links-in-our-mail"


class Lines:
    """A logger for this test, and what it wrote."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._written = io.StringIO()
        handler = logging.StreamHandler(self._written)
        handler.setFormatter(formatter)
        self.log = logging.Logger("settings_ui.of_a_test")
        self.log.addHandler(handler)

    def text(self) -> str:
        return self._written.getvalue()

    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """JSON lines, outside of any request."""
    trail.resume(None)
    yield Lines(logs.JsonLines([OURS]))
    trail.resume(None)


@pytest.fixture(params=["json", "text"])
def either(request: pytest.FixtureRequest) -> Lines:
    """Lines in each format."""
    return Lines(logs.JsonLines([OURS]) if request.param == "json" else logs.TextLines([OURS]))


def test_a_line_is_one_json_object(lines: Lines) -> None:
    """Also if its text contains line breaks."""
    lines.log.warning("two\nlines of %s", "text", extra={"facts": {"status": 503, "path": "/calls"}})
    [line] = lines.json()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "settings_ui.of_a_test",
        "message": "two\nlines of text",
        "status": 503,
        "path": "/calls",
    }


def test_a_line_says_whose_doing_it_was(lines: Lines) -> None:
    began = trail.begin()
    lines.log.warning("before anyone is known")
    trail.acting("usr_dana", "biz_northwind")
    lines.log.warning("then")
    first, second = lines.json()
    assert first["request_id"] == second["request_id"] == began.id
    assert "actor" not in first
    assert (second["actor"], second["business"]) == ("usr_dana", "biz_northwind")


async def test_it_says_so_in_threads_and_of_each_request_its_own(lines: Lines) -> None:
    async def request(name: str) -> None:
        trail.begin(name)
        await asyncio.sleep(0)
        await asyncio.to_thread(trail.acting, f"usr_{name}", "biz")
        await asyncio.to_thread(lines.log.warning, name)

    await asyncio.gather(*(asyncio.create_task(request(f"r{n}")) for n in range(5)))
    assert {line["message"]: (line["request_id"], line["actor"]) for line in lines.json()} == {
        f"r{n}": (f"r{n}", f"usr_r{n}") for n in range(5)
    }


def test_a_new_request_knows_nothing_of_the_one_before(lines: Lines) -> None:
    trail.begin()
    trail.acting("usr_dana", "biz_northwind")
    trail.begin()
    lines.log.warning("next")
    assert "actor" not in lines.json()[0]


def test_an_error_brings_its_type_and_its_trace(lines: Lines) -> None:
    try:
        raise KeyError("no such thing")
    except KeyError:
        lines.log.exception("it failed")
    [line] = lines.json()
    assert line["error"] == "KeyError"
    assert "test_an_error_brings_its_type_and_its_trace" in line["trace"]


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"mail could not be signed with {OURS}", OURS),
        pytest.param(f"GET /calls/{(key := new_secret().secret)}", key.removeprefix("cs_key_"), id="a key"),
        ("Authorization: Bearer abcdefgh1234", "abcdefgh1234"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("cookie: theme=dark; __Host-session=abcdefgh1234", "abcdefgh1234"),
        ("GET /payouts/cancel?token=abcdefgh1234&x=1", "abcdefgh1234"),
        ('{"new_password": "correct-horse-battery"}', "correct-horse-battery"),
        ("password=correct-horse", "correct-horse"),
        ("redis://:hunter2hunter2@redis:6379/0 is away", "hunter2hunter2"),
        ("postgresql://switchboard:hunter2hunter2@db/x", "hunter2hunter2"),
        ("stripe said no to sk_live_51Habcdef", "51Habcdef"),
        ("webhook of whsec_abcdef123456", "abcdef123456"),
    ],
)
def test_no_line_has_a_secret(either: Lines, said: str, secret: str) -> None:
    """Not in its text, its fields or its exception."""
    try:
        raise RuntimeError(said)
    except RuntimeError:
        either.log.exception("so: %s", said, extra={"facts": {"path": said}})
    assert secret not in either.text()
    assert "so:" in either.text()


def test_no_line_is_longer_than_whoever_reads_it_needs(either: Lines) -> None:
    """Much of what is logged echoes input: otherwise a client could fill the disk faster than it sends."""
    sent = "x" * 60_000
    either.log.warning("no such event: %s", sent, extra={"facts": {"path": f"/{sent}"}})
    assert len(either.text()) < 10_000
    assert "no such event: xxx" in either.text()
    try:
        raise ValueError(f"cannot be read: {sent}")
    except ValueError:
        either.log.exception("failed on %s", sent)
    assert len(either.text()) < 20_000
    assert "cannot be read: xxx" in either.text()
    either.log.warning("\n" * 60_000)
    assert len(either.text()) < 200_000


def test_what_is_no_secret_stays(either: Lines) -> None:
    said = "POST /calls/screen: 200, key_5fd2 of biz_a1 from 192.0.2.7, topics are not heard: ConnectionError"
    either.log.warning(said)
    assert said in either.text()


def test_a_person_reads_whose_doing_it_was_too() -> None:
    lines = Lines(logs.TextLines([]))
    trail.begin("req_1")
    trail.acting("usr_dana", "biz_northwind")
    lines.log.warning("denied")
    assert "WARNING denied [req_1 usr_dana biz_northwind]" in lines.text()


@pytest.mark.parametrize(
    ("wanted", "formatter", "level"),
    [("json", "JsonLines", "INFO"), ("text", "TextLines", "WARNING"), ("", "JsonLines", "INFO")],
)
def test_programs_get_json_and_a_terminal_text(wanted: logs.Format, formatter: str, level: str) -> None:
    """A test's output is not a terminal."""
    settings = logs.settings(wanted)
    assert settings["formatters"]["lines"]["()"].endswith(formatter)
    assert settings["loggers"]["settings_ui"]["level"] == level
    json.dumps(settings)  # a server takes the format from its configuration file


def test_every_secret_of_the_configuration_is_one_that_lines_lack() -> None:
    config = Config(
        _env_file=None,
        secret_key="s" * 32,
        api_key_pepper="p" * 32,
        metrics_token="m" * 32,
        database_url="postgresql://u:of-the-database%21@db/x",
        redis_url="redis://:of-redis-too@r/0",
        smtp_url="smtp://u:of-the-mail@m",
        storage_url="s3://key:of-the-bucket@bucket",
        stripe_secret_key="sk_of-the-account",
        stripe_webhook_secret="whsec_of-the-endpoint",
    )
    passwords = ["of-the-database!", "of-redis-too", "of-the-mail", "of-the-bucket"]
    passwords += ["sk_of-the-account", "whsec_of-the-endpoint"]
    assert set(config.secrets()) == {"s" * 32, "p" * 32, "m" * 32, *passwords}


def test_nobody_writes_a_line_of_ours_or_to_the_terminal_of_who_reads_it() -> None:
    trail.resume(None)
    lines = Lines(logs.TextLines([]))
    lines.log.error("a page said: %s", "no\r\n12:00:00 ERROR all is lost \x1b[2J\u202e")
    [first, second] = lines.text().splitlines()
    assert first.endswith("a page said: no\\r")
    assert second == "    12:00:00 ERROR all is lost \\x1b[2J\\u202e"
