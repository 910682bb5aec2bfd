"""API keys: shown once, at most ten active despite races, revoked immediately."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import MOST_ACTIVE, Grace, KeyAccess
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from settings_ui.domain.text import clean_name
from settings_ui.models import Activity
from settings_ui.services.api_keys.service import CreatedKey
from settings_ui.services.kit.changes import business_topic
from tests.at_once import at_once
from tests.support import FakeClock, add_business, add_member, make_services

FULL, READ_ONLY, SCREENING = KeyAccess.FULL, KeyAccess.READ_ONLY, KeyAccess.SCREENING


def create(services: Services, actor: Actor, name: str, access: KeyAccess = FULL, **more: object) -> CreatedKey:
    return services.api_keys.keys.create(actor, name, access, **more).value  # type: ignore[arg-type]


def fill(services: Services, actor: Actor, count: int) -> list[CreatedKey]:
    return [create(services, actor, f"Key {n}") for n in range(count)]


def names(services: Services, actor: Actor) -> list[str]:
    return [listed.key.name for listed in services.api_keys.keys.ring(actor).keys]


def works(services: Services, secret: str) -> bool:
    return services.api_keys.check.actor(secret, "192.0.2.1") is not None


def test_a_created_key_opens_its_business_and_is_listed_by_its_ends(
    services: Services, owner: Actor, business: str, clock: FakeClock
) -> None:
    changed = services.api_keys.keys.create(owner, "  CRM   sync ", READ_ONLY, clock.now() + timedelta(days=30))
    secret = changed.value.secret
    actor = services.api_keys.check.actor(secret, "192.0.2.1")
    assert actor is not None
    assert (actor.business_id, actor.name, actor.access) == (business, "CRM sync", READ_ONLY)
    assert changed.topics == {business_topic(business)}
    ring = services.api_keys.keys.ring(owner)
    [listed] = ring.keys
    assert (listed.key.name, listed.key.access, listed.key.created_by) == ("CRM sync", "read_only", owner.user_id)
    assert (listed.key.first, listed.key.last) == (secret[7:11], secret[-4:])
    assert (listed.key.created_at, listed.key.expires_at) == (clock.now(), clock.now() + timedelta(days=30))
    assert (listed.key.last_used_at, listed.use.requests, listed.use.addresses) == (None, 0, 0)
    assert (ring.time_zone, ring.now) == ("UTC", clock.now())


def test_the_newest_key_comes_first_with_who_made_it(
    services: Services, owner: Actor, business: str, clock: FakeClock
) -> None:
    admin = add_member(services, business, Role.ADMIN, clock)
    create(services, owner, "First")
    clock.tick(seconds=1)
    create(services, admin, "Second")
    listed = services.api_keys.keys.ring(owner).keys
    assert [one.key.name for one in listed] == ["Second", "First"]
    assert listed[0].key.created_by == admin.user_id
    assert len({one.creator for one in listed} - {None}) == 2


def test_a_key_is_nowhere_in_the_database(services: Services, owner: Actor) -> None:
    """Neither the secret nor its random part; only the eight characters that may be shown."""
    kept = create(services, owner, "Kept")
    rotated = services.api_keys.keys.rotate(owner, kept.key.id, Grace.DAY).value
    services.api_keys.keys.revoke(owner, rotated.key.id)
    actor = services.api_keys.check.actor(kept.secret, "192.0.2.1")
    assert actor is not None
    services.api_keys.check.count(actor)
    services.api_keys.check.write_counts()
    text = ""
    with services.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            text += "".join(str(tuple(row)) for row in session.connection().execute(select(table)))
    assert kept.key.digest in text
    for secret in (kept.secret, rotated.secret):
        assert secret not in text
        assert secret[11:-4] not in text
        assert secret[7:16] not in text


@pytest.mark.parametrize("there", [0, 9])
def test_ten_keys_are_made_however_many_create_at_once(services: Services, owner: Actor, there: int) -> None:
    """24 concurrent creators; those beyond ten get the limit and what to do about it."""
    fill(services, owner, there)
    results = at_once(*[lambda n=n: create(services, owner, f"Racer {n}") for n in range(24)])
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(results) - len(refused) == MOST_ACTIVE - there
    assert {error.message for error in refused} == {
        "This business already has 10 active keys. Revoke one, or wait for one to expire."
    }
    assert len(names(services, owner)) == MOST_ACTIVE


def test_one_key_revoked_by_many_at_once_is_revoked_once(services: Services, owner: Actor) -> None:
    key = create(services, owner, "CRM")
    results = at_once(*[lambda: services.api_keys.keys.revoke(owner, key.key.id)] * 12)
    assert sum(isinstance(result, NotFound) for result in results) == 11


def test_the_eleventh_key_is_refused_and_an_expired_one_frees_a_place(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    fill(services, owner, 9)
    create(services, owner, "Short", expires_at=clock.now() + timedelta(hours=1))
    with pytest.raises(Conflict):
        create(services, owner, "Eleventh")
    clock.tick(hours=1)
    create(services, owner, "Eleventh")
    assert "Short" not in names(services, owner)


def test_a_revoked_key_frees_a_place(services: Services, owner: Actor) -> None:
    keys = fill(services, owner, 10)
    services.api_keys.keys.revoke(owner, keys[0].key.id)
    create(services, owner, "Eleventh")


def test_another_business_has_ten_of_its_own(services: Services, owner: Actor, clock: FakeClock) -> None:
    fill(services, owner, 10)
    fill(services, add_member(services, add_business(services), Role.OWNER, clock), 10)


def test_a_revoked_key_fails_on_the_very_next_request_in_every_process(
    services: Services, owner: Actor, database_url: str, clock: FakeClock
) -> None:
    """The other process has its own connections and has just seen the key work."""
    key = create(services, owner, "CRM")
    elsewhere = make_services(database_url, clock)
    try:
        assert works(services, key.secret)
        assert works(elsewhere, key.secret)
        services.api_keys.keys.revoke(owner, key.key.id)
        assert not works(services, key.secret)
        assert not works(elsewhere, key.secret)
    finally:
        elsewhere.database.close()


@pytest.mark.parametrize("again", ["CRM", "crm", " Crm ", "cRM"])
def test_a_name_is_unique_among_active_keys_whatever_its_case(services: Services, owner: Actor, again: str) -> None:
    key = create(services, owner, "CRM")
    with pytest.raises(Conflict, match="Another active key has this name") as refused:
        create(services, owner, again)
    assert refused.value.field == "name"
    services.api_keys.keys.revoke(owner, key.key.id)
    create(services, owner, again)


def test_case_is_folded_as_each_language_does(services: Services, owner: Actor) -> None:
    create(services, owner, "Straße")
    with pytest.raises(Conflict):
        create(services, owner, "STRASSE")


def test_the_name_of_an_expired_key_is_free(services: Services, owner: Actor, clock: FakeClock) -> None:
    create(services, owner, "CRM", expires_at=clock.now() + timedelta(seconds=1))
    clock.tick(seconds=1)
    create(services, owner, "CRM")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\u202eb", "a\nb", "\u3164", "\ud800"])
def test_a_name_that_cannot_be_read_is_refused(services: Services, owner: Actor, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(services, owner, name)
    assert refused.value.field == "name"
    assert names(services, owner) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=110))
def test_any_name_that_can_be_read_is_kept_and_shown(services: Services, clock: FakeClock, name: str) -> None:
    """In any script; its case-folded form fits the column too, on both engines."""
    owner = add_member(services, add_business(services), Role.OWNER, clock)
    try:
        expected = clean_name(name, field="name", what="Name")
    except Invalid:
        with pytest.raises(Invalid):
            create(services, owner, name)
        return
    create(services, owner, name)
    assert names(services, owner) == [expected]


@pytest.mark.parametrize("days", [0, -1, 3650.00001, 10**6])
def test_an_end_is_in_the_future_and_within_ten_years(
    services: Services, owner: Actor, clock: FakeClock, days: float
) -> None:
    with pytest.raises(Invalid) as refused:
        create(services, owner, "CRM", expires_at=clock.now() + timedelta(days=days))
    assert refused.value.field == "expires"


def test_the_first_and_the_last_end_that_may_be_chosen(services: Services, owner: Actor, clock: FakeClock) -> None:
    create(services, owner, "Short", expires_at=clock.now() + timedelta(microseconds=1))
    create(services, owner, "Long", expires_at=clock.now() + timedelta(days=3650))


def test_another_business_s_key_is_not_there(services: Services, owner: Actor, clock: FakeClock) -> None:
    """The same answer as for a key that never existed or was revoked."""
    key = create(services, owner, "CRM")
    revoked = create(services, owner, "Gone")
    services.api_keys.keys.revoke(owner, revoked.key.id)
    elsewhere = add_member(services, add_business(services), Role.OWNER, clock)
    messages = set()
    for actor, key_id in ((elsewhere, key.key.id), (owner, revoked.key.id), (owner, "key_none"), (owner, "")):
        reaches: tuple[Callable[[], object], ...] = (
            lambda actor=actor, key_id=key_id: services.api_keys.keys.revoke(actor, key_id),
            lambda actor=actor, key_id=key_id: services.api_keys.keys.rotate(actor, key_id, Grace.NONE),
            lambda actor=actor, key_id=key_id: services.api_keys.keys.use(actor, key_id),
        )
        for reach in reaches:
            with pytest.raises(NotFound) as refused:
                reach()
            messages.add(refused.value.message)
    assert len(messages) == 1
    assert services.api_keys.keys.ring(elsewhere).keys == ()
    assert works(services, key.secret)


def test_only_owner_and_admin_manage_keys(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    key = create(services, owner, "CRM")
    create(services, add_member(services, business, Role.ADMIN, clock), "Mine")
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        actor = add_member(services, business, role, clock)
        reaches: tuple[Callable[[], object], ...] = (
            lambda actor=actor: services.api_keys.keys.ring(actor),
            lambda actor=actor: services.api_keys.keys.create(actor, "Mine too", FULL),
            lambda actor=actor: services.api_keys.keys.revoke(actor, key.key.id),
            lambda actor=actor: services.api_keys.keys.rotate(actor, key.key.id, Grace.NONE),
            lambda actor=actor: services.api_keys.keys.use(actor, key.key.id),
        )
        for reach in reaches:
            with pytest.raises(Forbidden):
                reach()
    assert works(services, key.secret)


def test_what_happened_to_keys_is_recorded_without_them(services: Services, owner: Actor) -> None:
    key = create(services, owner, "CRM", READ_ONLY)
    new = services.api_keys.keys.rotate(owner, key.key.id, Grace.HOUR).value
    services.api_keys.keys.revoke(owner, new.key.id)
    with services.database.read() as session:
        rows = session.exec(select(Activity).where(Activity.topic == "api_keys")).all()
    assert {(row.what, str(dict(row.before)), str(dict(row.after))) for row in rows} == {
        ("created a key", "{}", "{'CRM': 'read only'}"),
        ("rotated a key", "{}", "{'CRM': 'the old one ends in 1 hour'}"),
        ("revoked a key", "{'CRM': 'read only'}", "{}"),
    }
    assert all(row.user_id == owner.user_id for row in rows)


def test_a_refused_creation_leaves_no_trace(services: Services, owner: Actor) -> None:
    fill(services, owner, 10)
    with services.database.read() as session:
        before = len(session.exec(select(Activity)).all())
    with pytest.raises(DomainError):
        create(services, owner, "Eleventh")
    with services.database.read() as session:
        assert len(session.exec(select(Activity)).all()) == before
