"""Expiry reminders: a week and a day before, once each, to whoever can act on them."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import Grace, KeyAccess
from settings_ui.domain.notices import Notice
from tests.at_once import at_once
from tests.support import FakeClock, add_business, add_member, mails

OWNER = "dana@example.com"


@pytest.fixture
def key(services: Services, owner: Actor, clock: FakeClock) -> str:
    """The id of a key that expires in thirty days."""
    return services.api_keys.keys.create(
        owner, "CRM sync", KeyAccess.FULL, clock.now() + timedelta(days=30)
    ).value.key.id


def told(services: Services) -> list[str]:
    services.api_keys.expiry_mails.send_due()
    return [mail.subject for mail in mails(services, OWNER)]


def test_a_week_and_a_day_before_and_no_more(services: Services, owner: Actor, key: str, clock: FakeClock) -> None:
    clock.tick(days=22, hours=23)
    assert told(services) == []
    clock.tick(hours=1)
    assert told(services) == ["The API key CRM sync expires soon"]
    clock.tick(days=5, hours=23)
    assert len(told(services)) == 1
    clock.tick(hours=1)
    assert len(told(services)) == 2
    clock.tick(hours=23)
    assert len(told(services)) == 2
    clock.tick(days=3)
    assert len(told(services)) == 2
    mail = mails(services, OWNER)[0]
    assert "/settings?tab=api-keys" in mail.body
    assert "Friday 3 April, 12:00" in mail.body


def test_whoever_was_away_for_a_week_is_told_once(services: Services, owner: Actor, key: str, clock: FakeClock) -> None:
    clock.tick(days=29, hours=12)
    assert len(told(services)) == 1
    assert len(told(services)) == 1


def test_a_key_that_was_made_for_less_is_not_told_about_at_once(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    for days, name in ((7, "Week"), (1, "Day")):
        services.api_keys.keys.create(owner, name, KeyAccess.FULL, clock.now() + timedelta(days=days))
    assert told(services) == []
    clock.tick(days=6)
    assert told(services) == ["The API key Week expires soon"]


def test_revoked_rotated_and_endless_keys_are_not_told_about(
    services: Services, owner: Actor, key: str, clock: FakeClock
) -> None:
    keys = services.api_keys.keys
    keys.create(owner, "Endless", KeyAccess.FULL)
    other = keys.create(owner, "Revoked", KeyAccess.FULL, clock.now() + timedelta(days=30)).value.key.id
    clock.tick(days=20)
    keys.revoke(owner, other)
    keys.rotate(owner, key, Grace.WEEK, None)
    clock.tick(days=5)
    assert told(services) == []


def test_owners_and_admins_who_want_to_know_are_told_and_nobody_else(
    services: Services, business: str, owner: Actor, key: str, clock: FakeClock
) -> None:
    elsewhere = add_business(services)
    others = {
        role: add_member(services, business, role, clock, email=f"{role}@example.com")
        for role in Role
        if role is not Role.OWNER
    }
    add_member(services, elsewhere, Role.OWNER, clock, email="stranger@example.com")
    services.account.notices.choose(owner, Notice.EXPIRING_KEY, on=False)
    clock.tick(days=24)
    assert told(services) == []
    assert {mail.recipient for mail in mails(services)} == {"admin@example.com"}
    assert others


def test_two_processes_tell_once(services: Services, owner: Actor, key: str, clock: FakeClock) -> None:
    clock.tick(days=24)
    at_once(*[services.api_keys.expiry_mails.send_due] * 6)
    assert len(mails(services, OWNER)) == 1
