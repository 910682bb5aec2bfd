"""Business details."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, Forbidden, Invalid
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import Activity, DayCount, TopUp
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.business.details import Details
from settings_ui.services.kit.changes import Changed
from tests.calls import a_call, bring_in
from tests.support import START, FakeClock, add_member

SAVED = ("Harbor & Sons", "Europe/Berlin", "de", "EUR")


def test_details_are_kept_and_the_change_noted_in_words(services: Services, owner: Actor) -> None:
    done = services.business.details.save(owner, *SAVED)
    assert done.topics == {f"business-{owner.business_id}"}
    assert services.business.details.see(owner) == Details(
        "Harbor & Sons", "Europe/Berlin", "DE", "EUR", recounting=True
    )
    with services.database.read() as session:
        noted = session.exec(select(Activity)).one()
    assert (noted.before["Time zone"], noted.after["Time zone"]) == ("UTC", "Europe/Berlin")
    assert services.business.details.save(owner, *SAVED).topics == frozenset()


@pytest.mark.parametrize(
    ("at", "wrong", "field"),
    [
        (0, "", "name"), (0, "x" * 101, "name"), (1, "Mars/Olympus", "time_zone"), (1, "../etc/passwd", "time_zone"),
        (1, "America", "time_zone"), (1, "", "time_zone"), (2, "XX", "region"), (2, "", "region"), (2, "USA", "region"),
        (3, "XXX", "currency"), (3, "", "currency"), (3, "JPY", "currency"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused_at_its_field(
    services: Services, owner: Actor, at: int, wrong: str, field: str
) -> None:
    given = [*SAVED]
    given[at] = wrong
    with pytest.raises(Invalid) as refused:
        services.business.details.save(owner, *given)
    assert refused.value.field == field
    assert services.business.details.see(owner).name == "Harbor Leads"


def test_owner_and_admin_only(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    services.business.details.save(add_member(services, business, Role.ADMIN, clock), *SAVED)
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        member = add_member(services, business, role, clock)
        with pytest.raises(Forbidden):
            services.business.details.see(member)
        with pytest.raises(Forbidden):
            services.business.details.save(member, *SAVED)


def test_a_call_at_a_days_edge_moves_with_the_time_zone(services: Services, owner: Actor) -> None:
    """23:30 UTC is the next day in Berlin: reports follow once the days are recounted, and no call is lost."""
    bring_in(services, owner.business_id, a_call(at=datetime(2026, 3, 3, 23, 30, tzinfo=UTC)))

    def days() -> dict[date, int]:
        with services.database.read() as session:
            return {row.day: row.calls for row in session.exec(select(DayCount)) if row.calls}

    assert days() == {date(2026, 3, 3): 1}
    services.business.details.save(owner, *SAVED)
    assert services.calls.counts.recount_due() == Changed(1, frozenset({f"business-{owner.business_id}"}))
    assert days() == {date(2026, 3, 4): 1}
    assert services.calls.counts.recount_due().value == 0
    assert not services.business.details.see(owner).recounting


def test_the_currency_stays_once_money_has_moved(services: Services, owner: Actor) -> None:
    """Everything else can still be changed, and the page knows why the currency cannot."""
    assert not services.business.details.see(owner).currency_fixed
    with services.database.write() as session:
        movement = Movement(TransactionKind.TOP_UP, "a", Money.of_cents(2500, "USD"), "Test")
        post(session, owner.business_id, movement, at=START)
    assert services.business.details.see(owner).currency_fixed
    with pytest.raises(Conflict) as refused:
        services.business.details.save(owner, *SAVED)
    assert refused.value.field == "currency"
    assert services.business.details.see(owner).name == "Harbor Leads"
    services.business.details.save(owner, *SAVED[:3], "USD")
    assert services.business.details.see(owner).name == "Harbor & Sons"


def test_the_currency_stays_while_somebody_pays_in_it(services: Services, owner: Actor) -> None:
    with services.database.write() as session:
        session.add(
            TopUp(
                id="top_1",
                business_id=owner.business_id,
                attempt="a",
                via="checkout",
                cents=2500,
                currency="USD",
                created_at=START,
                changed_at=START,
            )
        )
    assert services.business.details.see(owner).currency_fixed
    with pytest.raises(Conflict):
        services.business.details.save(owner, *SAVED)


def test_what_someone_else_saved_meanwhile_is_neither_undone_nor_replaced_unsaid(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """Two owners have the form open: what one left alone stays as the other saved it."""
    details = services.business.details
    seen = details.see(owner)
    other = add_member(services, business, Role.OWNER, clock)
    details.save(other, "Theirs", seen.time_zone, seen.region, seen.currency, seen=seen)
    details.save(owner, seen.name, "Europe/Berlin", seen.region, seen.currency, seen=seen)
    assert (details.see(owner).name, details.see(owner).time_zone) == ("Theirs", "Europe/Berlin")
    with pytest.raises(Conflict, match="Someone changed it to Theirs in the meantime") as refused:
        details.save(owner, "Mine", "Europe/Rome", seen.region, seen.currency, seen=seen)
    assert refused.value.field == "name"
    assert details.see(owner).time_zone == "Europe/Berlin", "all or nothing"
    details.save(owner, "Mine", "Europe/Rome", seen.region, seen.currency, seen=details.see(owner))
    assert details.see(owner).name == "Mine", "once it was said"
