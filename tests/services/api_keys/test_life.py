"""A stateful property test: keys are created, rotated, revoked and expire in any order, compared with a model."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import MOST_ACTIVE, Grace, KeyAccess
from settings_ui.domain.errors import Conflict, NotFound
from settings_ui.services.api_keys.service import CreatedKey
from tests.support import FakeClock, add_business, add_member

MANY = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NAMES = ("CRM", "crm", "Dialler", "CRM (old)", "x" * 100)


@dataclass
class Modelled:
    """A key in the model."""

    key_id: str
    secret: str
    name: str
    access: KeyAccess
    ends: datetime | None = None
    revoked: bool = False
    rotated: bool = False


class Keys(RuleBasedStateMachine):
    """The keys of a new business, and the in-memory model of them."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.clock = services.clock
        assert isinstance(self.clock, FakeClock)
        self.owner: Actor = add_member(services, add_business(services), Role.OWNER, self.clock)
        self.keys: list[Modelled] = []

    @property
    def active(self) -> list[Modelled]:
        return [key for key in self.keys if not key.revoked and (key.ends is None or key.ends > self.clock.now())]

    @rule(name=st.sampled_from(NAMES), access=st.sampled_from(KeyAccess), hours=st.none() | st.integers(1, 48))
    def create(self, name: str, access: KeyAccess, hours: int | None) -> None:
        ends = None if hours is None else self.clock.now() + timedelta(hours=hours)
        taken = any(key.name.casefold() == name.casefold() for key in self.active)
        try:
            made = self.services.api_keys.keys.create(self.owner, name, access, ends).value
        except Conflict:
            assert taken or len(self.active) == MOST_ACTIVE
        else:
            assert not taken
            self._keep(made, ends)

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.keys))
        try:
            self.services.api_keys.keys.revoke(self.owner, key.key_id)
        except NotFound:
            assert key not in self.active
        else:
            assert key in self.active
            key.revoked = True

    @precondition(lambda self: self.keys)
    @rule(data=st.data(), grace=st.sampled_from(Grace))
    def rotate(self, data: st.DataObject, grace: Grace) -> None:
        key = data.draw(st.sampled_from(self.keys))
        before = len(self.active)
        try:
            made = self.services.api_keys.keys.rotate(self.owner, key.key_id, grace).value
        except NotFound:
            assert key not in self.active
        except Conflict:
            assert key.rotated or (before == MOST_ACTIVE and grace is not Grace.NONE)
        else:
            assert key in self.active
            assert not key.rotated
            assert made.key.access == key.access
            assert made.key.name == key.name
            key.rotated = True
            expiry = key.ends
            if grace is Grace.NONE:
                key.revoked = True
            else:
                end = self.clock.now() + grace.lasts
                key.ends = min(key.ends or end, end)
                key.name = self._name_now(key)
            self._keep(made, expiry)

    @rule(minutes=st.sampled_from([1, 59, 60, 24 * 60, 7 * 24 * 60]))
    def tick(self, minutes: int) -> None:
        assert isinstance(self.clock, FakeClock)
        self.clock.tick(minutes=minutes)

    @invariant()
    def the_list_shows_the_active_keys_with_names_of_their_own(self) -> None:
        ring = self.services.api_keys.keys.ring(self.owner)
        assert {listed.key.id for listed in ring.keys} == {key.key_id for key in self.active}
        assert len({listed.key.name.casefold() for listed in ring.keys}) == len(ring.keys) <= MOST_ACTIVE

    @invariant()
    def exactly_the_active_keys_work(self) -> None:
        for key in self.keys:
            actor = self.services.api_keys.check.actor(key.secret, "")
            assert (actor is not None) is (key in self.active)
            assert actor is None or (actor.key_id, actor.access) == (key.key_id, key.access)

    def _keep(self, made: CreatedKey, ends: datetime | None) -> None:
        self.keys.append(Modelled(made.key.id, made.secret, made.key.name, KeyAccess(made.key.access), ends))

    def _name_now(self, key: Modelled) -> str:
        """Ask the service for a key's name in its grace period: only its uniqueness is guaranteed."""
        ring = self.services.api_keys.keys.ring(self.owner)
        return next(listed.key.name for listed in ring.keys if listed.key.id == key.key_id)


def test_keys_hold_to_the_model_through_any_life(services: Services) -> None:
    run_state_machine_as_test(lambda: Keys(services), settings=MANY)  # type: ignore[no-untyped-call]
