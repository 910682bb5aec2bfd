"""Keys are checked against the database at every request; usage is counted without slowing requests down."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import ProgrammingError
from sqlmodel import select

from settings_ui.bootstrap import Services, build
from settings_ui.domain.access import Actor, KeyActor
from settings_ui.domain.api_key import PREFIX, Grace, KeyAccess, checksum, new_secret
from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.no_payments import NoPayments
from settings_ui.models import ApiKey, ApiKeyUse
from settings_ui.services.api_keys.check import KeyCheck
from settings_ui.services.api_keys.service import CreatedKey, Keys, Use
from settings_ui.services.kit.database import Database
from tests.at_once import at_once
from tests.statements import Statements
from tests.support import FakeClock, KeptMail, make_services

PEPPER = "a pepper of the tests"


@pytest.fixture
def key(services: Services, owner: Actor) -> CreatedKey:
    """A valid key of the business."""
    return services.api_keys.keys.create(owner, "CRM", KeyAccess.FULL).value


def actor_of(services: Services, key: CreatedKey, address: str = "192.0.2.0/24") -> KeyActor:
    actor = services.api_keys.check.actor(key.secret, address)
    assert actor is not None
    return actor


def use(services: Services, owner: Actor, key: CreatedKey) -> Use:
    services.api_keys.check.write_counts()
    return services.api_keys.keys.use(owner, key.key.id)


def last_used(services: Services, key: CreatedKey) -> object:
    services.api_keys.check.write_counts()
    with services.database.read() as session:
        return session.get_one(ApiKey, key.key.id).last_used_at


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody@127.0.0.1:9/nothing"])
def test_a_text_that_cannot_be_a_key_asks_no_database(url: str, clock: FakeClock) -> None:
    """A wrong checksum is refused without the database, so guesses cost nothing; a valid key needs it."""
    check = KeyCheck(Database(url, patience_s=0.2), clock, PEPPER)
    secret = new_secret().secret
    mistyped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    for text in ("", "Bearer", mistyped, secret[:-1], secret.upper(), "é" * 43, "\x00" * 43):
        assert check.actor(text, "192.0.2.1") is None
    with pytest.raises(Unavailable):
        check.caller(secret, "192.0.2.1")


def test_a_well_formed_key_that_was_never_made_is_nobody_s(services: Services, key: CreatedKey) -> None:
    assert services.api_keys.check.actor(new_secret().secret, "") is None
    random = "0" * 30
    assert services.api_keys.check.actor(PREFIX + random + checksum(random), "") is None


def test_a_key_says_whose_it_is_and_what_its_business_is_like(
    services: Services, key: CreatedKey, business: str, owner: Actor
) -> None:
    caller = services.api_keys.check.caller(key.secret, "192.0.2.0/24")
    assert caller is not None
    assert caller.actor == KeyActor(key.key.id, business, "CRM", KeyAccess.FULL, "192.0.2.0/24")
    assert (caller.business, caller.time_zone, caller.region, caller.threshold_s) == ("Harbor Leads", "UTC", "US", 90)
    services.qualified_calls.set(owner, "30", seen_s=90)
    again = services.api_keys.check.caller(key.secret, "")
    assert again is not None
    assert again.threshold_s == 30


def test_another_pepper_opens_nothing(services: Services, key: CreatedKey, clock: FakeClock) -> None:
    assert KeyCheck(services.database, clock, PEPPER).actor(key.secret, "") is None


def test_a_key_ends_at_the_moment_of_its_end(services: Services, owner: Actor, clock: FakeClock) -> None:
    short = services.api_keys.keys.create(owner, "Short", KeyAccess.FULL, clock.now() + timedelta(seconds=10)).value
    clock.tick(seconds=9.999999)
    assert services.api_keys.check.actor(short.secret, "") is not None
    clock.tick(microseconds=1)
    assert services.api_keys.check.actor(short.secret, "") is None


def test_requests_are_counted_in_batches_by_distinct_addresses(
    services: Services, key: CreatedKey, owner: Actor
) -> None:
    """Requests write nothing themselves; only batches do."""
    for n in range(30):
        services.api_keys.check.count(actor_of(services, key, f"192.0.{n % 3}.0/24"))
    assert services.api_keys.keys.use(owner, key.key.id) == Use(0, 0)
    assert services.api_keys.check.write_counts() == 30
    assert services.api_keys.check.write_counts() == 0
    assert services.api_keys.keys.use(owner, key.key.id) == Use(30, 3)
    services.api_keys.check.count(actor_of(services, key, "192.0.1.0/24"))
    assert use(services, owner, key) == Use(31, 3)


def test_what_is_kept_of_an_address_is_not_the_address(services: Services, key: CreatedKey) -> None:
    services.api_keys.check.count(actor_of(services, key, "198.51.100.0/24"))
    services.api_keys.check.write_counts()
    with services.database.read() as session:
        [row] = session.exec(select(ApiKeyUse))
    assert len(row.address) == 16
    assert set(row.address) <= set("0123456789abcdef")


def test_use_is_that_of_the_last_24_hours(services: Services, key: CreatedKey, owner: Actor, clock: FakeClock) -> None:
    """Counted by the hour, so a request counts for at least 23 and at most 24 hours."""
    clock.tick(minutes=30)
    services.api_keys.check.count(actor_of(services, key))
    clock.tick(hours=1)
    services.api_keys.check.count(actor_of(services, key))
    assert use(services, owner, key) == Use(2, 1)
    clock.tick(hours=22)
    assert use(services, owner, key) == Use(2, 1)
    clock.tick(hours=1)
    assert use(services, owner, key) == Use(1, 1)
    clock.tick(hours=1)
    assert use(services, owner, key) == Use(0, 0)


def test_the_last_use_is_known_to_the_minute_and_never_goes_back(
    services: Services, key: CreatedKey, database_url: str, clock: FakeClock
) -> None:
    """Even if a process that saw an earlier request writes later."""
    clock.tick(seconds=42)
    elsewhere = make_services(database_url, FakeClock(clock.now() - timedelta(hours=1)))
    try:
        elsewhere.api_keys.check.count(actor_of(elsewhere, key))
        services.api_keys.check.count(actor_of(services, key))
        minute = clock.now().replace(second=0)
        assert last_used(services, key) == minute
        elsewhere.api_keys.check.write_counts()
        assert last_used(services, key) == minute
        clock.tick(minutes=1)
        services.api_keys.check.count(actor_of(services, key))
        assert last_used(services, key) == minute + timedelta(minutes=1)
    finally:
        elsewhere.database.close()


def test_counts_survive_a_write_that_fails(services: Services, key: CreatedKey, owner: Actor) -> None:
    """Counts from before, during and after the failure are all written by the next attempt, exactly once."""
    actor = actor_of(services, key)
    services.api_keys.check.count(actor)
    with services.database.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE api_key_uses RENAME TO elsewhere")
        connection.commit()
    try:
        with pytest.raises((Unavailable, ProgrammingError)):
            services.api_keys.check.write_counts()
        services.api_keys.check.count(actor)
    finally:
        with services.database.connection() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO api_key_uses")
            connection.commit()
    services.api_keys.check.count(actor)
    assert services.api_keys.check.write_counts() == 3
    assert use(services, owner, key) == Use(3, 1)
    assert last_used(services, key) is not None


def test_counting_and_writing_at_once_lose_nothing(services: Services, key: CreatedKey, owner: Actor) -> None:
    actor = actor_of(services, key)

    def count() -> None:
        for _ in range(200):
            services.api_keys.check.count(actor)

    at_once(*[count] * 12, *[services.api_keys.check.write_counts] * 6)
    assert use(services, owner, key) == Use(2400, 1)


def test_two_processes_add_to_the_same_hour(
    services: Services, key: CreatedKey, owner: Actor, database_url: str, clock: FakeClock
) -> None:
    elsewhere = make_services(database_url, clock)
    try:
        for one in (services, elsewhere):
            one.api_keys.check.count(actor_of(one, key))
        at_once(services.api_keys.check.write_counts, elsewhere.api_keys.check.write_counts)
        assert use(services, owner, key) == Use(2, 1)
    finally:
        elsewhere.database.close()


def test_a_key_that_is_gone_keeps_no_other_from_being_counted(
    services: Services, key: CreatedKey, owner: Actor, business: str
) -> None:
    services.api_keys.check.count(KeyActor("key_gone", business, "Gone", KeyAccess.FULL, "192.0.2.0/24"))
    services.api_keys.check.count(actor_of(services, key))
    assert services.api_keys.check.write_counts() == 2
    assert services.api_keys.keys.use(owner, key.key.id) == Use(1, 1)


def test_the_use_of_a_key_in_its_grace_is_shown(services: Services, key: CreatedKey, owner: Actor) -> None:
    """So the owner sees who still uses the old key before it ends."""
    services.api_keys.keys.rotate(owner, key.key.id, Grace.DAY)
    services.api_keys.check.count(actor_of(services, key))
    services.api_keys.check.write_counts()
    uses = {listed.key.name: listed.use for listed in services.api_keys.keys.ring(owner).keys}
    assert uses == {"CRM": Use(0, 0), "CRM (old)": Use(1, 1)}


class TestRotatingThePepper:
    """A new pepper for new keys, the former ones for those that were made before."""

    def check(self, services: Services, clock: FakeClock, *peppers: str) -> KeyCheck:
        return KeyCheck(services.database, clock, *peppers)

    def test_keys_made_before_go_on_working_by_one_read(
        self, services: Services, owner: Actor, key: CreatedKey, clock: FakeClock
    ) -> None:
        now, former = "the new pepper", services.config.api_key_pepper
        new = Keys(services.database, clock, now).create(owner, "New", KeyAccess.FULL).value
        check = self.check(services, clock, now, "another", former)
        with Statements(services) as said:
            assert [check.actor(each.secret, "") is not None for each in (key, new)] == [True, True]
            assert check.actor(new_secret().secret, "") is None
        assert len(said) == 3, said
        assert self.check(services, clock, now, "another").actor(key.secret, "") is None

    def test_a_key_that_is_used_moves_to_the_new_pepper_and_the_former_can_go(
        self, services: Services, key: CreatedKey, clock: FakeClock
    ) -> None:
        now, former = "the new pepper", services.config.api_key_pepper
        check = self.check(services, clock, now, former)
        assert check.actor(key.secret, "") is not None
        check.write_counts()
        check.write_counts()
        assert self.check(services, clock, now).actor(key.secret, "") is not None
        assert services.api_keys.check.actor(key.secret, "") is None, "with the former pepper alone it is unknown"

    def test_screening_finds_it_too(self, services: Services, key: CreatedKey, clock: FakeClock) -> None:
        settings = services.config.model_copy(
            update={"api_key_pepper": "the new pepper", "api_key_pepper_fallbacks": services.config.api_key_pepper}
        )
        rotated = build(settings, clock=clock, mailer=KeptMail(), payments=NoPayments())
        caller, decision = rotated.calls.ringing.answer(key.secret, "192.0.2.7", "+14155550132")
        assert (caller.actor.key_id, decision.allow) == (key.key.id, True)
        rotated.database.close()

    def test_a_key_that_was_revoked_meanwhile_stays_so(
        self, services: Services, owner: Actor, key: CreatedKey, clock: FakeClock
    ) -> None:
        check = self.check(services, clock, "the new pepper", services.config.api_key_pepper)
        assert check.actor(key.secret, "") is not None
        services.api_keys.keys.revoke(owner, key.key.id)
        check.write_counts()
        assert check.actor(key.secret, "") is None
