"""Idempotency-Key: a POST takes effect once, however often it is sent."""

import asyncio
import json
from collections.abc import Iterable

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Principal
from settings_ui.domain.errors import Conflict, Unavailable
from settings_ui.models import IdempotentAnswer, TrackingNumber
from settings_ui.services.api_keys.idempotency import Idempotency
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.database import Database
from tests.http.api.killed_posts import CALLER, body
from tests.http.api.platform import CALL, Platform, Tenant, a_call, on_sqlite, problem
from tests.killing import walked
from tests.support import FakeClock, replaced

NUMBER = {"number": "+12125550100", "source": "Google Ads"}
POSTS = ("/numbers", "/blocked-callers", "/calls", "/calls/screen")
CONFLICT = (409, "conflict", None)


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


class KeptTopics:
    """A bus that records what is published."""

    def __init__(self) -> None:
        self.topics: set[str] = set()

    async def publish(self, topics: Iterable[str]) -> None:
        self.topics |= set(topics)


class FailingOnce:
    """A numbers service whose first `add` fails; later ones work."""

    def __init__(self, services: Services, failure: Exception) -> None:
        self._services = services
        self._failure: Exception | None = failure

    def add(self, actor: Principal, number: str, source: str) -> Changed[TrackingNumber]:
        failure, self._failure = self._failure, None
        if failure:
            raise failure
        return self._services.numbers.add(actor, number, source)


async def test_the_same_request_again_gets_the_answer_of_the_first(platform: Platform) -> None:
    """Byte for byte, however the JSON is formatted; the work is done only once."""
    first = await platform.post("/numbers", NUMBER, once="order-1")
    again = await platform.post("/numbers", dict(reversed(NUMBER.items())), once="order-1")
    spread = await platform.ask(
        "POST",
        "/numbers",
        content=json.dumps(NUMBER, indent=4),
        headers={"content-type": "application/json", "idempotency-key": "order-1"},
    )
    assert (first.status_code, replayed(first)) == (201, False)
    for answer in (again, spread):
        assert (answer.status_code, answer.content, replayed(answer)) == (201, first.content, True)
    assert len((await platform.get("/numbers")).json()["data"]) == 1


async def test_the_key_with_another_request_is_a_conflict(platform: Platform) -> None:
    """A different body or a different path; the stored answer stays unchanged."""
    first = await platform.post("/numbers", NUMBER, once="order-1")
    assert problem(await platform.post("/numbers", NUMBER | {"source": "Radio"}, once="order-1")) == CONFLICT
    assert problem(await platform.post("/calls", CALL, once="order-1")) == CONFLICT
    assert (await platform.post("/numbers", NUMBER, once="order-1")).content == first.content


async def test_many_at_once_do_it_once_and_all_get_its_answer(platform: Platform) -> None:
    """Without the key, all but one would get a conflict, since the number is already taken."""
    answers = await asyncio.gather(*(platform.post("/numbers", NUMBER, once="order-1") for _ in range(12)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum(not replayed(answer) for answer in answers) == 1
    assert len((await platform.get("/numbers")).json()["data"]) == 1


async def test_many_different_ones_at_once_do_not_get_in_each_other_s_way(platform: Platform) -> None:
    answers = await asyncio.gather(*(platform.post("/calls", a_call(n), once=f"call-{n}") for n in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len((await platform.get("/calls")).json()["data"]) == 12


async def test_it_is_kept_for_24_hours_and_then_it_is_a_new_request(platform: Platform, clock: FakeClock) -> None:
    first = await platform.post("/calls", CALL, once="a")
    clock.tick(hours=23, minutes=59)
    assert replayed(await platform.post("/calls", CALL, once="a"))
    clock.tick(minutes=1)
    after = await platform.post("/calls", CALL, once="a")
    assert (first.status_code, after.status_code, replayed(after)) == (201, 200, False)
    assert replayed(await platform.post("/calls", CALL, once="a"))


async def test_old_answers_are_swept(platform: Platform, services: Services, clock: FakeClock) -> None:
    await platform.post("/calls", CALL, once="old")
    clock.tick(hours=12)
    await platform.post("/calls", CALL, once="young")
    clock.tick(hours=12)
    assert services.api_keys.idempotency.sweep() == 1
    with services.database.read() as session:
        assert session.exec(select(IdempotentAnswer.idempotency_key)).all() == ["young"]


async def test_a_refusal_of_the_service_is_kept_and_names_each_request(platform: Platform) -> None:
    """Otherwise a retry after a lost answer could succeed where the first request had failed."""
    await platform.post("/calls", CALL)
    answers = [await platform.post("/calls", CALL | {"duration_s": 5}, once="a") for _ in range(2)]
    assert [problem(answer) for answer in answers] == [CONFLICT, CONFLICT]
    assert [replayed(answer) for answer in answers] == [False, True]
    assert len({answer.json()["error"]["request_id"] for answer in answers}) == 2


async def test_what_never_began_is_not_kept(platform: Platform) -> None:
    """A malformed request may be corrected and sent again with the same key."""
    assert problem(await platform.post("/calls", CALL | {"duration_s": "5"}, once="a"))[0] == 422
    assert (await platform.post("/calls", CALL, once="a")).status_code == 201


@pytest.mark.parametrize(("failure", "status"), [(Unavailable(), 503), (RuntimeError("a secret of ours"), 500)])
async def test_what_failed_on_our_side_is_not_kept(
    northwind: Tenant, services: Services, failure: Exception, status: int
) -> None:
    """A retry does the work again."""
    numbers = FailingOnce(services, failure)
    broken = replaced(services, {"numbers": numbers})
    platform = Platform(broken, northwind.key().secret)
    failed = await platform.post("/numbers", NUMBER, once="a")
    assert failed.status_code == status
    assert "secret of ours" not in failed.text
    done = await platform.post("/numbers", NUMBER, once="a")
    assert (done.status_code, replayed(done)) == (201, False)


@pytest.mark.parametrize(
    ("database_url", "path"),
    [*(("sqlite", path) for path in POSTS), ("postgresql", "/calls/screen"), ("postgresql", "/numbers")],
    indirect=["database_url"],
)
async def test_a_post_that_is_killed_at_any_step_and_sent_again_is_done_once(
    northwind: Tenant, platform: Platform, path: str
) -> None:
    """kill -9 before and after each commit: effect and answer are stored together or not at all."""
    await platform.post("/blocked-callers", {"numbers": [CALLER]})
    steps = walked("tests.http.api.killed_posts", northwind.services.database.url, platform.key, path)
    assert steps >= 2


@pytest.mark.parametrize("path", POSTS)
async def test_a_commit_that_fails_leaves_nothing_and_tells_nobody(
    northwind: Tenant, platform: Platform, path: str
) -> None:
    """The next attempt does the work and is not marked as a replay."""
    await platform.post("/blocked-callers", {"numbers": [CALLER]})
    bus = KeptTopics()
    platform = Platform(replaced(northwind.services, {"bus": bus}), platform.key)

    def fail(_session: Session) -> None:
        raise RuntimeError("the disk is full")

    event.listen(Session, "before_commit", fail)
    try:
        failed = await platform.post(path, body(path, 1), once="a")
    finally:
        event.remove(Session, "before_commit", fail)
    assert (failed.status_code, bus.topics) == (500, set())
    done = await platform.post(path, body(path, 1), once="a")
    assert (done.status_code < 300, replayed(done)) == (True, False)


async def test_topics_are_told_once(northwind: Tenant, platform: Platform) -> None:
    """A replay changes nothing, so no window has to reload."""
    bus = KeptTopics()
    platform = Platform(replaced(northwind.services, {"bus": bus}), platform.key)
    await platform.post("/numbers", NUMBER, once="a")
    assert bus.topics
    bus.topics.clear()
    await platform.post("/numbers", NUMBER, once="a")
    assert not bus.topics


@on_sqlite
async def test_long_answers_are_kept_a_hundred_times_a_day(platform: Platform, clock: FakeClock) -> None:
    """An answer echoes up to 64 KiB; a day at 600 requests a minute would store 100 GB. Without the header there is
    no limit."""
    many = {"numbers": [f"+1415{n:07}" for n in range(200)]}
    for n in range(100):
        assert (await platform.post("/blocked-callers", many, once=f"a-{n}")).status_code == 200
    assert problem(await platform.post("/blocked-callers", many, once="one-more"))[0] == 429
    assert (await platform.post("/blocked-callers", many)).status_code == 200
    assert (await platform.post("/blocked-callers", {"numbers": [CALLER]}, once="short")).status_code == 200
    assert replayed(await platform.post("/blocked-callers", many, once="a-0"))
    clock.tick(hours=24)
    await platform.post("/blocked-callers", many)
    platform.services.api_keys.idempotency.sweep()
    assert (await platform.post("/blocked-callers", many, once="one-more")).status_code == 200


async def test_a_first_one_that_takes_too_long_is_a_conflict_for_the_others(
    northwind: Tenant, services: Services, database_url: str, clock: FakeClock
) -> None:
    """They may retry later; nothing was done twice."""
    waiting = Database(database_url, patience_s=0.2)
    idempotency = Idempotency(waiting, clock)
    actor = services.api_keys.check.actor(northwind.key().secret, "")
    assert actor is not None
    with services.database.write() as session:
        session.add(
            IdempotentAnswer(
                key_id=actor.key_id, idempotency_key="a", request_digest="", status=0, body="", created_at=clock.now()
            )
        )
        session.flush()
        with pytest.raises((Conflict, Unavailable)) as refused:
            await asyncio.to_thread(idempotency.once, actor, "a", "", lambda: pytest.fail("done a second time"))
        assert isinstance(refused.value, Unavailable if services.database.embedded else Conflict)
        session.rollback()
    waiting.close()


async def test_each_api_key_has_its_own(northwind: Tenant, platform: Platform, neighbour: Platform) -> None:
    """Nobody can read another key's answer by guessing its Idempotency-Key."""
    await platform.post("/calls", CALL, once="a")
    for other in (northwind.platform(), neighbour):
        answer = await other.post("/calls", a_call(2), once="a")
        assert (answer.status_code, replayed(answer)) == (201, False)


async def test_a_revoked_key_gets_no_answer_of_before(northwind: Tenant) -> None:
    made = northwind.key()
    platform = Platform(northwind.services, made.secret)
    await platform.post("/calls", CALL, once="a")
    northwind.revoke(made.key)
    assert problem(await platform.post("/calls", CALL, once="a"))[0] == 401


@on_sqlite
@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a b", b"a\tb", "é".encode(), b"\x7f"])
async def test_a_key_that_cannot_be_is_refused(platform: Platform, key: bytes) -> None:
    for path, said in (("/calls", CALL), ("/calls/screen", {"from": "+14155550132", "to": "+12125550100"})):
        answer = await platform.ask("POST", path, json=said, headers={"idempotency-key": key})
        assert problem(answer) == (422, "invalid_request", "Idempotency-Key")


@on_sqlite
async def test_the_longest_key_works_and_two_do_not(platform: Platform) -> None:
    assert (await platform.post("/calls", CALL, once="!~" * 127 + "x")).status_code == 201
    headers = [("authorization", f"Bearer {platform.key}"), ("idempotency-key", "a"), ("idempotency-key", "a")]
    answer = await platform.ask_raw("POST", "/calls", headers, json=CALL)
    assert problem(answer) == (422, "invalid_request", "Idempotency-Key")


async def test_a_get_takes_no_notice_of_it(platform: Platform) -> None:
    answer = await platform.ask("GET", "/calls", headers={"idempotency-key": "a"})
    assert (answer.status_code, replayed(answer)) == (200, False)
