"""The meaning of each log filter, on pages and in exports."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.log import MOST, Filter
from settings_ui.services.calls.reported import NewCall
from tests.calls import a_call, bring_in
from tests.services.calls.pages import all_older, minutes_ago
from tests.support import add_business

EVERY = Filter()


SAMPLE = tuple(
    a_call(
        f"s{n:02}",
        caller=("+14155550132", "+14155550133", "anonymous")[n % 3],
        at=minutes_ago(n * 7),
        duration_s=(0, 30, 89, 90, 200)[n % 5],
        status=tuple(CallStatus)[n % 4],
        source=("Radio", "Organic", "rAdio", "%")[n // 2 % 4],
    )
    for n in range(60)
)
Matches = Callable[[NewCall], bool]


def matching(wanted: Filter, threshold_s: int = 90) -> Matches:
    """Return what the filter should match, implemented in plain Python."""

    def matches(call: NewCall) -> bool:
        qualified = call.status is CallStatus.COMPLETED and call.duration_s >= threshold_s
        return (
            (wanted.start is None or call.started_at >= wanted.start)
            and (wanted.end is None or call.started_at < wanted.end)
            and (wanted.qualified is None or wanted.qualified is qualified)
            and wanted.source in ("", call.source)
            and wanted.status in (None, call.status)
            and wanted.caller in ("", call.caller)
            and call.duration_s >= wanted.least_duration_s
        )

    return matches


filters = st.builds(
    Filter,
    start=st.none() | st.integers(0, 430).map(minutes_ago),
    end=st.none() | st.integers(0, 430).map(minutes_ago),
    qualified=st.sampled_from([None, True, False]),
    source=st.sampled_from(["", "Radio", "Organic", "%", "_", "nothing", "' OR 1=1 --"]),
    status=st.none() | st.sampled_from(CallStatus),
    caller=st.sampled_from(["", "+14155550132", "anonymous", "+1"]),
    least_duration_s=st.sampled_from([0, 1, 30, 90, 91, 86_400]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, limit=st.integers(1, 9))
def test_a_filter_shows_exactly_the_calls_that_match_on_pages_and_in_exports(
    services: Services, sample: Actor, wanted: Filter, limit: int
) -> None:
    expected = [call.id for call in SAMPLE if matching(wanted)(call)]
    assert all_older(services, sample, wanted, limit) == expected
    assert [seen.call.id for seen in services.calls.log.export(sample, wanted)] == expected


@pytest.fixture
def sample(services: Services, business: str, owner: Actor) -> Actor:
    """The owner of a business with the sample calls; another business has the same ones."""
    for one in (business, add_business(services)):
        bring_in(services, one, *SAMPLE)
    return owner


def test_qualified_follows_the_threshold_in_force(services: Services, sample: Actor) -> None:
    """The filter and the displayed verdict never disagree, whatever the threshold."""
    before = 90
    for threshold_s in (1, 30, 90, 91, 7200):
        services.qualified_calls.set(sample, str(threshold_s), seen_s=before)
        before = threshold_s
        for qualified in (True, False):
            wanted = Filter(qualified=qualified)
            found = list(services.calls.log.export(sample, wanted))
            assert [seen.call.id for seen in found] == [
                call.id for call in SAMPLE if matching(wanted, threshold_s)(call)
            ]
            assert all(seen.verdict.qualified is qualified for seen in found)


def test_an_export_goes_over_pages_and_holds_what_came_in_before_it_passed(
    services: Services, business: str, owner: Actor
) -> None:
    bring_in(services, business, *[a_call(f"c{n:04}", at=minutes_ago(n)) for n in range(MOST + 3)])
    export = services.calls.log.export(owner, EVERY)
    first = next(export)
    bring_in(services, business, a_call("late", at=minutes_ago(-1)))
    assert [first.call.id, *(seen.call.id for seen in export)] == [f"c{n:04}" for n in range(MOST + 3)]
