"""What one socket can make us write into the log."""

import logging

import pytest
from reflex.state import FrontendEventExceptionState, State

from settings_ui.domain.access import Role
from settings_ui.state.api_keys import ApiKeys
from settings_ui.state.sparing import MOST_LINES, MOST_SOCKETS, Lines
from tests.state.people import People
from tests.state.pipeline import Pipeline, Window, name_of


async def complain(window: Window) -> None:
    await window.emit(FrontendEventExceptionState.event_handlers["handle_frontend_exception"], info="TypeError")


async def set_a_var(window: Window) -> None:
    await window.send(name_of(State.event_handlers["setvar"]), {"var_name": "load", "value": "x"})


async def create_a_key(window: Window) -> None:
    await window.emit(ApiKeys.create, form={"name": "CRM"})


async def call_nothing(window: Window) -> None:
    await window.send("a.handler_of_yesterday", {})


@pytest.mark.parametrize("say", [complain, set_a_var, create_a_key, call_nothing])
async def test_a_window_takes_a_few_lines_of_the_log_and_another_has_its_own(
    pipeline: Pipeline, people: People, caplog: pytest.LogCaptureFixture, say: object
) -> None:
    """However often it says what no page of ours says."""
    cookie = people.member(Role.VIEWER).cookie
    for _ in range(2):
        window = await pipeline.window(cookie)
        caplog.clear()
        for _ in range(4 * MOST_LINES):
            await say(window)  # type: ignore[operator]
        ours = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(ours) == MOST_LINES


def test_the_counts_take_little_memory() -> None:
    lines = Lines()
    for number in range(2 * MOST_SOCKETS):
        lines.room(f"socket-{number}")
    assert len(lines._written) == MOST_SOCKETS
