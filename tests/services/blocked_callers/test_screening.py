"""The block decision, made while the phone rings."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid
from settings_ui.models import Business
from settings_ui.services.blocked_callers.screening import FIND, parameters
from settings_ui.services.calls.recording import Decision
from tests.blocked import block, entries, explained, many_entries, screen
from tests.calls import CALLER, DIALLED, a_key, kept_calls
from tests.statements import Statements
from tests.support import START, FakeClock, add_business, add_member

ALLOWED = Decision(allow=True)
TODAY = START.date()


def test_nobody_is_stopped_whom_nobody_blocked(services: Services, business: str) -> None:
    assert screen(services, business) == ALLOWED
    assert kept_calls(services, business) == []


def test_an_exact_number_decides_before_the_longest_prefix_before_a_shorter_one(
    services: Services, business: str, owner: Actor
) -> None:
    """As entries are removed, the next most specific one decides; after the last one the call is allowed."""
    ids = block(services, owner, CALLER, "+1415555013*", "+1415555*", "+1415*", "+1415556*", "anonymous")
    for entry in ids[:4]:
        assert screen(services, business) == Decision(allow=False, blocked_caller_id=entry)
        services.blocked_callers.block_list.unblock(owner, [entry])
    assert screen(services, business) == ALLOWED


def test_a_prefix_with_all_the_digits_of_a_number_stops_it(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, f"{CALLER}*")
    assert screen(services, business).blocked_caller_id == entry


@pytest.mark.parametrize(
    "caller", [CALLER, "(415) 555-0132", "1 415 555 0132", "011 1 415 555 0132", "４１５ ５５５ ０１３２"]
)
def test_a_caller_is_stopped_however_the_number_is_written(
    services: Services, business: str, owner: Actor, caller: str
) -> None:
    [entry] = block(services, owner, "415.555.0132")
    assert screen(services, business, caller).blocked_caller_id == entry
    assert kept_calls(services, business)[0].from_number == CALLER


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "Restricted", "UNAVAILABLE", "+266696687", "+266 696 687", "+86282452253", "withheld"]
)
def test_hidden_callers_are_stopped_whatever_the_network_sends_for_them(
    services: Services, business: str, owner: Actor, caller: str
) -> None:
    [entry] = block(services, owner, "anonymous")
    assert screen(services, business, caller).blocked_caller_id == entry
    assert screen(services, business) == ALLOWED, "a caller with a number is not hidden"


def test_no_prefix_stops_a_hidden_caller(services: Services, business: str, owner: Actor) -> None:
    """Even one that begins like the number that carriers send for hidden callers."""
    block(services, owner, "+266 696*", "+86 282*")
    assert screen(services, business, "+266696687") == screen(services, business, "+86282452253") == ALLOWED


def test_a_block_ends_to_the_second(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    [entry] = block(services, owner, CALLER, until=START + timedelta(hours=1))
    clock.tick(minutes=59, seconds=59)
    assert screen(services, business).blocked_caller_id == entry
    clock.tick(seconds=1)
    assert screen(services, business) == ALLOWED


def test_when_an_exact_number_has_ended_its_prefix_goes_on(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    block(services, owner, CALLER, until=START + timedelta(hours=1))
    [prefix] = block(services, owner, "+1415555*")
    clock.tick(hours=1)
    assert screen(services, business).blocked_caller_id == prefix


def test_the_next_call_after_unblocking_is_let_through(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, CALLER)
    assert not screen(services, business).allow
    services.blocked_callers.block_list.unblock(owner, [entry])
    assert screen(services, business) == ALLOWED


def test_another_business_s_list_stops_nobody(services: Services, business: str, clock: FakeClock) -> None:
    other = add_member(services, add_business(services), Role.OWNER, clock)
    block(services, other, CALLER, "+1415*", "anonymous")
    assert screen(services, business) == screen(services, business, "") == ALLOWED
    assert not screen(services, other.business_id).allow


numbers = st.sampled_from([CALLER, "+14155550133", "+14155560132", "+14165550132", "+442079460018", "anonymous"])
FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FEW
@given(
    on_the_list=st.sets(
        st.one_of(
            numbers, st.builds(lambda n, k: f"{n[:k]}*", numbers.filter(lambda n: n[0] == "+"), st.integers(6, 12))
        ),
        max_size=6,
    ),
    gone=st.sets(st.integers(0, 5), max_size=2),
    caller=numbers,
)
def test_whatever_is_on_the_list_one_look_at_every_entry_says_the_same(
    services: Services, on_the_list: set[str], gone: set[int], caller: str
) -> None:
    owner = add_member(services, add_business(services), Role.OWNER, FakeClock())
    made = block(services, owner, *sorted(on_the_list)) if on_the_list else []
    services.blocked_callers.block_list.unblock(owner, [entry for n, entry in enumerate(made) if n in gone])
    standing = {row.pattern: row.id for row in entries(services, owner.business_id) if row.removed_at is None}
    stop_it = [p for p in standing if p == caller or (p.endswith("*") and caller.startswith(p[:-1]))]
    best = min(stop_it, key=lambda p: (p.endswith("*"), -len(p)), default=None)
    assert screen(services, owner.business_id, caller).blocked_caller_id == (standing[best] if best else None)


def test_a_decision_is_one_statement(services: Services, business: str, owner: Actor) -> None:
    """Also for a caller who is not blocked; a number without a country code takes another one, for the region."""
    key = a_key(business)
    block(services, owner, "+1415*")
    with Statements(services) as said:
        services.calls.recording.decide(key, CALLER, DIALLED)
        services.calls.recording.decide(key, "+442079460018", DIALLED)
    assert len(said) == 2, said
    assert all("blocked_callers" in one for one in said)
    with Statements(services) as said:
        services.calls.recording.decide(key, "415 555 0132", DIALLED)
    assert len(said) == 2, said


def test_a_decision_looks_into_two_indexes_and_nowhere_else(services: Services, business: str) -> None:
    """The number is looked up among all entries, its beginnings among the prefixes."""
    many_entries(services, business, (f"+1415{n:07}" for n in range(3_000)))
    many_entries(services, business, (f"+1{n}*" for n in range(212_000, 213_000)))
    with services.database.write() as session:
        session.execute(text("ANALYZE blocked_callers"))
    plan = explained(services, FIND, parameters(business, CALLER, START))
    assert "uq_blocked_callers_business_id_pattern" in plan
    assert "ix_blocked_callers_prefixes" in plan
    assert "Seq Scan" not in plan
    assert "SCAN" not in plan


@pytest.mark.parametrize("access", [KeyAccess.FULL, KeyAccess.SCREENING])
def test_full_and_screening_keys_screen(services: Services, business: str, access: KeyAccess) -> None:
    assert services.calls.recording.screen(a_key(business, access), CALLER, DIALLED) == ALLOWED


def test_nobody_else_screens(services: Services, business: str, clock: FakeClock) -> None:
    for actor in (
        a_key(business, KeyAccess.READ_ONLY),
        *(add_member(services, business, role, clock) for role in Role),
    ):
        for ask in (services.calls.recording.decide, services.calls.recording.stop, services.calls.recording.screen):
            with pytest.raises(Forbidden):
                ask(actor, CALLER, DIALLED)


@pytest.mark.parametrize(
    ("caller", "dialled", "field"), [("1E10", DIALLED, "from"), (CALLER, "", "to"), (CALLER, "x", "to")]
)
def test_what_cannot_ring_is_refused_at_its_field(
    services: Services, business: str, caller: str, dialled: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.calls.recording.screen(a_key(business), caller, dialled)
    assert refused.value.field == field


def test_national_numbers_are_read_in_the_region_of_the_business(
    services: Services, business: str, owner: Actor
) -> None:
    with services.database.write() as session:
        session.get_one(Business, business).region = "GB"
    [entry] = block(services, owner, "020 7946 0018")
    assert screen(services, business, "020 7946 0018").blocked_caller_id == entry
    assert screen(services, business, "+442079460018").blocked_caller_id == entry
