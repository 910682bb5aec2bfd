"""Signing in: the same answer to every failed attempt, a new token for every success."""

import time

import pytest
from sqlmodel import col, select, update

from settings_ui.bootstrap import Services
from settings_ui.domain import passwords
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Unauthenticated
from settings_ui.models import Activity, User, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import WRONG, Visitor, device_of, network_of
from settings_ui.services.kit.changes import user_topic
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, join, open_session

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")


def sessions(services: Services, user_id: str) -> list[UserSession]:
    with services.database.read() as session:
        query = select(UserSession).where(UserSession.user_id == user_id).order_by(col(UserSession.created_at))
        return list(session.exec(query))


def holder(services: Services, token: str) -> Actor | None:
    return services.account.access.actor(token_digest(token))


def disable(services: Services, user_id: str, clock: FakeClock) -> None:
    with services.database.write() as session:
        session.get_one(User, user_id).disabled_at = clock.now()


@pytest.fixture
def dana(services: Services, business: str) -> str:
    user_id = add_user(services, "dana@example.com")
    join(services, user_id, business, Role.OWNER)
    return user_id


@pytest.mark.parametrize("typed", ["dana@example.com", "DANA@Example.COM", "  dana@example.com\n", "dana@EXAMPLE。com"])
def test_email_and_password_open_a_session_however_the_email_is_spelled(
    services: Services, dana: str, typed: str
) -> None:
    token = services.account.sign_in.sign_in(typed, PASSWORD, HOME, None).value
    actor = holder(services, token)
    assert actor is not None
    assert actor.user_id == dana


def test_a_domain_with_its_own_letters_signs_in_as_it_was_registered(services: Services, business: str) -> None:
    services.business.members.add_member(
        business, "Ina@bücher.example", name="Ina", role=Role.VIEWER, password=PASSWORD
    )
    token = services.account.sign_in.sign_in("ina@bücher.example", PASSWORD, HOME, None).value
    assert holder(services, token) is not None


def test_the_token_is_new_each_time_and_only_its_digest_is_kept(services: Services, dana: str) -> None:
    """Read access to the database is not enough to sign in."""
    tokens = {services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, None).value for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 43 for token in tokens), "256 bits"
    kept = {row.token_digest for row in sessions(services, dana)}
    assert kept == {token_digest(token) for token in tokens}
    assert not kept & tokens


def test_every_wrong_try_is_told_the_same(services: Services, dana: str, business: str, clock: FakeClock) -> None:
    """Unknown, wrong, disabled and removed are indistinguishable, so nobody learns who has an account."""
    disabled = add_user(services, "gone@example.com")
    join(services, disabled, business, Role.VIEWER)
    disable(services, disabled, clock)
    add_user(services, "nowhere@example.com")
    answers = set()
    for email, password in [
        ("nobody@example.com", PASSWORD),
        ("dana@example.com", "not the password at all"),
        ("dana@example.com", ""),
        ("dana@example.com", PASSWORD + "\0"),
        ("dana@example.com", PASSWORD[:-1]),
        ("dana@example.com", PASSWORD.upper()),
        ("dana@example.com", "x" * 1_000_000),
        ("gone@example.com", PASSWORD),
        ("nowhere@example.com", "not the password at all"),
        ("", ""),
        ("not an address", PASSWORD),
        ("dana@example.com\0", PASSWORD),
        ("d\u0131na@example.com", PASSWORD),
        ("x" * 1_000_000, PASSWORD),
        ("' or 1=1 --", PASSWORD),
        ("%@example.com", PASSWORD),
    ]:
        with pytest.raises(Unauthenticated) as refused:
            services.account.sign_in.sign_in(email, password, HOME, None)
        answers.add((refused.value.message, refused.value.field, refused.value.code))
    assert answers == {(WRONG, "password", "unauthenticated")}
    assert sessions(services, dana) == []


def test_who_was_removed_from_every_business_is_told_so_after_the_right_password(
    services: Services, dana: str, business: str
) -> None:
    """“The password is incorrect” would send them to a reset that cannot help. Nobody else is told, and no session
    begins; whoever still belongs somewhere signs in there."""
    elsewhere = add_business(services)
    removed = add_user(services, "kim@example.com")
    for home in (business, elsewhere):
        join(services, removed, home, Role.VIEWER)
    services.business.members.remove_member(business, "kim@example.com")
    services.account.sign_in.sign_in("kim@example.com", PASSWORD, HOME, None)
    services.business.members.remove_member(elsewhere, "kim@example.com")
    before = len(sessions(services, removed))
    for _ in range(12):  # a right password is no guess
        with pytest.raises(Unauthenticated) as refused:
            services.account.sign_in.sign_in("kim@example.com", PASSWORD, HOME, None)
        assert refused.value.message == (
            "This account belongs to no business any more. To get back in, ask an owner or admin to invite you."
        )
    assert len(sessions(services, removed)) == before
    with pytest.raises(Unauthenticated, match=WRONG):
        services.account.sign_in.sign_in("kim@example.com", "not the password at all", HOME, None)


@pytest.mark.usefixtures("real_hashing")
def test_every_wrong_try_costs_the_same_work(services: Services, dana: str, business: str, clock: FakeClock) -> None:
    """Response time does not reveal an account either; measured as the thread's CPU time."""
    disabled = add_user(services, "gone@example.com")
    join(services, disabled, business, Role.VIEWER)
    disable(services, disabled, clock)
    add_user(services, "nowhere@example.com")
    with services.database.write() as session:
        session.exec(update(User).values(password_hash=passwords.digest(PASSWORD)))

    def work(email: str, password: str = "not the password at all") -> float:
        spent = []
        for _ in range(3):
            start = time.thread_time()
            with pytest.raises(Unauthenticated):
                services.account.sign_in.sign_in(email, password, HOME, None)
            spent.append(time.thread_time() - start)
        return min(spent)

    work("warm@example.com")
    known = work("dana@example.com")
    for other in (
        work("nobody@example.com"),
        work("gone@example.com"),
        work("nowhere@example.com"),
        work("dana@example.com", "x" * 5_000),
        work("not an address"),
    ):
        assert known / 2 < other < known * 2


def test_a_presented_session_ends_with_the_sign_in(services: Services, dana: str, clock: FakeClock) -> None:
    """Prevents session fixation: no token outlives a sign-in in the same browser."""
    planted = open_session(services, dana, clock)
    done = services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, planted)
    assert holder(services, planted) is None
    assert holder(services, done.value) is not None
    assert done.value != planted
    assert done.topics == {user_topic(dana)}


def test_another_persons_session_in_this_browser_ends_too_and_their_windows_are_told(
    services: Services, dana: str, business: str, clock: FakeClock
) -> None:
    other = add_member(services, business, Role.VIEWER, clock).user_id
    theirs = open_session(services, other, clock)
    done = services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, theirs)
    assert holder(services, theirs) is None
    assert done.topics == {user_topic(other)}


@pytest.mark.parametrize("presented", ["", "nonsense", "\0", "x" * 10_000, "ü"], ids=lambda text: ascii(text)[:12])
def test_a_presented_token_that_is_none_is_ignored(services: Services, dana: str, presented: str) -> None:
    """Prevents session fixation: a presented token never becomes a session."""
    done = services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, presented)
    assert done.topics == frozenset()
    assert holder(services, presented) is None


def test_a_failed_sign_in_leaves_the_presented_session_alone(services: Services, dana: str, clock: FakeClock) -> None:
    mine = open_session(services, dana, clock)
    with pytest.raises(Unauthenticated):
        services.account.sign_in.sign_in("dana@example.com", "not the password at all", HOME, mine)
    assert holder(services, mine) is not None


def test_other_browsers_stay_signed_in(services: Services, dana: str, clock: FakeClock) -> None:
    elsewhere = open_session(services, dana, clock)
    services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, None)
    assert holder(services, elsewhere) is not None


def test_signing_out_ends_the_session_for_good(services: Services, dana: str, clock: FakeClock) -> None:
    """A stolen cookie stops working; signing out is idempotent and affects nobody else."""
    mine, elsewhere = open_session(services, dana, clock), open_session(services, dana, clock)
    assert services.account.sign_in.sign_out(mine).topics == {user_topic(dana)}
    assert holder(services, mine) is None
    assert holder(services, elsewhere) is not None
    assert services.account.sign_in.sign_out(mine).topics == frozenset()
    assert services.account.sign_in.sign_out("no such token").topics == frozenset()


def test_a_new_session_opens_the_business_of_the_last_one(services: Services, dana: str, clock: FakeClock) -> None:
    second = add_business(services)
    join(services, dana, second, Role.VIEWER)
    open_session(services, dana, clock, second)
    token = services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, None).value
    actor = holder(services, token)
    assert actor is not None
    assert (actor.business_id, actor.role) == (second, Role.VIEWER)


def test_a_session_remembers_browser_and_network_and_the_activity_says_so(services: Services, dana: str) -> None:
    services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, None)
    [row] = sessions(services, dana)
    assert (row.device, row.network) == ("Firefox on Linux", "192.0.2.0/24")
    with services.database.read() as session:
        [activity] = session.exec(select(Activity).where(Activity.topic == "sign-in")).all()
    assert (activity.user_id, activity.what, activity.after) == (dana, "signed in", {"device": "Firefox on Linux"})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", "unix:"),
        ("x" * 1000, "x" * 64),
    ],
    ids=lambda text: text[:20],
)
def test_a_network_is_24_bits_of_ipv4_and_48_of_ipv6(address: str, network: str) -> None:
    """IPv4-mapped IPv6 addresses count as IPv4; otherwise all of IPv4 would be one network."""
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17.0 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Android 14; Mobile) Gecko/130.0 Firefox/130.0", "Firefox on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/130.0 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) FxiOS/130.0 Safari/605.1", "Firefox on iPad"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) EdgiOS/130.0 Safari/605.1", "Edge on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Safari/537.36 EdgA/130.0", "Edge on Android"),
        (
            "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/26.0 Chrome/122.0 Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
        ("<script>" * 10_000, "A browser"),
    ],
    ids=lambda text: text[:20],
)
def test_a_device_is_named_as_people_name_it(agent: str, device: str) -> None:
    """From a fixed set of names: nothing the client claims is stored verbatim."""
    assert device_of(agent) == device
