"""Tracking numbers: unique within a business, one source each; a released number keeps its calls."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Conflict, Forbidden, Invalid, NotFound
from settings_ui.models import Activity, Business
from settings_ui.services.kit.changes import business_topic
from settings_ui.services.numbers.service import MOST
from tests.at_once import at_once
from tests.calls import a_call, a_key, kept_calls
from tests.support import FakeClock, add_business, add_member


def listed(services: Services, actor: Actor, **asked: object) -> list[str]:
    return [row.number for row in services.numbers.find(actor, **asked)]  # type: ignore[arg-type]


def changes(services: Services) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    with services.database.read() as session:
        rows = session.exec(select(Activity).where(Activity.topic == "numbers").order_by(Activity.at)).all()
    return [(row.what, dict(row.before), dict(row.after)) for row in rows]


def test_a_number_in_any_form_is_kept_in_one(services: Services, owner: Actor, business: str, clock: FakeClock) -> None:
    changed = services.numbers.add(owner, "(212) 555-0110", "  Google   Ads ")
    assert (changed.value.number, changed.value.source, changed.value.since) == (
        "+12125550110",
        "Google Ads",
        clock.now(),
    )
    assert changed.topics == {business_topic(business)}
    assert changes(services) == [("added a number", {}, {"(212) 555-0110": "Google Ads"})]


def test_a_number_is_read_in_the_region_of_its_business(services: Services, clock: FakeClock) -> None:
    home = add_business(services)
    actor = add_member(services, home, Role.OWNER, clock)
    with services.database.write() as session:
        session.get_one(Business, home).region = "GB"
    assert services.numbers.add(actor, "020 7946 0018", "Leaflets").value.number == "+442079460018"


def test_the_same_number_again_is_refused_with_what_it_stands_for(services: Services, owner: Actor) -> None:
    services.numbers.add(owner, "+12125550110", "Radio")
    with pytest.raises(Conflict, match=r"\(212\) 555-0110 already stands for Radio") as refused:
        services.numbers.add(owner, "212-555-0110", "Billboard")
    assert refused.value.field == "number"
    assert listed(services, owner) == ["+12125550110"]


def test_one_number_added_24_times_at_once_is_one_number(services: Services, owner: Actor) -> None:
    results = at_once(*[lambda n=n: services.numbers.add(owner, "+12125550110", f"Source {n}") for n in range(24)])
    assert sum(isinstance(result, Conflict) for result in results) == 23
    assert len(listed(services, owner)) == 1


def test_two_businesses_may_have_the_same_number(services: Services, owner: Actor, clock: FakeClock) -> None:
    """It may have moved from one to the other; each sees only its own calls."""
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    services.numbers.add(owner, "+12125550110", "Radio")
    services.numbers.add(elsewhere, "+12125550110", "Organic")
    assert services.numbers.find(owner)[0].source == "Radio"


@pytest.mark.parametrize(
    ("number", "source", "field"),
    [
        ("", "Radio", "number"),
        ("555-0110", "Radio", "number"),
        ("anonymous", "Radio", "number"),
        ("+12125550110", "", "source"),
        ("+12125550110", " \t ", "source"),
        ("+12125550110", "x" * 101, "source"),
        ("+12125550110", "a\u202eb", "source"),
        ("+12125550110", "a\x00b", "source"),
    ],
)
def test_what_is_no_number_or_no_source_is_refused_at_its_field(
    services: Services, owner: Actor, number: str, source: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.numbers.add(owner, number, source)
    assert refused.value.field == field
    assert listed(services, owner) == []


def test_a_renamed_source_holds_for_calls_from_now_on(services: Services, business: str, owner: Actor) -> None:
    number = services.numbers.add(owner, "+12125550110", "Radio").value
    services.calls.recording.record(a_key(business), a_call("c-1", source=""))
    services.numbers.rename_source(owner, number.id, "Radio Berlin")
    services.calls.recording.record(a_key(business), a_call("c-2", source=""))
    assert [call.source for call in kept_calls(services, business)] == ["Radio", "Radio Berlin"]
    assert changes(services)[-1] == (
        "renamed a source",
        {"(212) 555-0110": "Radio"},
        {"(212) 555-0110": "Radio Berlin"},
    )


def test_the_same_source_again_changes_nothing(services: Services, owner: Actor) -> None:
    number = services.numbers.add(owner, "+12125550110", "Radio").value
    services.numbers.rename_source(owner, number.id, " Radio ")
    assert [what for what, _, _ in changes(services)] == ["added a number"]


def test_a_released_number_is_gone_and_its_calls_stay(services: Services, business: str, owner: Actor) -> None:
    number = services.numbers.add(owner, "+12125550110", "Radio").value
    services.calls.recording.record(a_key(business), a_call())
    services.numbers.release(owner, number.id)
    assert listed(services, owner) == []
    assert len(kept_calls(services, business)) == 1
    for gone in (
        lambda: services.numbers.release(owner, number.id),
        lambda: services.numbers.rename_source(owner, number.id, "Organic"),
        lambda: services.numbers.get(owner, number.id),
    ):
        with pytest.raises(NotFound):
            gone()
    assert services.numbers.add(owner, "+12125550110", "Billboard").value.id != number.id


def test_another_business_s_number_is_not_there(services: Services, owner: Actor, clock: FakeClock) -> None:
    number = services.numbers.add(owner, "+12125550110", "Radio").value
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    for wanted in (number.id, "num_none", ""):
        for reach in (
            lambda: services.numbers.get(elsewhere, wanted),  # noqa: B023
            lambda: services.numbers.release(elsewhere, wanted),  # noqa: B023
            lambda: services.numbers.rename_source(elsewhere, wanted, "Mine"),  # noqa: B023
        ):
            with pytest.raises(NotFound):
                reach()
    assert services.numbers.get(owner, number.id).source == "Radio"


@pytest.fixture
def many(services: Services, owner: Actor) -> list[str]:
    """Add fifty-three numbers with three sources; return them in list order."""
    rows = [(f"+1212555{n:04}", ("Radio", "Organic", "50% off_now")[n % 3]) for n in range(100, 153)]
    for number, source in rows:
        services.numbers.add(owner, number, source)
    return [number for _, number in sorted((source, number) for number, source in rows)]


def test_numbers_are_searched_by_digits_and_by_source(services: Services, owner: Actor, many: list[str]) -> None:
    assert len(listed(services, owner)) == 50
    assert listed(services, owner, limit=500) == many
    assert listed(services, owner, offset=50) == many[50:]
    assert listed(services, owner, search="555-0110") == ["+12125550110"]
    assert listed(services, owner, search="RADIO", limit=500) == [n for n in many if int(n[-3:]) % 3 == 0]
    assert listed(services, owner, search="50% off_", limit=500) == [n for n in many if int(n[-3:]) % 3 == 2]
    assert listed(services, owner, search="%") == listed(services, owner, search="off_")
    assert listed(services, owner, search="nothing") == []


@pytest.mark.parametrize("limit", [1, 7, 53, 500])
def test_pages_show_every_number_once_while_others_come_and_go(
    services: Services, owner: Actor, many: list[str], limit: int
) -> None:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        rows, cursor = services.numbers.page(owner, cursor=cursor, limit=limit)
        if not found:
            services.numbers.release(owner, rows[-1].id)  # the cursor's own number
            services.numbers.add(owner, "+13105550100", "000")
        found += [row.number for row in rows]
    assert found == many


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": MOST + 1}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "x.é"}, "cursor"),
    ],
)
def test_a_page_that_cannot_be_is_refused_at_its_field(
    services: Services, owner: Actor, asked: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.numbers.page(owner, **asked)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("renamed_to", ["Aardvark", "Zebra"])
def test_a_source_that_is_renamed_in_between_does_not_shift_the_pages(
    services: Services, owner: Actor, renamed_to: str
) -> None:
    """The next page goes on after the place of the last number, wherever that number is now."""
    sources = [f"{letter} \N{PILE OF POO}" for letter in "BCDEF"]
    for n, source in enumerate(sources):
        services.numbers.add(owner, f"+1212555010{n}", source)
    first, cursor = services.numbers.page(owner, limit=2)
    assert cursor is not None
    services.numbers.rename_source(owner, first[-1].id, renamed_to)
    rest, _ = services.numbers.page(owner, cursor=cursor)
    assert [row.source for row in rest][:3] == sources[2:]


def test_a_number_of_another_business_is_no_cursor(services: Services, owner: Actor, clock: FakeClock) -> None:
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    number = services.numbers.add(elsewhere, "+12125550110", "Radio").value
    with pytest.raises(Invalid):
        services.numbers.page(owner, cursor=number.id)


def test_owner_admin_and_full_keys_manage_numbers(services: Services, business: str, clock: FakeClock) -> None:
    """A read-only key can list them; nobody else can do either."""
    may = [add_member(services, business, role, clock) for role in (Role.OWNER, Role.ADMIN)]
    for n, actor in enumerate([*may, a_key(business)]):
        services.numbers.add(actor, f"+1212555010{n}", "Radio")
    reader = a_key(business, KeyAccess.READ_ONLY)
    assert len(services.numbers.find(reader)) == 3
    with pytest.raises(Forbidden):
        services.numbers.add(reader, "+12125550109", "Radio")
    denied = [add_member(services, business, role, clock) for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER)]
    for actor in [*denied, a_key(business, KeyAccess.SCREENING)]:
        for reach in (
            lambda: services.numbers.find(actor),  # noqa: B023
            lambda: services.numbers.page(actor),  # noqa: B023
            lambda: services.numbers.get(actor, "num_1"),  # noqa: B023
            lambda: services.numbers.add(actor, "+12125550109", "Radio"),  # noqa: B023
            lambda: services.numbers.release(actor, "num_1"),  # noqa: B023
            lambda: services.numbers.rename_source(actor, "num_1", "Radio"),  # noqa: B023
        ):
            with pytest.raises(Forbidden):
                reach()


def test_what_a_key_changed_is_recorded_under_its_name(services: Services, business: str) -> None:
    services.numbers.add(a_key(business), "+12125550110", "Radio")
    assert changes(services) == [("added a number", {}, {"(212) 555-0110": "Radio", "API key": "Platform"})]
