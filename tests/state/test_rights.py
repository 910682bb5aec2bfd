"""Authorization: every handler of ours, every role, every way in which a window may have lost its rights."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest
import reflex as rx
from reflex_base.event import EventHandler

from settings_ui.bootstrap import Services
from settings_ui.domain.access import STAFF_CAPABILITIES, Capability, Role, Tab, allows
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.settings import STATES, Settings
from settings_ui.state.shell import Shell
from tests.state.arguments import plausible
from tests.state.people import People, Writes
from tests.state.pipeline import Pipeline, Window, name_of, our_handlers
from tests.state.situations import SECRET, SITUATIONS, Case, Stage
from tests.support import FakeClock, add_business, join


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
async def test_a_handler_runs_exactly_when_the_role_holds_what_its_state_requires(
    services: Services,
    clock: FakeClock,
    people: People,
    pipeline: Pipeline,
    writes: Writes,
    role: Role,
    situation: Callable[[Stage, Role], Awaitable[Case]],
) -> None:
    """A denied call writes nothing, and its state is not in the answer."""
    stage = Stage(services, clock, people, pipeline)
    case = await situation(stage, role)
    for name, (owner, handler) in our_handlers().items():
        writes.happened()
        pipeline.admitted.clear()
        answer = "".join(await case.window.send(name, plausible(handler)))
        expected = not _is_setvar(handler) and _holds(owner, case)
        assert (name in pipeline.admitted) == expected, name
        assert "Traceback" not in answer
        if not expected:
            assert not writes.happened(), name
            assert f'"{owner.get_full_name()}"' not in answer, name
            assert SECRET not in answer, name
        elif writes.happened() or case.window.goes_to:
            case = await situation(stage, role)  # it ran and changed the data that later handlers rely on


def _is_setvar(handler: EventHandler) -> bool:
    """Whether it is the `setvar` handler that Reflex adds to each state, through which a browser could call any
    setter."""
    return handler.fn.__module__.startswith("reflex.")


def _holds(owner: Any, case: Case) -> bool:
    if case.role is None:
        return case.staff and owner._requires in STAFF_CAPABILITIES
    return allows(owner._requires, case.role, pay_per_call=case.add_on)


def test_every_state_with_a_handler_says_what_it_requires() -> None:
    """A state without `_requires` is closed rather than open; this test finds it before a user does."""
    silent = {
        owner.__name__
        for owner, handler in our_handlers().values()
        if not _is_setvar(handler) and not isinstance(getattr(owner, "_requires", None), Capability)
    }
    assert silent == set()


def test_the_state_of_a_tab_requires_what_opens_the_tab() -> None:
    assert {tab: STATES[tab]._requires for tab in Tab} == {tab: tab.capability for tab in Tab}


class Careless(rx.State):
    """A state without `_requires`."""

    touched: bool = False

    @rx.event
    def touch(self) -> None:
        self.touched = True


class Nulled(rx.State):
    """A state with `_requires = None`, which does not mean that it is open to everyone."""

    _requires: ClassVar[Capability | None] = None
    touched: bool = False

    @rx.event
    def touch(self) -> None:
        self.touched = True


@pytest.mark.parametrize("state", [Careless, Nulled])
async def test_a_state_that_requires_nothing_is_denied_to_everyone(
    people: People, pipeline: Pipeline, state: type[Careless]
) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    pipeline.admitted.clear()
    await window.emit(state.touch)
    assert name_of(state.touch) not in pipeline.admitted
    assert window.shows(state) == {"touched": False}


async def test_a_lowered_role_bites_at_the_next_click_and_says_so(people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.VIEWER)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    people.switch_pay_per_call(person, active=False)
    await window.emit(Payouts.ask_to_cancel, asks=True)
    assert [toast["text"] for toast in _toasts(window)] == ["Your role no longer allows this."]
    assert window.shows(Settings)["tab"] == "profile"
    assert window.shows(Settings)["notice"]["strong"].startswith("Payouts is for publishers")


async def test_what_was_seen_with_more_rights_is_not_sent_again(people: People, pipeline: Pipeline) -> None:
    """A reload sends a window's whole state, which must not include data loaded with rights since lost."""
    person = people.member(Role.VIEWER)
    people.save_destination(person, SECRET)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    assert SECRET in "".join(window.sent)
    people.switch_pay_per_call(person, active=False)
    again = await pipeline.socket(person.cookie, "/settings?tab=payouts", token=await _closed(window))
    assert SECRET not in "".join(await again.load())


async def test_a_window_that_was_moved_to_another_business_does_nothing_before_it_has_loaded(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """The screen still shows the other business, so a click may refer to it."""
    person = people.member(Role.OWNER)
    there = add_business(services, "Harbor Media")
    join(services, person.user_id, there, Role.VIEWER)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    await window.emit(Shell.switch, business_id=there)
    assert window.goes_to == "/settings"
    pipeline.admitted.clear()
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert pipeline.admitted == []
    window.address = "/settings"
    await window.load()
    assert window.shows(Shell)["home"]["name"] == "Harbor Media"
    assert [tab["slug"] for tab in window.shows(Shell)["tabs"]] == [
        tab.slug for tab in Tab if allows(tab.capability, Role.VIEWER, pay_per_call=False)
    ]


async def test_a_removed_member_goes_to_the_sign_in_page_and_back_to_where_they_were(
    people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.VIEWER)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    people.remove(person)
    await window.emit(Settings.open)
    assert window.goes_to == "/sign-in?next=%2Fsettings%3Ftab%3Dpayouts"


async def test_a_member_of_another_business_goes_on_there_with_a_fresh_load(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.VIEWER)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    join(services, person.user_id, add_business(services), Role.OWNER)
    people.remove(person)
    await window.emit(Settings.open)
    assert window.goes_to == "/settings?tab=payouts"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/settings",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https://evil.example/",
        "javascript:1",
    ],
)
async def test_a_window_never_goes_to_another_site(
    services: Services, people: People, pipeline: Pipeline, address: str
) -> None:
    """The browser reports the address, so `//evil.example` must not become a redirect target."""
    person = people.member(Role.VIEWER)
    window = await pipeline.window(person.cookie)
    join(services, person.user_id, add_business(services), Role.OWNER)
    people.remove(person)
    window.address = address
    await window.emit(Settings.open)
    assert re.match(r"/([^/\\]|$)", window.goes_to)


async def _closed(window: Window) -> str:
    await window.close()
    return window.token


def _toasts(window: Window) -> list[dict[str, str]]:
    toasts: list[dict[str, str]] = window.shows(Shell)["toasts"]
    return toasts


async def test_a_write_is_noticed(people: People, pipeline: Pipeline, writes: Writes) -> None:
    """Proves that the first test here can fail."""
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    assert writes.happened()
    assert not writes.happened()
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert writes.happened()
