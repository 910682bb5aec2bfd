"""The payout run: lists everyone who is owed exactly once, with the destination in force, and nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain import payout
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.ids import new_id
from settings_ui.models import PayoutDestination, User
from tests.support import PASSWORD, START, FakeClock, add_business, add_member, add_user, join, link_token, mails

PAY, NEW = "pay@harborleads.example", "new@harborleads.example"


def paid(services: Services, **options: object) -> list[str]:
    return [line.paypal_email for line in services.payouts.run.lines(**options)]  # type: ignore[arg-type]


def add_destination(services: Services, user_id: str, business_id: str, email: str, at: datetime = START) -> None:
    with services.database.write() as session:
        session.add(
            PayoutDestination(
                id=new_id("pay"),
                business_id=business_id,
                user_id=user_id,
                email=email,
                email_folded=email,
                created_at=at,
                effective_at=at,
            )
        )


def test_a_line_says_who_is_paid_where_and_since_when(services: Services, publisher: Actor, clock: FakeClock) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    [line] = services.payouts.run.lines()
    assert (line.business, line.login_email, line.paypal_email) == ("Harbor Leads", "pat@example.com", PAY)
    assert (line.role, line.confirmed, line.in_force_since) == ("publisher", False, clock.now())
    services.payouts.links.confirm(link_token(mails(services, PAY)[0].body, "/payouts/confirm"))
    assert services.payouts.run.lines()[0].confirmed


def test_a_run_pays_the_old_address_until_the_hold_is_over(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    services.payouts.destinations.save(publisher, NEW, PASSWORD)
    assert paid(services) == [PAY]
    clock.tick(hours=71, minutes=59, seconds=59)
    assert paid(services) == [PAY]
    clock.tick(seconds=1)
    assert paid(services) == [NEW]


def test_a_run_for_another_moment_shows_what_counted_then(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """A past run can be reproduced later, even after a cancellation."""
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    clock.tick(hours=1)
    services.payouts.destinations.cancel(
        publisher, services.payouts.destinations.save(publisher, NEW, PASSWORD).value.id
    )
    clock.tick(days=30)
    assert paid(services, at=START - timedelta(seconds=1)) == []
    assert paid(services, at=START) == [PAY]
    assert paid(services, at=START + timedelta(days=10)) == [PAY]


def test_a_cancelled_first_address_is_paid_no_more(services: Services, publisher: Actor, clock: FakeClock) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    clock.tick(hours=1)
    services.payouts.links.cancel(link_token(mails(services, "pat@example.com")[0].body, "/payouts/cancel"), None)
    assert paid(services) == []
    assert paid(services, at=START) == [PAY]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("add_on", [False, True])
@pytest.mark.parametrize("access", [False, True])
def test_publishers_are_always_paid_and_others_while_pay_per_call_reaches_them(
    services: Services, role: Role, add_on: bool, access: bool
) -> None:
    home = add_business(services, pay_per_call=add_on)
    user = add_user(services)
    join(services, user, home, role, access=access)
    add_destination(services, user, home, PAY)
    assert paid(services) == ([PAY] if role is Role.PUBLISHER or (add_on and access) else [])


def test_former_members_and_disabled_users_are_not_paid(
    services: Services, publisher: Actor, business: str, clock: FakeClock
) -> None:
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    gone = add_member(services, business, Role.PUBLISHER, clock, email="gone@example.com")
    services.payouts.destinations.save(gone, "gone@harborleads.example", PASSWORD)
    disabled = add_member(services, business, Role.PUBLISHER, clock)
    services.payouts.destinations.save(disabled, "disabled@harborleads.example", PASSWORD)
    assert len(paid(services)) == 3
    services.business.members.remove_member(business, "gone@example.com")
    with services.database.write() as session:
        session.get_one(User, disabled.user_id).disabled_at = clock.now()
    assert paid(services) == [PAY]
    services.business.members.add_member(business, "gone@example.com", name="", role=Role.PUBLISHER, password=None)
    assert sorted(paid(services)) == ["gone@harborleads.example", PAY]


def test_being_a_member_elsewhere_pays_nothing_here(services: Services, publisher: Actor, business: str) -> None:
    """A destination applies only to the business in which it was saved."""
    other = add_business(services, "Another")
    join(services, publisher.user_id, other, Role.PUBLISHER)
    services.payouts.destinations.save(publisher, PAY, PASSWORD)
    assert [line.business for line in services.payouts.run.lines()] == ["Harbor Leads"]
    services.business.members.remove_member(business, "pat@example.com")
    assert services.payouts.run.lines() == []


def test_one_business_can_be_run_alone_and_lines_are_in_order(services: Services, clock: FakeClock) -> None:
    first, second = add_business(services, "Alpha"), add_business(services, "Beta")
    for home, name in [(second, "Zoe"), (second, "Ann"), (first, "Bob")]:
        user = add_user(services, name=name)
        join(services, user, home, Role.PUBLISHER)
        add_destination(services, user, home, f"{name.lower()}@pay.example")
    lines = services.payouts.run.lines()
    assert [(line.business, line.name) for line in lines] == [("Alpha", "Bob"), ("Beta", "Ann"), ("Beta", "Zoe")]
    assert paid(services, business_id=second) == ["ann@pay.example", "zoe@pay.example"]
    assert paid(services, business_id="biz_nobody") == []


@dataclass(frozen=True)
class Row:
    """A destination, in hours from the start."""

    created: int
    wait: int
    cancelled: int | None


ROWS = st.builds(Row, st.integers(0, 200), st.sampled_from([0, 72]), st.none() | st.integers(0, 90))
HISTORIES = st.lists(st.lists(ROWS, max_size=5), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories=HISTORIES, hours=st.lists(st.integers(-1, 300), min_size=1, max_size=6))
def test_the_run_and_the_rule_agree_for_every_history(
    services: Services, histories: list[list[Row]], hours: list[int]
) -> None:
    """The database query and the domain rule give the same answer for any history, at any time."""
    business = add_business(services)
    saved: dict[str, list[PayoutDestination]] = {}
    for number, history in enumerate(histories):
        user_id = add_user(services)
        join(services, user_id, business, Role.PUBLISHER)
        with services.database.write() as session:
            for place, row in enumerate(history):
                created = START + timedelta(hours=row.created)
                session.add(
                    PayoutDestination(
                        id=new_id("pay"),
                        business_id=business,
                        user_id=user_id,
                        email=f"pay{number}-{place}@example.com",
                        email_folded=f"pay{number}-{place}@example.com",
                        created_at=created,
                        effective_at=created + timedelta(hours=row.wait),
                        cancelled_at=None if row.cancelled is None else created + timedelta(hours=row.cancelled),
                    )
                )
        with services.database.read() as session:
            query = select(PayoutDestination).where(PayoutDestination.user_id == user_id)
            saved[user_id] = list(session.exec(query))
    for hour in hours:
        at = START + timedelta(hours=hour)
        expected = {
            user_id: counts.email for user_id, history in saved.items() if (counts := payout.in_force(history, at))
        }
        lines = services.payouts.run.lines(at=at, business_id=business)
        assert len({line.user_id for line in lines}) == len(lines), "nobody is paid twice"
        assert {line.user_id: line.paypal_email for line in lines} == expected
