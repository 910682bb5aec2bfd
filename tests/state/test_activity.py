"""The Activity page: its address is the filter, and reversible changes can be undone."""

from urllib.parse import parse_qs, urlparse

import pytest

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Unavailable
from settings_ui.domain.money import Money
from settings_ui.domain.tickets import Action
from settings_ui.services.activity.effects import Effect
from settings_ui.services.kit.activity import record
from settings_ui.state.activity import Activity, _effect, section_of
from settings_ui.state.shell import Shell
from tests.blocked import block, listed, screen
from tests.calls import CALLER
from tests.fakes import Broken
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of, toasts
from tests.support import FakeClock, replaced
from tests.tickets import add_staff, open_ticket

OTHER = "+14155550133"


def shown(window: Window) -> list[tuple[str, str]]:
    return [(row["change"]["what"], row["undo"]) for row in window.shows(Activity)["changes"]]


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


async def test_a_block_is_undone_and_done_again_from_the_page(
    services: Services, pipeline: Pipeline, owner: Person
) -> None:
    actor = actor_of(services, owner)
    block(services, actor, CALLER)
    window = await pipeline.window(owner.cookie, "/activity")
    assert shown(window) == [("blocked (415) 555-0132", "Unblock")]
    assert window.shows(Activity)["changes"][0]["effect"] == "Stopped 0 calls since"
    await window.emit(Activity.undo, change=window.shows(Activity)["changes"][0]["change"]["id"])
    assert listed(services, actor) == []
    services.clock.tick(seconds=1)  # type: ignore[attr-defined]
    await window.emit(Activity.open)
    assert sorted(shown(window)) == [("blocked (415) 555-0132", ""), ("unblocked (415) 555-0132", "Block again")]
    again = next(row for row in window.shows(Activity)["changes"] if row["undo"])
    await window.emit(Activity.undo, change=again["change"]["id"])
    assert listed(services, actor) == [CALLER]
    assert window.shows(Shell)["toasts"][-1]["kind"] == "good"


async def test_what_is_not_offered_cannot_be_undone(
    services: Services, people: People, pipeline: Pipeline, owner: Person
) -> None:
    """A change of another business, one that changed nothing, and one already undone by somebody else."""
    other = people.member(Role.OWNER)
    block(services, actor_of(services, other), CALLER)
    theirs = services.activity.recent(actor_of(services, other), "blocked_callers")[0].id
    (entry,) = block(services, actor_of(services, owner), CALLER)
    window = await pipeline.window(owner.cookie, "/activity")
    for change in (theirs, "act_none"):
        await window.emit(Activity.undo, change=change)
        assert window.shows(Shell)["toasts"][-1]["text"] == "This has changed since and cannot be undone."
    assert listed(services, actor_of(services, other)) == [CALLER]
    services.blocked_callers.block_list.unblock(actor_of(services, owner), [entry])
    await window.emit(Activity.undo, change=window.shows(Activity)["changes"][0]["change"]["id"])
    assert window.shows(Shell)["toasts"][-1]["kind"] == "bad"


async def test_what_cannot_be_undone_just_now_says_why(services: Services, pipeline: Pipeline, owner: Person) -> None:
    block(services, actor_of(services, owner), CALLER)
    window = await pipeline.window(owner.cookie, "/activity")
    with using(replaced(services, {"blocked_callers.block_list": Broken(Unavailable("Not now."))})):
        await window.emit(Activity.undo, change=window.shows(Activity)["changes"][0]["change"]["id"])
    assert toasts(window) == [("bad", "Not now.")]
    assert listed(services, actor_of(services, owner)) == [CALLER]


async def test_a_change_leads_to_what_it_is_about_and_says_what_it_did(
    services: Services, people: People, pipeline: Pipeline, owner: Person
) -> None:
    actor, keys = actor_of(services, owner), services.api_keys
    people.member(Role.VIEWER, owner.business_id)
    member = next(member for member in services.business.team.see(actor).members if not member.self)
    services.business.team.change_role(actor, member.id, "manager")
    services.business.invitations.invite(actor, "pat@example.com", "viewer")
    for name in ("Used", "Unused"):
        made = keys.keys.create(actor, name, KeyAccess.FULL).value
        if name == "Used":
            key = keys.check.actor(made.secret, "192.0.2.1")
            assert key
            keys.check.count(key, "192.0.2.1")
            keys.check.write_counts()
        keys.keys.revoke(actor, made.key.id)
    services.blocked_callers.block_list.unblock(actor, block(services, actor, OTHER))
    block(services, actor, CALLER)
    screen(services, owner.business_id)
    window = await pipeline.window(owner.cookie, "/activity")
    rows = window.shows(Activity)["changes"]
    blocked, keyed = "/settings?tab=blocked-callers", "/settings?tab=api-keys"
    assert {(row["change"]["what"], row["change"]["detail"]): (row["effect"], row["place"]) for row in rows} == {
        ("changed a role", f"{member.name}: viewer → manager"): ("", f"/business?member={member.id}"),
        ("created a key", "Used: full"): ("Last request", keyed),
        ("created a key", "Unused: full"): ("Never used", keyed),
        ("revoked a key", "Used: full"): ("Last request", keyed),
        ("revoked a key", "Unused: full"): ("Never used", keyed),
        ("blocked (415) 555-0132", ""): ("Stopped 1 call since", blocked),
        ("blocked (415) 555-0133", ""): ("Stopped 0 calls since", blocked),
        ("unblocked (415) 555-0133", ""): ("Had stopped 0 calls", blocked),
        ("invited a member", "p••@e••.com: viewer"): ("", "/business"),
    }
    assert [row["moment"]["iso"][:10] for row in rows if row["effect"] == "Last request"] == ["2026-03-04"] * 2
    assert {row["moment"]["iso"] for row in rows if row["effect"] != "Last request"} == {""}


async def test_a_change_of_a_ticket_leads_to_the_ticket(
    services: Services, pipeline: Pipeline, owner: Person, clock: FakeClock
) -> None:
    """Whoever made it: a member who opens, replies and solves, or support staff."""
    actor, (staff, _) = actor_of(services, owner), add_staff(services, clock)
    ticket = open_ticket(services, actor)
    services.support.tickets.reply(actor, ticket, "One more thing")
    services.support.tickets.act(actor, ticket, Action.SOLVE)
    services.support.desk.reply(staff, ticket, "Look again")
    services.support.desk.act(staff, ticket, Action.CLOSE)
    window = await pipeline.window(owner.cookie, "/activity")
    places = [row["place"] for row in window.shows(Activity)["changes"]]
    assert places == [f"/settings?tab=support&ticket={ticket}"] * 5


async def test_the_address_is_the_filter(services: Services, pipeline: Pipeline, owner: Person) -> None:
    actor = actor_of(services, owner)
    block(services, actor, CALLER)
    services.numbers.add(actor, CALLER, "Radio")
    window = await pipeline.window(owner.cookie, f"/activity?what=numbers&who={owner.user_id}")
    assert shown(window) == [("added a number", "")]
    export = parse_qs(urlparse(window.shows(Activity)["export"]).query)
    assert export == {"what": ["numbers"], "who": [owner.user_id], "business": [owner.business_id]}
    assert [choice["label"] for choice in window.shows(Activity)["sections"]] == ["Blocked Callers", "Numbers"]
    answers = await window.emit(Activity.choose, part="what", value="blocked_callers")
    assert any("what=blocked_callers" in sent for sent in answers)
    assert not any("redirect" in sent for sent in await window.emit(Activity.choose, part="__class__", value="x"))
    answers = await window.emit(Activity.look_up, form={"first": "2026-01-01", "last": 7})
    assert any("first=2026-01-01" in sent for sent in answers)


async def test_the_operator_and_what_nobody_did_are_choices_of_their_own(
    services: Services, pipeline: Pipeline, owner: Person
) -> None:
    services.business.members.set_add_on(owner.business_id, active=True)
    with services.database.write() as session:
        record(session, "billing", "changed the plan", at=services.clock.now(), business_id=owner.business_id)
    window = await pipeline.window(owner.cookie, "/activity")
    others = [choice for choice in window.shows(Activity)["people"] if choice["value"] != owner.user_id]
    assert [choice["label"] for choice in others] == ["The operator", "Automatic", "API keys"]
    for choice in others[:2]:
        await window.go(f"/activity?who={choice['value']}")
        assert [row["change"]["who"] for row in window.shows(Activity)["changes"]] == [choice["label"]]


@pytest.mark.parametrize("query", ["period=custom&first=never", "period=9", "cursor=x", "what=nothing"])
async def test_an_address_that_asks_for_nothing_says_so_and_shows_none(
    services: Services, pipeline: Pipeline, owner: Person, query: str
) -> None:
    block(services, actor_of(services, owner), CALLER)
    window = await pipeline.window(owner.cookie, f"/activity?{query}")
    assert shown(window) == []
    said = window.shows(Activity).get("wrong", "")
    assert bool(said) == ("what" not in query)
    assert "cursor" not in said


async def test_many_changes_come_in_pages(services: Services, pipeline: Pipeline, owner: Person) -> None:
    actor = actor_of(services, owner)
    for number in range(51):
        services.numbers.add(actor, f"+1415555{number:04}", "Radio")
    window = await pipeline.window(owner.cookie, "/activity")
    assert (len(shown(window)), window.shows(Activity)["newer"]) == (50, "")
    await window.go(window.shows(Activity)["older"])
    assert (len(shown(window)), window.shows(Activity)["older"]) == (1, "")
    await window.go(window.shows(Activity)["newer"])
    assert len(shown(window)) == 50


def test_every_section_has_its_name_and_place() -> None:
    assert section_of("members") == ("Members", "/business")
    assert section_of("api_keys") == ("API Keys", "/settings?tab=api-keys")
    assert section_of("numbers") == ("Numbers", "/numbers")
    assert section_of("something_else") == ("Something else", "")


def test_what_was_used_at_a_rate_is_said_to_the_micro_unit() -> None:
    used = Money(1_234_095_002, "USD")
    assert _effect(Effect(cost=used), "UTC")[0] == "Usage at it has cost $1234.095002 since"
    assert _effect(Effect(cost=used, ended=True), "UTC")[0] == "Usage at it cost $1234.095002"
    assert _effect(Effect(cost=Money(0, "EUR")), "UTC")[0] == "Usage at it has cost €0.00 since"
