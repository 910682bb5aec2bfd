"""The demo: the same calls relative to the day of seeding, on whichever day that is."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services, seed_demo
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.tickets import TicketStatus
from settings_ui.gateways.storage import ObjectStorage
from settings_ui.models import (
    Activity,
    ApiKey,
    Business,
    Call,
    Membership,
    OutgoingMail,
    Ticket,
    TicketAttachment,
    TrackingNumber,
    User,
)
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.calls.reports import GroupBy
from settings_ui.services.demo import calls as demo_calls
from settings_ui.services.demo import seeding as demo
from settings_ui.services.demo.life import people_of
from settings_ui.services.support.listing import Show
from tests.calls import a_key
from tests.demo_expected import FILE, PLANS, counted
from tests.support import START, FakeClock, make_services

EXPECTED = json.loads(FILE.read_text(encoding="utf-8"))
# Every weekday at different hours; around midnight; and before, during and after clock changes.
MOMENTS = [
    *(START + timedelta(days=n, hours=7 * n) for n in range(7)),
    datetime(2026, 3, 4, 5, 0, tzinfo=UTC),
    datetime(2026, 3, 4, 4, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 4, 0, 0, 1, tzinfo=UTC),
    *(datetime(2026, 3, 8, hour, 30, tzinfo=UTC) for hour in (4, 5, 6, 7, 23)),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 4, 1, 12, tzinfo=UTC),
    *(datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (4, 5, 6, 7)),
    datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2028, 2, 29, 15, tzinfo=UTC),
]


@pytest.fixture
def services(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Services]:
    """All use cases, with files in this test's own folder."""
    built = make_services(database_url, clock, storage=ObjectStorage(f"file://{tmp_path}/files"))
    yield built
    built.database.close()


@pytest.mark.parametrize("now", MOMENTS, ids=str)
@pytest.mark.parametrize("name", PLANS)
def test_whenever_it_is_seeded_the_demo_has_the_expected_calls_all_over_and_in_order(name: str, now: datetime) -> None:
    plan, time_zone = PLANS[name]
    zone = ZoneInfo(time_zone)
    calls = demo_calls.calls(plan, now, time_zone)
    assert counted(calls, zone, now.astimezone(zone).date()) == EXPECTED[name]
    first = now.astimezone(zone).date() - timedelta(days=89)
    assert all(first <= call.started_at.astimezone(zone).date() for call in calls)
    assert all(call.started_at + timedelta(seconds=call.duration_s) <= now for call in calls)
    assert [call.started_at for call in calls] == sorted(call.started_at for call in calls)
    assert len({call.id for call in calls}) == len(calls)


def test_the_demo_looks_lived_in() -> None:
    """About 20,000 calls, quiet weekends and nights, half of them over 90 s, repeat callers and some nuisance
    callers."""
    calls = demo_calls.calls(demo_calls.NORTHWIND, START, "America/New_York")
    local = [call.started_at.astimezone(ZoneInfo("America/New_York")) for call in calls]
    assert 19_000 < len(calls) < 22_000
    weekdays = Counter(moment.weekday() for moment in local)
    assert max(weekdays[5], weekdays[6]) * 1.5 < min(weekdays[day] for day in range(5))
    hours = Counter(moment.hour for moment in local)
    assert hours[10] > 5 * hours[6] > 10 * hours[3]
    completed = [call.duration_s for call in calls if call.status is CallStatus.COMPLETED]
    assert 0.4 < sum(duration_s >= 90 for duration_s in completed) / len(completed) < 0.6
    short = Counter(call.caller for call in calls if call.duration_s < 15 and call.status is CallStatus.COMPLETED)
    assert [count > 50 for _, count in short.most_common(4)] == [True, True, True, False]
    assert sum(count > 1 for count in Counter(call.caller for call in calls).values()) > 1000


def test_all_numbers_of_the_demo_are_set_aside_for_stories() -> None:
    """Reserved fictional numbers, so no real phone rings: 555-01xx in America, 020 7946 0xxx in London."""
    for plan, _ in PLANS.values():
        calls = demo_calls.calls(plan, START, "UTC")
        for number in {call.caller for call in calls} | {call.dialled for call in calls}:
            assert number == "anonymous" or re.fullmatch(r"\+1\d{3}55501\d\d|\+442079460\d{3}", number)


def test_a_seeded_database_says_the_same_in_its_reports_and_is_not_seeded_again(
    services: Services, clock: FakeClock
) -> None:
    assert seed_demo(services)
    with services.database.read() as session:
        homes = {home.name: home for home in session.exec(select(Business))}
        numbers = session.exec(select(TrackingNumber)).all()
    assert homes.keys() == PLANS.keys()
    assert len(numbers) == sum(len(plan.lines) for plan, _ in PLANS.values())
    for name, home in homes.items():
        key = a_key(home.id)
        for days in (7, 30, 90):
            expected = EXPECTED[name][f"last {days} days"]
            report = services.calls.reports.qualified(key, last_days=days, group_by=GroupBy.SOURCE)
            assert {
                line.key: {"calls": line.calls, "completed": line.completed, "qualified": line.qualified}
                for line in report.lines
            } == expected["by source"]
            asked = services.calls.reports.qualified(key, last_days=days, threshold_s=91)
            assert (asked.total.calls, asked.total.qualified) == (expected["calls"], expected["qualified at"]["91"])
        assert services.calls.counts.differences(home.id, report.last, report.last) == []
    before = how_many(services)
    clock.tick(days=1)
    assert not seed_demo(services)
    assert how_many(services) == before


def test_an_older_demo_gets_its_calls(services: Services, clock: FakeClock) -> None:
    """A demo seeded before calls existed gets them; its people stay unchanged."""
    services.business.members.create_business(
        demo.HARBOR, owner_email=demo.PEOPLE[0][0], owner_name="Somebody else", password=demo.PASSWORD
    )
    assert seed_demo(services)
    assert how_many(services) == EXPECTED[demo.HARBOR]["last 90 days"]["calls"]


def test_the_demo_has_tickets_in_every_status_and_one_that_waits_for_the_manager(
    tmp_path: Path, services: Services, clock: FakeClock
) -> None:
    """With threads and files, in two businesses; the staff account sees all of them and is a member of neither."""
    assert seed_demo(services)
    with services.database.read() as session:
        tickets = session.exec(select(Ticket)).all()
        kim = session.exec(select(User).where(User.email == "manager@example.com")).one()
        staff = session.exec(select(User).where(User.email == demo.STAFF[0])).one()
        assert session.exec(select(Membership).where(Membership.user_id == staff.id)).all() == []
        files = session.exec(select(TicketAttachment)).all()
        assert [mail.subject for mail in session.exec(select(OutgoingMail)) if "PayPal" not in mail.subject] == []
    assert len([ticket for ticket in tickets if ticket.number <= 1011]) >= 12
    assert {ticket.status for ticket in tickets} == set(TicketStatus)
    assert any(ticket.status == "pending" and ticket.opened_by == kim.id for ticket in tickets)
    assert len({ticket.business_id for ticket in tickets}) == 2
    assert {file.media_type for file in files} == {"text/plain", "image/png", "application/pdf"}
    assert {path.name for path in (tmp_path / "files").rglob("*") if path.is_file()} == {file.id for file in files}
    token = services.account.sign_in.sign_in(demo.STAFF[0], demo.PASSWORD, Visitor("192.0.2.0/24", ""), None).value
    desk = services.account.access.staff(token_digest(token))
    assert desk is not None
    assert len(services.support.desk.page(desk, show=Show.ALL).page) == len(tickets)


def how_many(services: Services) -> int:
    with services.database.read() as session:
        return len(session.exec(select(Call.seq)).all())


def test_no_tab_of_the_demo_is_empty_at_first_sight(services: Services, clock: FakeClock) -> None:
    """Keys in every state, a dozen blocked callers with stops, past thresholds, a payout on hold, and several
    people."""
    started = time.process_time()
    assert seed_demo(services)
    assert time.process_time() - started < 10
    people = people_of(services.database, demo.NORTHWIND)
    owner = people[Role.OWNER]
    keys = {listed.key.name: listed for listed in services.api_keys.keys.ring(owner).keys}
    states = {name: (row.access, bool(row.expires_at), bool(row.revoked_at)) for name, row in rows(services).items()}
    assert states == {
        "CRM sync": ("full", False, False),
        "Call platform": ("screening", False, False),
        "Agency report": ("read_only", True, False),
        "Nightly export": ("read_only", False, False),
        "Nightly export (old)": ("read_only", True, False),
        "Old dialer": ("full", False, True),
    }
    assert keys["Call platform"].use.requests > 900
    page = services.blocked_callers.block_list.page(owner)
    assert {entry.row.pattern for entry in page.page} >= {"anonymous", "+1808555*"}
    assert len(page.page) >= 12
    assert all(entry.stopped for entry in page.page)
    assert any(entry.row.note for entry in page.page)
    assert any(entry.row.until for entry in page.page)
    northwind = EXPECTED[demo.NORTHWIND]["last 30 days"]
    assert page.stopped == northwind["stopped"] > 200
    payouts = services.payouts.destinations.see(people[Role.PUBLISHER])
    assert payouts.in_force
    assert payouts.on_hold
    with services.database.read() as session:
        seen = session.exec(select(Activity).where(Activity.business_id == owner.business_id)).all()
    assert [line.what for line in seen].count("changed the threshold") == 2
    assert len({line.user_id for line in seen if line.user_id}) >= 4
    assert max(line.at for line in seen) <= clock.now()
    assert {line.what for line in seen if line.topic == "support"} >= {"opened a ticket", "solved a ticket"}
    with services.database.read() as session:
        mine = Membership.business_id == owner.business_id
        joined = dict(session.exec(select(Membership.user_id, Membership.created_at).where(mine)).all())
    assert len({at.date() for at in joined.values()}) == len(demo.PEOPLE)
    assert max(joined.values()) < clock.now() - timedelta(days=40)
    assert all(line.at >= joined[line.user_id] for line in seen if line.user_id in joined)


def rows(services: Services) -> dict[str, ApiKey]:
    with services.database.read() as session:
        return {key.name: key for key in session.exec(select(ApiKey))}
