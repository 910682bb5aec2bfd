"""Reports by day and by source: range, threshold and access. test_counts covers the numbers themselves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.reports import Basis, GroupBy, ReportLine
from tests.calls import a_call, a_key, bring_in
from tests.statements import Statements
from tests.support import START, FakeClock, add_business, add_member

TODAY = date(2026, 3, 4)


def came_in(services: Services, business: str, at: datetime, duration_s: int = 100, **more: object) -> None:
    services.calls.recording.record(a_key(business), a_call(at=at, duration_s=duration_s, **more))  # type: ignore[arg-type]


def test_a_report_has_a_line_for_each_of_the_last_30_days_also_without_calls(
    services: Services, business: str, owner: Actor
) -> None:
    """Today and the 29 days before."""
    came_in(services, business, START)
    came_in(services, business, START - timedelta(days=29))
    came_in(services, business, START - timedelta(days=30))
    report = services.calls.reports.qualified(owner)
    assert (report.first, report.last, report.threshold_s) == (date(2026, 2, 3), TODAY, 90)
    assert [line.key for line in report.lines] == [str(report.first + timedelta(days=n)) for n in range(30)]
    assert report.lines[0] == ReportLine("2026-02-03", 1, 1, 1, 0)
    assert report.lines[1] == ReportLine("2026-02-04", 0, 0, 0, 0)
    assert report.total == ReportLine("total", 2, 2, 2, 0)


def test_only_completed_calls_are_completed_and_only_stopped_ones_stopped(
    services: Services, business: str, owner: Actor
) -> None:
    for status in CallStatus:
        came_in(services, business, START, 100, status=status)
    came_in(services, business, START, 89)
    total = services.calls.reports.qualified(owner, first=TODAY).total
    assert total == ReportLine("total", 5, 2, 1, 1)
    assert total.rate == 0.5


def test_a_day_on_which_nothing_was_completed_has_no_rate(services: Services, business: str, owner: Actor) -> None:
    came_in(services, business, START, status=CallStatus.MISSED)
    assert services.calls.reports.qualified(owner, first=TODAY).lines[0].rate is None


def test_sources_come_by_calls_then_by_name(services: Services, business: str, owner: Actor) -> None:
    for source in ("b", "a", "c", "c"):
        came_in(services, business, START, source=source)
    report = services.calls.reports.qualified(owner, group_by=GroupBy.SOURCE)
    assert [(line.key, line.calls) for line in report.lines] == [("c", 2), ("a", 1), ("b", 1)]


def test_a_changed_threshold_counts_for_past_calls_and_what_counted_then_stays(
    services: Services, business: str, owner: Actor
) -> None:
    """An agreed payout stays provable."""
    came_in(services, business, START, 60)
    came_in(services, business, START, 95)
    services.qualified_calls.set(owner, "30", seen_s=90)
    came_in(services, business, START, 40)

    def qualified(**asked: object) -> int:
        return services.calls.reports.qualified(owner, **asked).total.qualified  # type: ignore[arg-type]

    assert qualified() == 3
    assert qualified(basis=Basis.THEN) == 2
    assert qualified(threshold_s=90) == 1
    assert qualified(threshold_s=41) == 2
    assert qualified(threshold_s=7200) == 0
    assert services.calls.reports.qualified(owner, threshold_s=41).threshold_s == 41


def test_a_call_of_exactly_the_threshold_qualifies_on_every_basis(
    services: Services, business: str, owner: Actor
) -> None:
    for duration_s in (89, 90, 91):
        came_in(services, business, START, duration_s)
    for asked in ({}, {"basis": Basis.THEN}, {"threshold_s": 90}):
        assert services.calls.reports.qualified(owner, **asked).total.qualified == 2  # type: ignore[arg-type]
    for threshold_s, qualified in ((89, 3), (91, 1), (92, 0)):
        assert services.calls.reports.qualified(owner, threshold_s=threshold_s).total.qualified == qualified
        assert services.calls.reports.qualified(owner, threshold_s=threshold_s + 1000).total.qualified == 0


@pytest.mark.parametrize("threshold_s", [1, 29, 30, 31, 74, 75, 76, 90, 210, 211, 599, 600, 3599, 3600, 3601, 7200])
def test_the_what_if_counts_each_length_on_its_side_of_any_threshold(
    services: Services, business: str, owner: Actor, threshold_s: int
) -> None:
    """Before, at and after those that are counted with each call, and halfway between two of them."""
    lengths = [1, 29, 30, 31, 74, 75, 76, 90, 210, 211, 599, 600, 3599, 3600, 3601, 7200, 86_400]
    calls = [a_call(at=START, duration_s=length, source=("Radio", "Organic")[length % 2]) for length in lengths]
    bring_in(services, business, *calls)
    for group_by in GroupBy:
        report = services.calls.reports.qualified(owner, threshold_s=threshold_s, group_by=group_by)
        assert report.total.qualified == sum(length >= threshold_s for length in lengths)


def test_a_report_at_a_usual_threshold_does_not_look_at_single_lengths(
    services: Services, business: str, owner: Actor
) -> None:
    """So it costs the same at any number of calls: there is one row for each day and source."""
    came_in(services, business, START)
    with Statements(services) as said:
        for threshold_s in (30, 60, 120, 180, 300, 600):
            services.calls.reports.qualified(owner, threshold_s=threshold_s)
    assert not [text for text in said if "duration_counts" in text]


def test_today_is_the_business_s_today(services: Services, clock: FakeClock) -> None:
    """At noon in Greenwich it is already tomorrow on Kiritimati; at one in the morning it is still yesterday in New
    York."""
    for zone, now, today in (
        ("Pacific/Kiritimati", START, date(2026, 3, 5)),
        ("America/New_York", datetime(2026, 3, 5, 1, tzinfo=UTC), date(2026, 3, 4)),
    ):
        actor = add_member(services, add_business(services, time_zone=zone), Role.OWNER, clock)
        clock.moment = now
        assert services.calls.reports.qualified(actor).last == today


def test_the_days_before_end_where_the_last_days_begin(services: Services, business: str, owner: Actor) -> None:
    for n in range(20):
        came_in(services, business, START - timedelta(days=n))
    week = services.calls.reports.qualified(owner, last_days=7)
    before = services.calls.reports.qualified(owner, last=week.first - timedelta(days=1), last_days=7)
    assert (week.total.calls, before.total.calls) == (7, 7)
    assert (before.first, before.last) == (date(2026, 2, 19), date(2026, 2, 25))


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ({"first": TODAY, "last": TODAY - timedelta(days=1)}, "from", "after the last"),
        ({"first": TODAY + timedelta(days=1)}, "from", "after the last"),
        ({"first": TODAY - timedelta(days=366)}, "from", "at most 366 days"),
        ({"first": date.min, "last": date.max}, "to", "2000"),
        ({"last": date.min}, "to", "2000"),
        ({"last": date.max, "first": date.max}, "to", "2000"),
        ({"first": date(1999, 12, 31), "last": date(2000, 1, 2)}, "from", "2000"),
        ({"threshold_s": 0}, "threshold", "1 to 7200"),
        ({"threshold_s": -90}, "threshold", "1 to 7200"),
        ({"threshold_s": 7201}, "threshold", "1 to 7200"),
        ({"threshold_s": 10**9}, "threshold", "1 to 7200"),
        ({"threshold_s": 60, "basis": Basis.THEN}, "basis", "cannot be given too"),
    ],
)
def test_what_makes_no_report_is_refused_at_its_field(
    services: Services, owner: Actor, asked: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        services.calls.reports.qualified(owner, **asked)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_the_longest_report_has_a_leap_year(services: Services, owner: Actor) -> None:
    report = services.calls.reports.qualified(owner, first=date(2024, 1, 1), last=date(2024, 12, 31))
    assert len(report.lines) == 366


@pytest.mark.parametrize("threshold_s", [1, 7200])
def test_the_least_and_the_most_threshold_may_be_asked(services: Services, owner: Actor, threshold_s: int) -> None:
    assert services.calls.reports.qualified(owner, threshold_s=threshold_s).threshold_s == threshold_s


def test_no_business_sees_another_s_calls(services: Services, business: str, clock: FakeClock) -> None:
    came_in(services, business, START)
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    for group_by in GroupBy:
        assert services.calls.reports.qualified(elsewhere, group_by=group_by).total.calls == 0
    assert services.calls.reports.qualified(elsewhere, threshold_s=1).total.qualified == 0


def test_all_but_publishers_and_screening_keys_see_reports(services: Services, business: str, clock: FakeClock) -> None:
    for role in (Role.OWNER, Role.ADMIN, Role.MANAGER, Role.VIEWER):
        services.calls.reports.qualified(add_member(services, business, role, clock))
    for access in (KeyAccess.FULL, KeyAccess.READ_ONLY):
        services.calls.reports.qualified(a_key(business, access))
    for denied in (add_member(services, business, Role.PUBLISHER, clock), a_key(business, KeyAccess.SCREENING)):
        with pytest.raises(Forbidden):
            services.calls.reports.qualified(denied)
