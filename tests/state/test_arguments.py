"""Handler arguments from a browser, or from a handwritten socket client."""

from time import process_time

import pytest
from reflex.state import FrontendEventExceptionState
from reflex_base.registry import RegistrationContext

from settings_ui.bootstrap import Services
from settings_ui.domain.access import STAFF_CAPABILITIES, Role
from settings_ui.models import User
from settings_ui.state.binding import Binding
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.shell import Shell
from tests.state.arguments import form_fields, parameters, unacceptable
from tests.state.people import People, everything
from tests.state.pipeline import OURS, Pipeline, Window, name_of, our_handlers
from tests.support import PASSWORD

HYDRATE = "reflex___state____state.hydrate_and_load"
COMPLAINT = "handle_frontend_exception"
STATES = {name: state for name, (state, _) in our_handlers().items()}
HANDLERS = {name: handler for name, (_, handler) in our_handlers().items() if handler.fn.__module__.startswith(OURS)}
WITH_A_FORM = [name for name, handler in HANDLERS.items() if dict in parameters(handler).values()]


def _short(name: str) -> str:
    return name.rpartition("____")[2]


async def _window_for(name: str, people: People, pipeline: Pipeline) -> Window:
    """Return a window that may call the handler: an owner's, or one at the staff desk."""
    if STATES[name]._requires in STAFF_CAPABILITIES:
        return await pipeline.window(people.staff(), "/staff")
    return await pipeline.window(people.member(Role.OWNER).cookie)


@pytest.mark.parametrize("name", HANDLERS, ids=_short)
async def test_arguments_that_the_signature_does_not_allow_are_refused(
    services: Services, people: People, pipeline: Pipeline, name: str
) -> None:
    """The handler does not run, nothing is written, and the sender gets no answer."""
    window = await _window_for(name, people, pipeline)
    before = everything(services.database)
    pipeline.admitted.clear()
    for what, payload in unacceptable(HANDLERS[name]):
        assert await window.send(name, payload) == [], what
        assert pipeline.admitted == [], what
    assert everything(services.database) == before


@pytest.mark.parametrize("name", WITH_A_FORM, ids=_short)
async def test_a_field_that_is_no_text_counts_as_empty(
    services: Services, people: People, pipeline: Pipeline, name: str
) -> None:
    """Whatever a form contains, it is refused at a field and nothing is written."""
    window = await _window_for(name, people, pipeline)
    before = everything(services.database)
    for value in (None, 7, True, [], ["x"], {}, {"x": "y"}, "\0"):
        answer = await window.send(name, {"form": dict.fromkeys(form_fields(HANDLERS[name]), value)})
        assert answer, value
        assert "Traceback" not in "".join(answer)
    assert everything(services.database) == before


async def test_role_business_and_price_in_a_form_are_ignored(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.VIEWER)
    victim = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    form = {"name": "Ines", "role": "owner", "business_id": victim.business_id, "user_id": victim.user_id, "price": "0"}
    await window.emit(Profile.rename, form=form)
    with services.database.read() as session:
        assert session.get_one(User, person.user_id).name == "Ines"
        assert session.get_one(User, victim.user_id).name != "Ines"
    assert window.shows(Shell)["home"]["role"] == "viewer"


@pytest.mark.parametrize(
    "vars",
    [
        {"reflex___state____state.settings_ui___state___door____door._business": "biz_other"},
        {"reflex___state____state.settings_ui___state___shell____shell.home_rx_state_": {"role": "owner"}},
        {"no.such.state": 1},
    ],
    ids=["a backend var", "a var", "no state"],
)
async def test_client_storage_sets_nothing(people: People, services: Services, vars: dict[str, object]) -> None:
    """Reflex lets browsers restore vars from client storage; our states store none there."""
    person = people.member(Role.VIEWER)
    async with Pipeline(services) as pipeline:
        window = await pipeline.window(person.cookie)
        update = "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal"
        for name in (HYDRATE, update):
            answer = await window.send(name, {"vars": vars})
            assert '"owner"' not in "".join(answer)
        assert window.shows(Shell)["toasts"] == [], "no error is shown for what Reflex sends by itself"
        await window.load()
        assert window.shows(Shell)["home"]["role"] == "viewer"
        assert window.shows(Shell)["home"]["id"] == person.business_id


async def test_another_business_in_switch_is_the_same_as_none(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person, other = people.member(Role.OWNER), people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    before = everything(services.database)
    said = []
    for business in (other.business_id, "biz_that_never_was"):
        await window.emit(Shell.switch, business_id=business)
        said.append(window.shows(Shell)["toasts"][-1]["text"])
    assert said == ["This was not found. It may have been removed."] * 2
    assert window.goes_to == ""
    assert everything(services.database) == before


@pytest.mark.parametrize("secret", [PASSWORD, "\ud800" * 20, "\0" * 20, "x" * 60_000])
async def test_a_password_that_cannot_be_one_is_wrong_and_not_a_crash(
    people: People, pipeline: Pipeline, secret: str
) -> None:
    window = await pipeline.window(people.member(Role.PUBLISHER).cookie, "/settings?tab=payouts")
    await window.emit(Payouts.save, form={"email": "pay@harborleads.example", "password": secret})
    shown = window.shows(Payouts)
    assert bool(shown["in_force"]["email"]) == (secret == PASSWORD)


@pytest.mark.parametrize("whole", [None, [], ["hashes"], "hashes", 7, True], ids=repr)
async def test_reflexs_own_handlers_take_no_nonsense_either(people: People, pipeline: Pipeline, whole: object) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    pipeline.admitted.clear()
    for name in RegistrationContext.get().event_handlers:
        assert await window.send(name, whole) == [], name
    assert pipeline.admitted == []


NONSENSE: list[dict[str, object]] = [
    {"value": "x"},
    {"as_role": "owner"},
    {"vars": 7},
    {"vars": {"no.such.state": 1}},
    {"hashes": 7},
]


async def test_what_a_page_knows_of_its_first_state_is_taken(people: People, pipeline: Pipeline) -> None:
    """Known hashes let a page load without data it already has; anything pages never send is refused."""
    window = await pipeline.socket(people.member(Role.OWNER).cookie)
    assert await window.send(HYDRATE, {"hashes": ["0" * 16]})
    assert window.shows(Shell)["home"]["role"] == "owner"


@pytest.mark.parametrize("payload", [{}, *NONSENSE], ids=repr)
async def test_no_stranger_makes_reflexs_own_handlers_fail(pipeline: Pipeline, payload: dict[str, object]) -> None:
    """Operators should look into every failed event, so a client without a session must not be able to cause any."""
    stranger = await pipeline.window(None, "/sign-in")
    for name, registered in RegistrationContext.get().event_handlers.items():
        if registered.handler.fn.__module__.startswith("reflex"):
            await stranger.send(name, payload)
    assert pipeline.errors == []
    assert stranger.shows(Binding).get("outage", "") == ""


async def test_a_page_that_complains_holds_nobody_up(pipeline: Pipeline, caplog: pytest.LogCaptureFixture) -> None:
    """Anyone may open a socket and report a page error. Reflex would match the report against regexes whose run time
    the sender controls."""
    stranger = await pipeline.socket(None, "/sign-in")
    said = "TypeError: can't access property \"" * 100 + '", ' * 4000
    began = process_time()
    await stranger.emit(FrontendEventExceptionState.event_handlers[COMPLAINT], info=said, component_stack="\n" * 60_000)
    assert process_time() - began < 0.5
    [line] = [record.getMessage() for record in caplog.records if "Frontend Exception" in record.getMessage()]
    assert "can't access property" in line
    assert len(line) < 3000
    assert "\n" not in line
    for info in (None, 7, {}, ["x"]):
        await stranger.emit(FrontendEventExceptionState.event_handlers[COMPLAINT], info=info)
    await stranger.send(name_of(FrontendEventExceptionState.event_handlers[COMPLAINT]), {})
    assert pipeline.errors == []
