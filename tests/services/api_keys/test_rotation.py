"""Rotating a key: the new one works immediately, the old one until its grace period ends."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.api_key import MOST_ACTIVE, Grace, KeyAccess
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.services.api_keys.service import CreatedKey
from settings_ui.services.kit.changes import Changed
from tests.at_once import at_once
from tests.support import FakeClock

FULL, READ_ONLY, SCREENING = KeyAccess.FULL, KeyAccess.READ_ONLY, KeyAccess.SCREENING


def create(services: Services, actor: Actor, name: str, access: KeyAccess = FULL, **more: object) -> CreatedKey:
    return services.api_keys.keys.create(actor, name, access, **more).value  # type: ignore[arg-type]


def fill(services: Services, actor: Actor, count: int) -> list[CreatedKey]:
    return [create(services, actor, f"Key {n}") for n in range(count)]


def names(services: Services, actor: Actor) -> list[str]:
    return [listed.key.name for listed in services.api_keys.keys.ring(actor).keys]


def works(services: Services, secret: str) -> bool:
    return services.api_keys.check.actor(secret, "192.0.2.1") is not None


def test_creating_and_rotating_at_once_never_passes_ten(services: Services, owner: Actor) -> None:
    keys = fill(services, owner, 8)
    at_once(
        *[lambda n=n: create(services, owner, f"Racer {n}") for n in range(8)],
        *[lambda key=key: services.api_keys.keys.rotate(owner, key.key.id, Grace.DAY) for key in keys],
    )
    assert len(names(services, owner)) == MOST_ACTIVE


def test_one_key_rotated_by_many_at_once_is_rotated_once(services: Services, owner: Actor) -> None:
    key = create(services, owner, "CRM")
    results = at_once(*[lambda: services.api_keys.keys.rotate(owner, key.key.id, Grace.DAY)] * 12)
    assert sum(isinstance(result, Changed) for result in results) == 1
    assert sorted(names(services, owner)) == ["CRM", "CRM (old)"]


def test_a_key_in_grace_counts(services: Services, owner: Actor, clock: FakeClock) -> None:
    keys = fill(services, owner, 9)
    services.api_keys.keys.rotate(owner, keys[0].key.id, Grace.HOUR)
    with pytest.raises(Conflict):
        create(services, owner, "Eleventh")
    clock.tick(hours=1)
    create(services, owner, "Eleventh")


@pytest.mark.parametrize(("grace", "hours"), [(Grace.HOUR, 1), (Grace.DAY, 24), (Grace.WEEK, 168)])
def test_after_a_rotation_both_keys_work_until_the_grace_ends(
    services: Services, owner: Actor, clock: FakeClock, grace: Grace, hours: int
) -> None:
    old = create(services, owner, "CRM", SCREENING)
    new = services.api_keys.keys.rotate(owner, old.key.id, grace).value
    assert (new.key.name, new.key.access, new.key.expires_at) == ("CRM", "screening", None)
    assert new.secret != old.secret
    by_name = {listed.key.name: listed for listed in services.api_keys.keys.ring(owner).keys}
    assert by_name["CRM (old)"].replaced_by == "CRM"
    assert by_name["CRM"].replaced_by is None
    clock.tick(hours=hours, seconds=-1)
    assert works(services, old.secret)
    clock.tick(seconds=1)
    assert not works(services, old.secret)
    assert works(services, new.secret)


@pytest.mark.parametrize("grace", [Grace.NONE, Grace.DAY])
def test_the_new_key_keeps_the_expiry_unless_another_is_chosen(
    services: Services, owner: Actor, clock: FakeClock, grace: Grace
) -> None:
    end, later = clock.now() + timedelta(days=30), clock.now() + timedelta(days=90)
    key = create(services, owner, "CRM", expires_at=end).key
    for given, expected in (((), end), ((later,), later), ((None,), None)):
        new = services.api_keys.keys.rotate(owner, key.id, grace, *given).value
        assert new.key.expires_at == expected
        key = new.key
        if expected is None:
            continue
        clock.tick(days=1)
    with pytest.raises(Invalid) as refused:
        services.api_keys.keys.rotate(owner, key.id, grace, clock.now())
    assert refused.value.field == "expires"


def test_a_rotation_without_grace_ends_the_old_key_at_once(services: Services, owner: Actor) -> None:
    old = create(services, owner, "CRM")
    new = services.api_keys.keys.rotate(owner, old.key.id, Grace.NONE).value
    assert not works(services, old.secret)
    assert works(services, new.secret)
    assert names(services, owner) == ["CRM"]


def test_at_ten_keys_only_a_rotation_without_grace_is_left(services: Services, owner: Actor) -> None:
    keys = fill(services, owner, 10)
    for grace in (Grace.HOUR, Grace.DAY, Grace.WEEK):
        with pytest.raises(Conflict, match="already has 10 active keys"):
            services.api_keys.keys.rotate(owner, keys[0].key.id, grace)
    assert works(services, keys[0].secret)
    services.api_keys.keys.rotate(owner, keys[0].key.id, Grace.NONE)
    assert len(names(services, owner)) == 10


def test_a_grace_never_makes_a_key_live_longer(services: Services, owner: Actor, clock: FakeClock) -> None:
    old = create(services, owner, "CRM", expires_at=clock.now() + timedelta(hours=2))
    services.api_keys.keys.rotate(owner, old.key.id, Grace.WEEK)
    clock.tick(hours=2)
    assert not works(services, old.secret)


def test_a_key_is_rotated_once_and_its_successor_again(services: Services, owner: Actor) -> None:
    old = create(services, owner, "CRM")
    new = services.api_keys.keys.rotate(owner, old.key.id, Grace.WEEK).value
    with pytest.raises(Conflict, match="already rotated"):
        services.api_keys.keys.rotate(owner, old.key.id, Grace.NONE)
    services.api_keys.keys.rotate(owner, new.key.id, Grace.WEEK)
    assert sorted(names(services, owner)) == ["CRM", "CRM (old 2)", "CRM (old)"]


def test_the_name_of_a_key_in_grace_stays_within_its_length(services: Services, owner: Actor) -> None:
    old = create(services, owner, "ß" * 100)
    services.api_keys.keys.rotate(owner, old.key.id, Grace.DAY)
    assert {len(name) for name in names(services, owner)} == {100}
