"""One window, several people: nothing of one person's session reaches the next, in memory or in Valkey."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import redis
import redis.asyncio
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import FrontendEventExceptionState, OnLoadInternalState, State, UpdateVarsInternalState
from reflex_base.event import Event
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import PayoutDestination
from settings_ui.services.account.access import token_digest
from settings_ui.state import outage
from settings_ui.state.loading import LOST
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window, our_handlers
from tests.state.showing import toasts
from tests.support import HASH, PASSWORD, FakeClock, add_business, add_user, join, mails

TYPED_PASSWORD = "typed-in-a-form-and-wrong"
PAYPAL = "quillon-gets-paid@paypal.example"
OTHER_PAYPAL = "quillon-changed-it@paypal.example"
OF_QUILLON = ["Quillon", "Abernathy", "quillon@abernathy.example", PAYPAL, OTHER_PAYPAL, "Ostrich Leads", "Heron Media"]


@pytest.fixture(params=["memory", "valkey"])
async def pipeline(services: Services, request: pytest.FixtureRequest) -> AsyncIterator[Pipeline]:
    """The event pipeline, with states in memory or in Valkey."""
    states = None
    if request.param == "valkey":
        client = redis.asyncio.Redis.from_url(request.getfixturevalue("valkey"))
        await client.flushdb()
        states = StateManagerRedis(redis=client)
    async with Pipeline(services, states) as running:
        yield running
    assert running.errors == []


@pytest.fixture
def quillon(services: Services, people: People) -> Person:
    """A person whose name, address, PayPal email and two businesses are unique."""
    ostrich = add_business(services, "Ostrich Leads", pay_per_call=True)
    user_id = add_user(services, "quillon@abernathy.example", "Quillon Abernathy")
    join(services, user_id, ostrich, Role.OWNER)
    join(services, user_id, add_business(services, "Heron Media"), Role.VIEWER)
    person = Person(user_id, ostrich, "")
    return Person(user_id, ostrich, people.sign_in(person))


async def live_in(pipeline: Pipeline, quillon: Person) -> Window:
    """Open a window as Quillon and fill it with everything possible: names, addresses, errors, toasts, a typed
    password."""
    window = await pipeline.window(quillon.cookie, "/settings?tab=payouts")
    await window.emit(Payouts.save, form={"email": PAYPAL, "password": TYPED_PASSWORD})
    await window.emit(Payouts.save, form={"email": PAYPAL, "password": PASSWORD})
    await window.emit(Payouts.save, form={"email": OTHER_PAYPAL, "password": PASSWORD})
    await window.emit(Payouts.ask_to_cancel, asks=True)
    await window.go("/settings?tab=profile")
    await window.emit(Profile.rename, form={"name": "Quillon Abernathy\0"})
    await window.emit(Shell.switch, business_id="biz_of_nobody")
    seen = "".join(window.sent)
    assert [word for word in OF_QUILLON if word not in seen] == []
    await window.close()
    return window


def found(words: list[str], messages: list[str]) -> list[str]:
    """Return which of the words occur in the messages."""
    text = "".join(messages)
    return [word for word in words if word in text]


async def test_a_window_in_which_someone_else_signs_in_starts_from_nothing(
    people: People, pipeline: Pipeline, quillon: Person
) -> None:
    """Browsers keep a window's token across reloads, also when another person signs in."""
    before = await live_in(pipeline, quillon)
    next_one = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=payouts", token=before.token)
    await next_one.go("/settings?tab=profile")
    await next_one.go("/settings?tab=payouts")
    assert next_one.shows(Shell)["loaded"]
    assert next_one.shows(Payouts)["in_force"]["id"] == ""
    assert found(OF_QUILLON, next_one.sent) == []


async def test_a_colleague_who_signs_in_sees_of_it_only_what_is_theirs(
    people: People, pipeline: Pipeline, quillon: Person
) -> None:
    """They share a business, so its name may show; the PayPal email, the address and the other business may not."""
    before = await live_in(pipeline, quillon)
    colleague = people.member(Role.VIEWER, quillon.business_id)
    next_one = await pipeline.window(colleague.cookie, "/settings?tab=payouts", token=before.token)
    assert next_one.shows(Shell)["home"]["name"] == "Ostrich Leads"
    assert found([PAYPAL, OTHER_PAYPAL, "quillon@abernathy.example", "Heron Media", "Quillon"], next_one.sent) == []


async def test_a_window_in_which_someone_signed_out_shows_nothing(pipeline: Pipeline, quillon: Person) -> None:
    before = await live_in(pipeline, quillon)
    next_one = await pipeline.window(None, "/settings?tab=payouts", token=before.token)
    assert next_one.goes_to.startswith("/sign-in")
    assert found(OF_QUILLON, next_one.sent) == []


@pytest.mark.parametrize("signed_in", [True, False])
async def test_whatever_is_sent_before_a_window_has_loaded_shows_nothing(
    people: People, pipeline: Pipeline, quillon: Person, signed_in: bool
) -> None:
    """Someone with a stolen window token opens its socket and sends events without loading the page."""
    before = await live_in(pipeline, quillon)
    cookie = people.member(Role.OWNER).cookie if signed_in else None
    other = await pipeline.socket(cookie, "/settings?tab=payouts", token=before.token)
    for name, (_, handler) in our_handlers().items():
        await other.send(name, {"form": {}} if "form" in handler.fn.__code__.co_varnames else {})
    for handler in (
        OnLoadInternalState.event_handlers["on_load_internal"],
        OnLoadInternalState.event_handlers["set_is_hydrated"],
        UpdateVarsInternalState.event_handlers["update_vars_internal"],
        FrontendEventExceptionState.event_handlers["handle_frontend_exception"],
        State.event_handlers["set_is_hydrated"],
        State.event_handlers["hydrate"],
    ):
        await other.emit(handler)
        await other.emit(handler, value=True)
    assert pipeline.errors == []
    assert found(OF_QUILLON, other.sent) == []


async def test_who_comes_back_to_the_window_finds_the_page_and_not_the_others_draft(
    people: People, pipeline: Pipeline, quillon: Person
) -> None:
    before = await live_in(pipeline, quillon)
    other = await pipeline.window(people.member(Role.OWNER).cookie, token=before.token)
    await other.close()
    again = await pipeline.window(quillon.cookie, "/settings?tab=payouts", token=before.token)
    shown = again.shows(Payouts)
    assert shown["on_hold"]["email"] == OTHER_PAYPAL
    assert not shown["asks_to_cancel"]
    assert again.shows(Shell)["toasts"] == []


async def test_a_second_window_with_the_token_of_an_open_one_gets_a_token_of_its_own(
    people: People, pipeline: Pipeline, quillon: Person
) -> None:
    first = await pipeline.window(quillon.cookie)
    copied = await pipeline.socket(people.member(Role.OWNER).cookie, token=first.token)
    assert copied.token != first.token
    await copied.load()
    await first.emit(Profile.rename, form={"name": "Quillon B. Abernathy"})
    assert found(OF_QUILLON, copied.sent) == []


async def test_no_message_to_a_browser_has_a_secret_in_it(pipeline: Pipeline, quillon: Person) -> None:
    """The cookie, its digest, the password hash and typed passwords are never sent."""
    window = await live_in(pipeline, quillon)
    secrets = [quillon.cookie, token_digest(quillon.cookie), PASSWORD, TYPED_PASSWORD, HASH]
    assert found(secrets, window.sent) == []


async def test_valkey_never_holds_a_secret_and_forgets_who_was_there_before(
    services: Services, people: People, valkey: str, quillon: Person
) -> None:
    """Operators can read Valkey; only the cookie's digest is stored there, which gives no access."""
    client = redis.asyncio.Redis.from_url(valkey)
    await client.flushdb()
    async with Pipeline(services, StateManagerRedis(redis=client)) as pipeline:
        before = await live_in(pipeline, quillon)
        held = _bytes_in(valkey)
        links = [word for mail in mails(services) for word in mail.body.split() if "token=" in word]
        assert links
        for secret in [
            quillon.cookie,
            PASSWORD,
            TYPED_PASSWORD,
            HASH,
            *(link.partition("token=")[2] for link in links),
        ]:
            assert secret.encode() not in held
        assert PAYPAL.encode() in held, "the state of the window is not where this test looks"
        await pipeline.window(people.member(Role.OWNER).cookie, token=before.token)
        held = _bytes_in(valkey)
        assert [word for word in OF_QUILLON if word.encode() in held] == []
        assert pipeline.errors == []


async def test_a_window_keeps_its_page_when_it_only_lost_its_connection(pipeline: Pipeline, quillon: Person) -> None:
    """The same session with the same token resumes where it was."""
    window = await pipeline.window(quillon.cookie, "/settings?tab=payouts")
    await window.emit(Payouts.ask_to_cancel, asks=True)
    await window.close()
    again = await pipeline.window(quillon.cookie, "/settings?tab=payouts", token=window.token)
    assert again.shows(Payouts)["asks_to_cancel"]
    assert again.shows(Settings)["tab"] == "payouts"


@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_window_whose_state_is_lost_keeps_what_was_typed_and_is_told(
    services: Services, clock: FakeClock, people: People, pipeline: Pipeline, quillon: Person, signed_in: bool
) -> None:
    """As when Redis comes back empty, or after an hour without a click. Nothing is done for a business that is no
    longer known; the page reloads in place."""
    window = await pipeline.window(quillon.cookie, "/settings?tab=payouts")
    await forget_states(pipeline)
    if not signed_in:
        clock.tick(days=400)
    await window.emit(Payouts.save, form={"email": PAYPAL, "password": PASSWORD})
    assert destinations(services) == []
    assert window.goes_to == ("" if signed_in else "/sign-in?next=%2Fsettings%3Ftab%3Dpayouts")
    if signed_in:
        assert toasts(window) == [("bad", LOST)]
        assert window.shows(Settings)["tab"] == "payouts"
        await window.emit(Payouts.save, form={"email": PAYPAL, "password": PASSWORD})
        assert destinations(services) == [PAYPAL]
        assert toasts(window)[1:] == [("good", "PayPal email saved")]


async def test_a_live_update_that_meets_a_lost_state_leads_nowhere(pipeline: Pipeline, quillon: Person) -> None:
    """A live update carries no session, unlike a click: the page stays until the window has loaded again."""
    window = await pipeline.window(quillon.cookie, "/settings?tab=payouts")
    await forget_states(pipeline)
    await live_update(pipeline, window)
    await pipeline.settle()
    assert [event["name"] for event in json.loads(window.sent[-1])["events"]] == [outage.LOAD]
    assert (window.goes_to, window.shows(Settings)["tab"]) == ("", "payouts")
    await window.load()
    assert window.shows(Settings)["tab"] == "payouts"
    assert toasts(window) == [], "nothing was clicked"


async def test_a_live_update_does_not_hide_that_a_click_was_lost(pipeline: Pipeline, quillon: Person) -> None:
    """Both reach a window whose state is lost before it has loaded again."""
    window = await pipeline.window(quillon.cookie, "/settings?tab=payouts")
    await forget_states(pipeline)
    clicked = asyncio.create_task(window.emit(Payouts.save, form={"email": PAYPAL, "password": PASSWORD}))
    await live_update(pipeline, window)
    await clicked
    assert toasts(window) == [("bad", LOST)]


async def live_update(pipeline: Pipeline, window: Window) -> None:
    """Trigger a live update, as when a colleague has changed something."""
    await pipeline.event_processor.enqueue(window.token, Event.from_event_type(Shell.look_again)[0])


async def forget_states(pipeline: Pipeline) -> None:
    """Discard the states of all windows."""
    states = pipeline.state_manager
    if isinstance(states, StateManagerRedis):
        await states.redis.flushdb()
    else:
        states.states.clear()  # type: ignore[attr-defined]


def destinations(services: Services) -> list[str]:
    with services.database.read() as session:
        return list(session.exec(select(PayoutDestination.email)))


def _bytes_in(url: str) -> bytes:
    """Return all keys and values in Valkey."""
    with redis.Redis.from_url(url) as client:
        keys = list(client.scan_iter())
        assert {client.type(key) for key in keys} == {b"string"}, "teach this to read other kinds"
        return b"\n".join(key + b"\n" + (client.get(key) or b"") for key in keys)
