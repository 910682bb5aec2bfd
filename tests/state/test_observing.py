"""Event metrics and logs: every event is counted, and a failed one is logged with its user."""

import asyncio
import json
import logging

import pytest
from reflex.state import FrontendEventExceptionState

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.settings_ui import on_backend_error
from settings_ui.state.api_keys import ApiKeys
from settings_ui.state.guard import PAGE_FAILED
from settings_ui.state.observing import watching
from settings_ui.state.profile import Profile
from settings_ui.telemetry import logs, metrics
from tests.fakes import Broken
from tests.state.people import People
from tests.state.pipeline import Pipeline
from tests.support import replaced
from tests.telemetry.test_metrics import value


def counted(event: str, outcome: str) -> float:
    """Return the number of events with this name and outcome."""
    text = metrics.exposition().decode()
    return max(0, value(text, f'switchboard_event_seconds_count{{event="{event}",outcome="{outcome}"}}'))


async def test_each_event_is_counted_by_its_handler_and_its_outcome(pipeline: Pipeline, people: People) -> None:
    window = await pipeline.window(people.member(Role.PUBLISHER).cookie)
    for handler, form, name, outcome in (
        (Profile.rename, {"name": "Pat Moreau-Lind"}, "Profile.rename", "ok"),
        (ApiKeys.create, {"name": "CRM"}, "ApiKeys.create", "turned_away"),
    ):
        before = counted(name, outcome)
        await window.emit(handler, form=form)
        assert counted(name, outcome) == before + 1


async def test_opening_a_page_does_not_count_as_turned_away(pipeline: Pipeline, people: People) -> None:
    window = await pipeline.window(people.member(Role.PUBLISHER).cookie)
    name = "OnLoadInternalState.on_load_internal"
    before = counted(name, "turned_away"), counted(name, "ok")
    await window.go("/settings?tab=payouts")
    assert (counted(name, "turned_away"), counted(name, "ok")) == (before[0], before[1] + 1)


async def test_a_page_that_reports_its_own_failure_does_not_count_as_turned_away(pipeline: Pipeline) -> None:
    window = await pipeline.socket(None, "/sign-in")
    before = counted(PAGE_FAILED, "turned_away"), counted(PAGE_FAILED, "ok")
    handler = FrontendEventExceptionState.event_handlers["handle_frontend_exception"]
    await window.emit(handler, info="TypeError", component_stack="")
    assert (counted(PAGE_FAILED, "turned_away"), counted(PAGE_FAILED, "ok")) == (before[0], before[1] + 1)


async def test_a_handler_that_crashes_is_logged_with_whose_it_was_and_counted(
    services: Services, pipeline: Pipeline, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(logs.JsonLines([]))
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    before = counted("Profile.rename", "failed")
    with using(replaced(services, {"account.profile": Broken(RuntimeError("password=correct-horse"))})):
        await window.emit(Profile.rename, form={"name": "Ines"})
    assert counted("Profile.rename", "failed") == before + 1
    [error] = pipeline.errors
    pipeline.errors.clear()
    with caplog.at_level(logging.ERROR):
        on_backend_error(error)
    [line] = [json.loads(line) for line in caplog.text.splitlines()]
    assert (line["actor"], line["business"], line["error"]) == (person.user_id, person.business_id, "RuntimeError")
    assert line["request_id"].startswith("req_")
    assert "correct-horse" not in caplog.text


async def test_an_event_that_is_cancelled_is_counted_and_is_no_failure() -> None:
    async def handle() -> None:
        with watching("Profile.cancelled"):
            await asyncio.Event().wait()

    task = asyncio.create_task(handle())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert (counted("Profile.cancelled", "ok"), counted("Profile.cancelled", "failed")) == (1, 0)


async def test_who_is_denied_is_named_in_the_log(
    pipeline: Pipeline, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(logs.JsonLines([]))
    person = people.member(Role.PUBLISHER)
    window = await pipeline.window(person.cookie)
    with caplog.at_level(logging.WARNING, logger="settings_ui"):
        await window.emit(ApiKeys.create, form={"name": "CRM"})
    [line] = [json.loads(line) for line in caplog.text.splitlines() if "denied" in line]
    assert (line["actor"], line["business"]) == (person.user_id, person.business_id)


async def test_what_staff_are_denied_is_logged_as_theirs(
    pipeline: Pipeline, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    desk = await pipeline.window(people.staff(), "/staff")
    await desk.emit(ApiKeys.create, form={"name": "CRM"})
    assert "denied: staff may not" in caplog.text


async def test_what_an_old_page_sends_to_a_handler_that_is_gone_is_not_logged(
    pipeline: Pipeline, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    """Only that an unknown event came is logged; its payload may contain a password."""
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    assert await window.send("profile.of_an_old_page", {"form": {"password": "correct-horse"}}) == []
    [said] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "profile.of_an_old_page" in said
    assert "correct-horse" not in said
    assert "session" not in said
