"""Re-entering the password: at most ten wrong attempts in fifteen minutes, concurrent or not."""

import functools

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, Invalid, TooMany
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_member

EMAIL = "pay@harborleads.example"
WRONG = "not the password at all"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that make many slow guesses and do not depend on the engine."""


def wrong(services: Services, actor: Actor, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Invalid, match="This is not your current password"):
            services.payouts.destinations.save(actor, EMAIL, WRONG)


@pytest.mark.parametrize(
    "password", [WRONG, PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), "\0", "\ud800", "x" * 9999]
)
def test_a_wrong_password_is_told_at_its_field_and_nothing_is_saved(
    services: Services, publisher: Actor, password: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.payouts.destinations.save(publisher, EMAIL, password)
    assert (refused.value.message, refused.value.field) == ("This is not your current password.", "password")
    assert services.payouts.destinations.see(publisher).history == ()


@on_sqlite
def test_ten_wrong_ones_and_even_the_right_one_waits(services: Services, publisher: Actor, clock: FakeClock) -> None:
    """Someone at an unattended browser has ten guesses, not a thousand."""
    wrong(services, publisher, 10)
    with pytest.raises(TooMany) as refused:
        services.payouts.destinations.save(publisher, EMAIL, PASSWORD)
    assert (refused.value.message, refused.value.field) == (
        "Too many wrong passwords. Try again in 15 minutes.",
        "password",
    )
    assert refused.value.retry_after_s == 900
    clock.tick(minutes=15)
    assert services.payouts.destinations.save(publisher, EMAIL, PASSWORD)


@on_sqlite
def test_the_right_one_starts_again_from_nothing(services: Services, publisher: Actor, clock: FakeClock) -> None:
    wrong(services, publisher, 9)
    services.payouts.destinations.save(publisher, EMAIL, PASSWORD)
    with pytest.raises(Conflict):
        services.payouts.destinations.save(publisher, EMAIL, PASSWORD)
    for _ in range(10):
        with pytest.raises(Invalid):
            services.payouts.destinations.save(publisher, "new@harborleads.example", WRONG)


@on_sqlite
def test_no_password_is_asked_for_and_not_counted(services: Services, publisher: Actor) -> None:
    for _ in range(20):
        with pytest.raises(Invalid, match="Enter your current password"):
            services.payouts.destinations.save(publisher, EMAIL, "")
    assert services.payouts.destinations.save(publisher, EMAIL, PASSWORD)


@on_sqlite
def test_one_persons_wrong_passwords_do_not_slow_another(
    services: Services, publisher: Actor, business: str, clock: FakeClock
) -> None:
    wrong(services, publisher, 10)
    other = add_member(services, business, Role.PUBLISHER, clock)
    assert services.payouts.destinations.save(other, EMAIL, PASSWORD)


def test_guesses_at_once_are_no_more_than_guesses_in_turn(services: Services, publisher: Actor) -> None:
    """A stolen session with twenty open sockets still has only ten attempts."""
    answers = at_once(*[functools.partial(services.payouts.destinations.save, publisher, EMAIL, WRONG)] * 20)
    assert sum(isinstance(answer, Invalid) for answer in answers) == 10
    assert sum(isinstance(answer, TooMany) for answer in answers) == 10


@on_sqlite
def test_a_malformed_address_is_told_before_a_password_is_spent(services: Services, publisher: Actor) -> None:
    for _ in range(11):
        with pytest.raises(Invalid) as refused:
            services.payouts.destinations.save(publisher, "nonsense", WRONG)
        assert refused.value.field == "email"
    assert services.payouts.destinations.save(publisher, EMAIL, PASSWORD)
