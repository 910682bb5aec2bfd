"""Errors in windows: every failure is shown, and the notice disappears by itself."""

import asyncio
import logging
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway
from reflex.istate.manager.memory import StateManagerMemory

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Unavailable
from settings_ui.settings_ui import on_backend_error
from settings_ui.state import outage
from settings_ui.state.binding import Binding
from settings_ui.state.profile import Profile
from settings_ui.state.shell import Shell
from tests.fakes import Broken
from tests.state.people import People
from tests.state.pipeline import Pipeline, merged
from tests.support import replaced


@pytest.fixture
async def pipeline(pipeline: Pipeline) -> Pipeline:
    """The pipeline, with the running app's error handling."""
    pipeline.event_processor.backend_exception_handler = on_backend_error
    return pipeline


async def told() -> None:
    """Return once a pending notice has been sent."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RuntimeError("a secret that only the log may have"), "Something went wrong on our side"),
        (RedisAway("at 10.0.0.5:6379"), outage.AWAY),
    ],
)
async def test_an_event_that_fails_says_so_until_the_next_one_gets_through(
    services: Services, people: People, pipeline: Pipeline, error: Exception, says: str
) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"account.profile": Broken(error)})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    assert window.shows(Binding)["outage"].startswith(says)
    assert "secret" not in "".join(window.sent)
    assert "10.0.0.5" not in "".join(window.sent)
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert window.shows(Binding)["outage"] == ""
    assert window.shows(Shell)["user"]["name"] == "Ines"


async def test_a_service_that_does_not_respond_is_named_in_its_own_words(
    services: Services, people: People, pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names it without a traceback, since it is not a bug of ours."""
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"business.shell": Broken(Unavailable("Payments are not responding."))})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    assert window.shows(Binding)["outage"] == "Payments are not responding."
    assert [record.exc_info for record in caplog.records if "failed" in record.getMessage()] == [None]


async def test_a_failure_before_the_event_has_an_id_is_told_without_one(services: Services, people: People) -> None:
    """As when the window's state cannot be read; the sentence is still complete."""
    states = Unreadable()
    async with Pipeline(services, states) as pipeline:
        pipeline.event_processor.backend_exception_handler = on_backend_error
        window = await pipeline.window(people.member(Role.OWNER).cookie)
        states.broken = True
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
        assert window.shows(Binding)["outage"].endswith("If it happens again, tell us.")


class Unreadable(StateManagerMemory):
    """In-memory states that become unreadable once `broken` is set."""

    broken = False

    def modify_state_with_links(self, *args: Any, **options: Any) -> Any:
        if self.broken:
            raise RuntimeError
        return super().modify_state_with_links(*args, **options)


async def test_what_is_said_leads_to_the_log(
    services: Services, people: People, pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"account.profile": Broken(RuntimeError("inside"))})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    assert "req_" in window.shows(Binding)["outage"]
    assert "inside" in caplog.text


async def test_only_the_window_whose_event_failed_is_told(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    window, other = [await pipeline.window(person.cookie) for _ in range(2)]
    before = len(other.sent)
    with using(replaced(services, {"account.profile": Broken(RuntimeError())})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    assert len(other.sent) == before


async def test_a_lost_link_is_said_in_every_window(people: People, pipeline: Pipeline) -> None:
    """Immediately, also in idle windows."""
    windows = [await pipeline.window(people.member(Role.OWNER).cookie) for _ in range(2)]
    await asyncio.wait_for(outage.on_link(pipeline, is_up=False), 1)  # type: ignore[arg-type]
    assert [window.shows(Binding)["outage"] for window in windows] == [outage.AWAY] * 2
    assert not any(outage.LOAD in sent for window in windows for sent in window.sent)


async def test_a_failure_is_taken_back_by_the_next_event_also_while_the_link_is_lost(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"account.profile": Broken(RuntimeError())})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    await outage.on_link(pipeline, is_up=False)  # type: ignore[arg-type]
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert window.shows(Binding)["outage"] == ""


async def test_where_nothing_failed_no_notice_is_taken_back(people: People, pipeline: Pipeline) -> None:
    """It would be an extra message for every event."""
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    assert merged(await window.emit(Profile.rename, form={"name": "Ines"}), Binding) == {}


async def test_once_the_link_is_back_windows_load_again_one_after_the_other(people: People, pipeline: Pipeline) -> None:
    """Staggered, to avoid a thundering herd: each load costs as much as the first."""
    windows = [await pipeline.window(people.member(Role.OWNER).cookie) for _ in range(2)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outage.on_link(pipeline, is_up=True), 0.05)  # type: ignore[arg-type]
    assert [outage.LOAD in "".join(window.sent) for window in windows] == [True, False]
    assert [window.shows(Binding)["outage"] for window in windows] == [""] * 2


async def test_a_window_that_is_told_to_load_again_takes_its_notice_back_by_itself(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """A load sends the whole state, so the notice must not be cleared a second time."""
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"account.profile": Broken(RedisAway())})):
        await window.emit(Profile.rename, form={"name": "Ines"})
        await told()
    assert window.token in outage._told
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outage.on_link(pipeline, is_up=True), 0.05)  # type: ignore[arg-type]
    assert window.token not in outage._told


def test_what_reflex_starts_again_by_itself_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """asyncio complains about such tasks when Redis goes away; its other complaints stay in the log."""
    said = "Task exception was never retrieved, of {}|listen"
    for task, error in (
        ("reflex_ensure_task", RedisAway()),
        ("reflex_ensure_task", RuntimeError()),
        ("another", RedisAway()),
    ):
        logging.getLogger("asyncio").error(said.format(task), exc_info=error)
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [RuntimeError, RedisAway]
