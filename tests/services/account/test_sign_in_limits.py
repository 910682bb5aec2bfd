"""Limits on guessing passwords: they slow down attackers without locking out the owner."""

import functools
from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import TooMany, Unauthenticated
from settings_ui.models import User
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.account.sign_in_link import LINK_PATH
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_user, join, link_token, mails

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")
ELSEWHERE = Visitor("198.51.100.0/24", "Chrome on Windows")
EMAIL = "dana@example.com"


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that make many slow guesses and do not depend on the engine."""


@pytest.fixture
def dana(services: Services, business: str) -> str:
    user_id = add_user(services, EMAIL)
    join(services, user_id, business, Role.OWNER)
    return user_id


def guess(services: Services, times: int, *, email: str = EMAIL, who: Visitor = ELSEWHERE) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            services.account.sign_in.sign_in(email, "", who, None)


def sign_in(services: Services, who: Visitor = ELSEWHERE, email: str = EMAIL) -> str:
    return services.account.sign_in.sign_in(email, PASSWORD, who, None).value


def refusal(services: Services, who: Visitor = ELSEWHERE, email: str = EMAIL) -> TooMany:
    with pytest.raises(TooMany) as refused:
        sign_in(services, who, email)
    return refused.value


def test_after_ten_failures_even_the_right_password_waits(services: Services, dana: str) -> None:
    guess(services, 10)
    refused = refusal(services)
    assert refused.message == "Too many attempts. Try again in 15 minutes."
    assert (refused.retry_after_s, refused.field) == (900, "password")


@on_sqlite
def test_nine_failures_and_the_right_password_start_again_from_nothing(services: Services, dana: str) -> None:
    for _ in range(3):
        guess(services, 9)
        assert sign_in(services)


@on_sqlite
def test_the_limit_ends_after_fifteen_minutes_and_says_how_long_it_lasts(
    services: Services, dana: str, clock: FakeClock
) -> None:
    """No lockout is permanent, and waiting attempts do not extend it."""
    guess(services, 10)
    clock.tick(minutes=14, seconds=1)
    refused = refusal(services)
    assert (refused.message, refused.retry_after_s) == ("Too many attempts. Try again in 1 minute.", 59)
    clock.tick(seconds=59)
    assert sign_in(services)


@on_sqlite
def test_an_unknown_address_meets_the_same_limit(services: Services) -> None:
    """So the limit does not reveal who has an account."""
    guess(services, 10, email="nobody@example.com")
    assert refusal(services, email="nobody@example.com").message == "Too many attempts. Try again in 15 minutes."


@on_sqlite
def test_spellings_of_one_address_share_one_limit(services: Services, dana: str) -> None:
    for number in range(10):
        guess(services, 1, email=(EMAIL, EMAIL.upper(), f" {EMAIL}", "dana@example。com")[number % 4])
    assert refusal(services)


def test_strangers_cannot_lock_a_person_out_where_they_signed_in_lately(
    services: Services, dana: str, clock: FakeClock
) -> None:
    """Guessing from a hundred other networks blocks those, not the network the owner uses."""
    sign_in(services, HOME)
    for number in range(10):
        guess(services, 1, who=Visitor(f"198.51.{number}.0/24", ""))
    assert refusal(services, Visitor("198.51.200.0/24", ""))
    assert sign_in(services, HOME)
    clock.tick(days=29)
    for number in range(10):
        guess(services, 1, who=Visitor(f"198.51.{number}.0/24", ""))
    assert sign_in(services, HOME)


def test_a_network_stays_known_for_thirty_days(services: Services, dana: str, clock: FakeClock) -> None:
    sign_in(services, HOME)
    clock.tick(days=30)
    guess(services, 10)
    assert refusal(services, HOME)


def test_a_known_network_has_its_own_limit(services: Services, dana: str) -> None:
    """Guessing from the owner's own network is limited as well."""
    sign_in(services, HOME)
    guess(services, 10, who=HOME)
    assert refusal(services, HOME)
    assert sign_in(services, ELSEWHERE)


def test_one_account_guessed_at_does_not_slow_another_one(services: Services, dana: str, business: str) -> None:
    eve = add_user(services, "eve@example.com")
    join(services, eve, business, Role.VIEWER)
    guess(services, 10)
    assert sign_in(services, email="eve@example.com")


@on_sqlite
def test_a_network_gets_a_hundred_failures_over_all_accounts(services: Services, dana: str, clock: FakeClock) -> None:
    """Stops password spraying; other networks are not affected."""
    for number in range(100):
        guess(services, 1, email=f"person{number}@example.com")
    assert refusal(services).message == "Too many attempts. Try again in 15 minutes."
    assert sign_in(services, HOME)
    clock.tick(minutes=15)
    assert sign_in(services, ELSEWHERE)


@on_sqlite
def test_right_passwords_do_not_count_against_a_network(services: Services, dana: str) -> None:
    """An office where everyone signs in each morning is not an attack."""
    guess(services, 9)
    for _ in range(20):
        sign_in(services)
    guess(services, 10)
    assert refusal(services)


def test_guesses_at_once_are_no_more_than_guesses_in_turn(services: Services, dana: str) -> None:
    """Thirty concurrent connections do not give thirty attempts."""
    one = functools.partial(services.account.sign_in.sign_in, EMAIL, "not the password at all", ELSEWHERE, None)
    answers = at_once(*[one] * 30)
    assert sum(isinstance(answer, Unauthenticated) for answer in answers) == 10
    assert sum(isinstance(answer, TooMany) for answer in answers) == 20


@on_sqlite
def test_a_thousand_guesses_reach_the_password_ten_times_in_fifteen_minutes(
    services: Services, dana: str, clock: FakeClock
) -> None:
    looked_at = 0
    for number in range(1000):
        clock.tick(seconds=0.9)
        try:
            services.account.sign_in.sign_in(EMAIL, "", Visitor(f"10.{number % 250}.0.0/24", ""), None)
        except Unauthenticated:
            looked_at += 1
        except TooMany:
            continue
    assert looked_at == 10
    assert timedelta(seconds=900) == timedelta(seconds=0.9) * 1000


def mailed(services: Services, email: str = EMAIL) -> str:
    """Request a sign-in link and return its token."""
    services.account.sign_in_link.ask(email, ELSEWHERE.network)
    return link_token(mails(services)[-1].body, LINK_PATH)


def test_with_a_link_from_the_mailbox_the_right_password_gets_in_while_others_guess(
    services: Services, dana: str
) -> None:
    """The link works once, when the sign-in succeeds, and is worthless without the password."""
    guess(services, 10)
    refusal(services)
    link = mailed(services)
    with pytest.raises(Unauthenticated):
        services.account.sign_in.sign_in(EMAIL, "", ELSEWHERE, None, link)
    assert services.account.sign_in.sign_in(EMAIL, PASSWORD, ELSEWHERE, None, link).value
    third = Visitor("203.0.113.0/24", "Chrome on Windows")
    with pytest.raises(TooMany):
        services.account.sign_in.sign_in(EMAIL, PASSWORD, third, None, link)


def test_ten_guesses_with_a_link_are_the_end_of_it(services: Services, dana: str) -> None:
    guess(services, 10)
    link = mailed(services)
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            services.account.sign_in.sign_in(EMAIL, "", ELSEWHERE, None, link)
    for spelled in (link, f"{link}!", f"{link}!!"):
        with pytest.raises(TooMany):
            services.account.sign_in.sign_in(EMAIL, PASSWORD, ELSEWHERE, None, spelled)


def test_a_link_helps_nobody_else_and_for_an_hour_only(
    services: Services, business: str, dana: str, clock: FakeClock
) -> None:
    join(services, add_user(services, "pat@example.com"), business, Role.VIEWER)
    link = mailed(services)
    guess(services, 10, email="pat@example.com")
    for token in (link, link[:-1], "", "\ud800"):
        with pytest.raises(TooMany):
            services.account.sign_in.sign_in("pat@example.com", PASSWORD, ELSEWHERE, None, token)
    clock.tick(hours=1, seconds=1)
    guess(services, 10)
    with pytest.raises(TooMany):
        services.account.sign_in.sign_in(EMAIL, PASSWORD, ELSEWHERE, None, link)


def test_three_links_an_hour_are_mailed_and_none_to_an_address_that_is_not_verified(
    services: Services, dana: str
) -> None:
    for email in (EMAIL,) * 5 + ("nobody@example.com",):
        services.account.sign_in_link.ask(email, HOME.network)
    assert len(mails(services)) == 3
    with services.database.write() as session:
        session.get_one(User, dana).email_verified_at = None
    services.account.sign_in_link.ask(EMAIL.upper(), HOME.network)
    assert len(mails(services)) == 3
