"""The Numbers page: what each dialog shows and writes."""

from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.plans import Offered
from settings_ui.domain.rates import UsageKind, plan_owner
from settings_ui.models import CataloguePrice, PlanInForce
from settings_ui.services.numbers.service import PAGE
from settings_ui.state.numbers import Numbers
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of, toasts
from tests.support import FakeClock


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


@pytest.fixture
async def window(pipeline: Pipeline, owner: Person) -> Window:
    return await pipeline.window(owner.cookie, "/numbers")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(Numbers)


def listed(window: Window) -> list[tuple[str, str]]:
    return [(row["number"], row["source"]) for row in shown(window)["numbers"]]


async def test_a_number_is_added_renamed_and_released(window: Window, services: Services, owner: Person) -> None:
    await window.emit(Numbers.ask, dialog="add", number="")
    assert shown(window)["dialog"] == "add"
    await window.emit(Numbers.add, form={"number": "12", "source": ""})
    assert (list(shown(window)["errors"]), shown(window)["dialog"], toasts(window)) == (["number"], "add", [])
    await window.emit(Numbers.add, form={"number": "(212) 555-0110", "source": "Radio"})
    assert (shown(window)["errors"], shown(window)["dialog"], shown(window)["answered"]) == ({}, "", 2)
    assert (listed(window), toasts(window)) == ([("(212) 555-0110", "Radio")], [("good", "Number added")])
    number = shown(window)["numbers"][0]["id"]
    await window.emit(Numbers.ask, dialog="rename", number=number)
    assert (shown(window)["dialog"], shown(window)["target"]["source"]) == ("rename", "Radio")
    await window.emit(Numbers.rename, form={"source": " "})
    assert (list(shown(window)["errors"]), shown(window)["dialog"]) == (["source"], "rename")
    await window.emit(Numbers.rename, form={"source": "Web"})
    assert (listed(window), toasts(window)[-1]) == ([("(212) 555-0110", "Web")], ("good", "Source renamed"))
    await window.emit(Numbers.ask, dialog="release", number=number)
    assert shown(window)["dialog"] == "release"
    await window.emit(Numbers.release)
    assert (listed(window), toasts(window)[-1], shown(window)["dialog"]) == ([], ("good", "Number released"), "")
    assert len(shown(window)["changes"]) == 3
    assert services.numbers.find(actor_of(services, owner), search="", offset=0, limit=9) == []


async def test_only_known_questions_about_known_numbers_open(window: Window, services: Services, owner: Person) -> None:
    row = services.numbers.add(actor_of(services, owner), "(212) 555-0110", "Radio").value
    await window.emit(Numbers.open)
    for dialog, number in (("rename", "num_unknown"), ("release", ""), ("sell", row.id), ("", row.id)):
        await window.emit(Numbers.ask, dialog="rename", number=row.id)
        await window.emit(Numbers.ask, dialog=dialog, number=number)
        assert shown(window)["dialog"] == "", (dialog, number)


async def test_a_closed_dialog_forgets_its_error(window: Window) -> None:
    await window.emit(Numbers.ask, dialog="add", number="")
    await window.emit(Numbers.add, form={})
    await window.emit(Numbers.ask, dialog="", number="")
    assert (shown(window)["errors"], shown(window)["dialog"]) == ({}, "")


async def test_numbers_are_found_and_pages_turned(pipeline: Pipeline, services: Services, owner: Person) -> None:
    actor = actor_of(services, owner)
    for n in range(PAGE + 1):
        services.numbers.add(actor, f"+1212555{n:04}", f"Source {n:03}")
    window = await pipeline.window(owner.cookie, "/numbers")
    assert (len(listed(window)), shown(window)["more"]) == (PAGE, True)
    await window.emit(Numbers.turn, pages=7)
    assert (listed(window), shown(window)["more"]) == ([("(212) 555-0050", "Source 050")], False)
    await window.emit(Numbers.find, search="Source 007")
    assert (listed(window), shown(window)["offset"]) == ([("(212) 555-0007", "Source 007")], 0)
    await window.emit(Numbers.turn, pages=-1)
    assert shown(window)["offset"] == 0


async def test_a_number_says_what_it_costs_a_month_if_anything(
    window: Window, services: Services, owner: Person, clock: FakeClock
) -> None:
    await window.emit(Numbers.add, form={"number": "(212) 555-0110", "source": "Radio"})
    await window.emit(Numbers.add, form={"number": "(800) 555-0110", "source": "Television"})
    assert [row["rate"] for row in shown(window)["numbers"]] == ["", ""]
    rates = {UsageKind.LOCAL_NUMBER: 3_000_000, UsageKind.TOLL_FREE_NUMBER: 4_123_456}
    with services.database.write() as session:
        session.add(PlanInForce(business_id=owner.business_id, since=clock.now(), plan="starter", add_ons=[]))
        for kind, micros in rates.items():
            session.add(
                CataloguePrice(
                    id=f"price_{kind}",
                    offered=Offered.RATE.value,
                    slug=kind.value,
                    owner=plan_owner("starter"),
                    name="A number",
                    description="",
                    place=0,
                    increment_s=60,
                    micros=micros,
                    currency="USD",
                    since=clock.now(),
                )
            )
    await window.emit(Numbers.open)
    assert [row["rate"] for row in shown(window)["numbers"]] == ["$3.0000", "$4.123456"]
