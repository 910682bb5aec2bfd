"""Which tab an address opens, for whom, and what is queried on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event, text, update

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role, Tab, allows
from settings_ui.domain.errors import Unavailable
from settings_ui.models import User
from settings_ui.services.kit.database import Database
from settings_ui.state.binding import Binding
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.settings import STATES, Settings
from settings_ui.state.shell import Shell
from tests.fakes import Broken
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline
from tests.support import add_user, join, replaced

NOTHING_ELSE = {"near": "", "wanted": "", "remedy": ""}
QUIET = {"strong": "", "text": ""}
NO_SUCH = {"strong": "This section does not exist.", "text": "The address may be mistyped. This is your profile."}


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect every SQL statement sent inside the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement.lower())

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("tab", Tab)
async def test_a_slug_opens_its_tab(people: People, pipeline: Pipeline, tab: Tab) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, f"/settings?tab={tab.slug}")
    assert window.shows(Settings) == {"tab": tab.slug, "notice": QUIET, **NOTHING_ELSE}
    assert window.shows(STATES[tab])["loaded"]


@pytest.mark.parametrize("address", ["/settings", "/settings/", "/settings?", "/settings?tab=", "/settings?theme=dark"])
async def test_without_a_slug_the_first_tab_opens(people: People, pipeline: Pipeline, address: str) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, address)
    assert window.shows(Settings) == {"tab": "profile", "notice": QUIET, **NOTHING_ELSE}


@pytest.mark.parametrize(
    "slug",
    [
        "nonsense",
        "Payouts",
        "PAYOUTS",
        "payouts/",
        "payouts%00",
        "%70ayouts%20",
        "payouts?tab=payouts",
        quote("pаyouts"),  # with a Cyrillic letter
        quote("выплаты"),
        quote("💸"),
        quote("<img src=x onerror=alert(1)>"),
        quote("' OR 1=1 --"),
        quote("../../etc/passwd"),
        "%ff%fe",
        "__class__",
        "x" * 10_000,
    ],
    ids=lambda slug: slug[:24],
)
async def test_a_slug_that_does_not_exist_shows_the_profile_and_says_so(
    people: People, pipeline: Pipeline, slug: str
) -> None:
    """Without repeating the slug: text from a link is not put on the page."""
    window = await pipeline.window(people.member(Role.OWNER).cookie, f"/settings?tab={slug}")
    assert window.shows(Settings) == {"tab": "profile", "notice": NO_SUCH, **NOTHING_ELSE}
    assert window.shows(Profile)["loaded"]


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("tab=profile&tab=payouts", "payouts"),
        ("tab=payouts&tab=profile", "profile"),
        ("tab=payouts&tab=", "payouts"),
        ("tab=payouts&tab=nonsense", "profile"),
        ("tab[]=payouts", "profile"),
        ("TAB=payouts", "profile"),
    ],
)
async def test_of_several_slugs_the_last_counts(people: People, pipeline: Pipeline, query: str, tab: str) -> None:
    """One rule, so that a link means the same to us and to whoever reads it."""
    window = await pipeline.window(people.member(Role.OWNER).cookie, f"/settings?{query}")
    assert window.shows(Settings)["tab"] == tab


@pytest.mark.parametrize("as_path", [None, 7, ["/settings"], {"tab": "payouts"}, "x" * 60_000, "\ud800", "http://["])
async def test_an_address_that_is_none_opens_nothing_and_breaks_nothing(
    services: Services, people: People, as_path: Any
) -> None:
    """The browser reports the address, so it may be anything."""
    async with Pipeline(services) as pipeline:
        window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=payouts")
        await pipeline.event_namespace.on_event(
            window.sid,
            {
                "name": "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal",
                "payload": {},
                "router_data": {"pathname": "/settings", "asPath": as_path, "query": {}},
            },
        )
        await pipeline.settle()
        assert "Traceback" not in "".join(window.sent)
        await window.go("/settings?tab=payouts")
        assert window.shows(Settings)["tab"] == "payouts"


@pytest.fixture
def viewer(services: Services, people: People) -> Person:
    """A viewer of a business without the add-on, which also has an owner and two publishers."""
    owner = people.member(Role.OWNER, pay_per_call=False)
    for name, role in (("Zora Publishes", Role.PUBLISHER), ("Abel Publishes", Role.PUBLISHER)):
        join(services, add_user(services, name=name), owner.business_id, role)
    return people.member(Role.VIEWER, owner.business_id)


async def test_a_tab_of_others_shows_the_profile_and_says_whose_it_is(
    services: Services, pipeline: Pipeline, viewer: Person
) -> None:
    """Both the roles that have it, and the members who do."""
    window = await pipeline.window(viewer.cookie, "/settings?tab=payouts")
    shown = window.shows(Settings)
    assert shown["tab"] == "profile"
    assert shown["notice"]["strong"] == "Payouts is for publishers and for members with access to Pay Per Call."
    home = window.shows(Shell)["home"]["name"]
    assert shown["notice"]["text"] == f"In {home}, that is Zora Publishes and Abel Publishes."
    assert window.shows(Profile)["loaded"]


@pytest.mark.parametrize(("of_the_business", "where"), [(False, "/settings?tab=billing"), (True, "/business")])
async def test_an_owner_is_not_sent_to_ask_the_owners(
    people: People, pipeline: Pipeline, of_the_business: bool, where: str
) -> None:
    """They can turn the add-on on for the business, or for themselves."""
    owner = people.member(Role.OWNER, pay_per_call=of_the_business, access=False)
    window = await pipeline.window(owner.cookie, "/settings?tab=payouts")
    assert (window.shows(Settings)["wanted"], window.shows(Settings)["remedy"]) == ("", where)
    await window.go("/settings?tab=billing")
    assert window.shows(Settings)["remedy"] == ""


async def test_a_notice_does_not_pass_three_members_off_as_all(
    services: Services, pipeline: Pipeline, viewer: Person
) -> None:
    for name in ("Mia Publishes", "Olga Publishes", "Pat Publishes"):
        join(services, add_user(services, name=name), viewer.business_id, Role.PUBLISHER)
    window = await pipeline.window(viewer.cookie, "/settings?tab=payouts")
    said = window.shows(Settings)["notice"]["text"]
    assert said.endswith("that is Zora Publishes, Abel Publishes, Mia Publishes and 2 others.")


async def test_what_was_refused_stays_said_where_the_browser_was_led_until_the_person_goes_somewhere(
    pipeline: Pipeline, viewer: Person
) -> None:
    """The notice survives the redirect to the profile and live updates; the next navigation clears it."""
    window = await pipeline.window(viewer.cookie, "/settings?tab=payouts")
    said = window.shows(Settings)
    assert said["notice"]["strong"] == "Payouts is for publishers and for members with access to Pay Per Call."
    window.address = "/settings?tab=profile"
    await window.emit(Shell.look_again)
    assert window.shows(Settings) == said
    await window.go("/settings?tab=profile")
    assert window.shows(Settings)["notice"] == {"strong": "", "text": ""}


@pytest.mark.parametrize("elsewhere", ["/settings?tab=billing", "/calls"])
async def test_what_was_wrong_with_a_form_is_forgotten_when_its_tab_is_left(
    people: People, pipeline: Pipeline, elsewhere: str
) -> None:
    """As is what was typed. While the tab is open, it stays, whatever others change."""
    window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=profile")
    await window.emit(Profile.rename, form={"name": ""})
    await window.emit(Shell.look_again)
    assert window.shows(Profile)["name_errors"]
    await window.go(elsewhere)
    if "tab" in elsewhere:
        assert window.shows(Profile)["name_errors"] == {}, "it is not even shown until the tab is read"
    await window.go("/settings?tab=profile")
    assert window.shows(Profile)["name_errors"] == {}


async def test_a_tab_that_nobody_holds_says_so(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER, pay_per_call=False).cookie, "/settings?tab=payouts")
    home = window.shows(Shell)["home"]["name"]
    assert window.shows(Settings)["notice"]["text"] == f"In {home}, nobody has it now."


async def test_the_data_of_a_tab_of_others_is_not_even_asked_for(
    services: Services, people: People, pipeline: Pipeline, viewer: Person
) -> None:
    """Checked by the SQL statements sent rather than by the answer."""
    people.save_destination(viewer, "kept-from-before@paypal.example")
    with statements(services.database) as sent:
        window = await pipeline.window(viewer.cookie, "/settings?tab=payouts")
        await window.go("/settings?tab=payouts")
        await window.emit(Payouts.save, form={"email": "a@b.example", "password": "x"})
        await window.emit(Payouts.cancel)
        await window.emit(Payouts.send_confirmation, destination="pay_x")
    assert sent
    assert [s for s in sent if "payout_destinations" in s] == []
    assert "kept-from-before" not in "".join(window.sent)


async def test_a_tab_that_is_allowed_does_ask(services: Services, people: People, pipeline: Pipeline) -> None:
    """Proves that the test above can fail."""
    with statements(services.database) as sent:
        await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=payouts")
    assert [s for s in sent if "payout_destinations" in s] != []


@pytest.mark.parametrize("role", Role)
async def test_only_the_tab_bar_of_the_role_is_sent(people: People, pipeline: Pipeline, role: Role) -> None:
    window = await pipeline.window(people.member(role, pay_per_call=False).cookie)
    allowed = [tab.slug for tab in Tab if allows(tab.capability, role, pay_per_call=False)]
    assert [tab["slug"] for tab in window.shows(Shell)["tabs"]] == allowed


@pytest.mark.parametrize(
    ("role", "pay_per_call", "lacking"),
    [
        (Role.ADMIN, False, []),
        (Role.MANAGER, False, ["recent-changes"]),
        (Role.VIEWER, False, ["mail", "recent-changes"]),
        (Role.VIEWER, True, ["recent-changes"]),
    ],
)
async def test_cards_that_a_role_has_nowhere_are_not_found_by_search(
    people: People, pipeline: Pipeline, role: Role, pay_per_call: bool, lacking: list[str]
) -> None:
    """A viewer without Pay Per Call gets no notification emails, and only owners and admins see changes."""
    window = await pipeline.window(people.member(role, pay_per_call=pay_per_call).cookie)
    assert window.shows(Shell)["lacking"] == lacking


async def test_names_with_markup_travel_as_text(services: Services, people: People, pipeline: Pipeline) -> None:
    """The state holds the raw text and the page renders text nodes, so nothing is escaped or unescaped."""
    person = people.member(Role.OWNER)
    with services.database.write() as session:
        session.execute(update(User).where(User.id == person.user_id).values(name="<script>alert(1)</script>"))
    window = await pipeline.window(person.cookie)
    assert window.shows(Shell)["user"]["name"] == "<script>alert(1)</script>"


@pytest.mark.parametrize("goes", [True, False])
async def test_a_database_that_is_away_is_said_and_the_window_goes_on_when_it_is_back(
    services: Services, people: People, pipeline: Pipeline, goes: bool
) -> None:
    """Nothing is written meanwhile, nobody is signed out, and the first event afterwards, a click or a navigation,
    removes the banner."""
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    with services.database.write() as session:
        session.execute(text("ALTER TABLE sessions RENAME TO sessions_away"))
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert window.shows(Binding)["outage"] == "We could not reach our database. Nothing was changed. Try again."
    assert window.goes_to == ""
    with services.database.write() as session:
        session.execute(text("ALTER TABLE sessions_away RENAME TO sessions"))
    if goes:
        await window.go("/settings?tab=profile")
        assert window.shows(Binding)["outage"] == ""
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert window.shows(Binding)["outage"] == ""
    assert window.shows(Shell)["user"]["name"] == "Ines"


async def test_a_tab_that_cannot_be_read_says_so_above_what_was_there(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    with using(replaced(services, {"account.sessions": Broken(Unavailable("Not now."))})):
        await window.emit(Settings.open)
    assert window.shows(Settings)["notice"] == {"strong": "This could not be loaded.", "text": "Not now."}
    assert len(window.shows(Profile)["sessions"]) == 1
    await window.emit(Settings.open)
    assert window.shows(Settings)["notice"] == {"strong": "", "text": ""}


async def test_a_tab_that_cannot_be_read_leaves_the_others(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    with using(replaced(services, {"account.sessions": Broken(Unavailable("Not now."))})):
        window = await pipeline.window(people.member(Role.OWNER).cookie)
    assert window.shows(Settings)["notice"] == {"strong": "This could not be loaded.", "text": "Not now."}
    assert len(window.shows(Shell)["tabs"]) == len(Tab)
    assert not window.shows(Profile)["loaded"]
    await window.go("/settings?tab=support")
    assert window.shows(Settings)["tab"] == "support"
    assert window.shows(Settings)["notice"] == {"strong": "", "text": ""}


async def test_who_opens_a_window_while_the_database_is_away_sees_nothing_of_whoever_was_there(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    people.save_destination(person, "only-for-me@paypal.example")
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    await window.close()
    with services.database.write() as session:
        session.execute(text("ALTER TABLE sessions RENAME TO sessions_away"))
    other = await pipeline.window("another-cookie-that-nobody-checks", "/settings?tab=payouts", token=window.token)
    assert other.shows(Binding)["outage"]
    assert "only-for-me" not in "".join(other.sent)
