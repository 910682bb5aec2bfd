"""Screening in one read: the same result as checking the key and then the caller, and never a broader one."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess, new_secret
from settings_ui.domain.errors import Forbidden, Unauthenticated
from settings_ui.services.blocked_callers.screening import parameters
from settings_ui.services.calls.recording import Decision
from settings_ui.services.calls.ringing import finding
from tests.blocked import block, explained, many_entries
from tests.calls import CALLER
from tests.statements import Statements
from tests.support import START, FakeClock, add_business, add_member

ADDRESS = "192.0.2.7"
ALLOWED = Decision(allow=True)


def a_secret(services: Services, owner: Actor, access: KeyAccess = KeyAccess.FULL) -> str:
    return services.api_keys.keys.create(owner, f"Key for {access}", access).value.secret


def ring(services: Services, secret: str, number: str = CALLER) -> Decision:
    return services.calls.ringing.answer(secret, ADDRESS, number)[1]


def test_it_is_one_statement_whoever_calls(services: Services, owner: Actor) -> None:
    secret = a_secret(services, owner)
    [number, prefix] = block(services, owner, CALLER, "+44207*")
    with Statements(services) as said:
        answers = [ring(services, secret, caller).blocked_caller_id for caller in (CALLER, "+442079460018", "+4915112")]
    assert answers == [number, prefix, None]
    assert len(said) == 3, said


def test_it_says_who_calls_as_the_key_check_does(services: Services, owner: Actor) -> None:
    secret = a_secret(services, owner)
    block(services, owner, CALLER, "+1415*")
    for number in (CALLER, "+442079460018"):
        caller, _ = services.calls.ringing.answer(secret, ADDRESS, number)
        assert caller == services.api_keys.admission.enter(secret, ADDRESS)


def test_another_business_s_list_stops_nobody(services: Services, owner: Actor, clock: FakeClock) -> None:
    other = add_member(services, add_business(services), Role.OWNER, clock)
    block(services, other, CALLER, "+1415*")
    assert ring(services, a_secret(services, owner)) == ALLOWED
    assert not ring(services, a_secret(services, other)).allow


def test_a_key_that_is_not_good_learns_nothing(services: Services, owner: Actor) -> None:
    """Including one revoked a moment ago, whether or not callers are blocked."""
    secret = a_secret(services, owner)
    block(services, owner, CALLER)
    ring(services, secret)
    [key] = services.api_keys.keys.ring(owner).keys
    services.api_keys.keys.revoke(owner, key.key.id)
    for bad in (secret, new_secret().secret, "", "cs_key_no"):
        for number in (CALLER, "+442079460018"):
            with pytest.raises(Unauthenticated):
                ring(services, bad, number)


def test_a_key_that_may_only_read_is_told_nothing(services: Services, owner: Actor) -> None:
    secret = a_secret(services, owner, KeyAccess.READ_ONLY)
    with pytest.raises(Forbidden):
        ring(services, secret)


def pattern(number: str, length: int) -> str:
    return number if length >= len(number) else f"{number[:length]}*"


numbers = st.sampled_from([CALLER, "+14155550133", "+14155560132", "+14165550132", "+442079460018"])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    on_the_list=st.sets(
        st.builds(lambda n, k: f"{n[:k]}*" if k < len(n) else n, numbers, st.integers(6, 13)), max_size=6
    ),
    gone=st.sets(st.integers(0, 5), max_size=2),
    ended=st.sets(st.integers(0, 5), max_size=2),
    caller=numbers,
)
def test_whatever_is_on_the_list_it_decides_as_two_reads_would(
    services: Services, on_the_list: set[str], gone: set[int], ended: set[int], caller: str
) -> None:
    owner = add_member(services, add_business(services), Role.OWNER, FakeClock())
    until = [START + timedelta(hours=1) if n in ended else None for n in range(6)]
    made = [block(services, owner, p, until=until[n])[0] for n, p in enumerate(sorted(on_the_list))]
    services.blocked_callers.block_list.unblock(owner, [entry for n, entry in enumerate(made) if n in gone])
    secret = a_secret(services, owner)
    actor = services.api_keys.admission.enter(secret, "").actor
    for hours in (1, -1):
        assert ring(services, secret, caller) == services.calls.recording.decide(actor, caller, caller)
        services.clock.tick(hours=hours)  # type: ignore[attr-defined]


def test_it_looks_into_two_indexes_of_entries_and_nowhere_else(services: Services, owner: Actor) -> None:
    a_secret(services, owner)
    many_entries(services, owner.business_id, (f"+1415{n:07}" for n in range(3_000)))
    many_entries(services, owner.business_id, (f"+1{n}*" for n in range(212_000, 213_000)))
    with services.database.write() as session:
        session.execute(text("ANALYZE blocked_callers"))
    plan = explained(services, finding(1), {"digest_0": "d" * 64, **parameters(owner.business_id, CALLER, START)})
    assert "uq_blocked_callers_business_id_pattern" in plan
    assert "ix_blocked_callers_prefixes" in plan
    assert "Seq Scan on blocked_callers" not in plan
    assert "SCAN blocked_callers" not in plan
