"""Where a person is signed in: a list of their own sessions only."""

from functools import partial

import pytest
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import NotFound
from settings_ui.models import Activity, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sessions import MOST
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.kit.changes import user_topic
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, open_session

AWAY = Visitor("203.0.113.0/24", "Firefox on Linux")


def id_of(services: Services, token: str) -> str:
    with services.database.read() as session:
        return session.exec(select(UserSession.id).where(UserSession.token_digest == token_digest(token))).one()


def is_open(services: Services, token: str) -> bool:
    return services.account.access.actor(token_digest(token)) is not None


def noted(services: Services) -> list[tuple[str, dict[str, str]]]:
    with services.database.read() as session:
        rows = session.exec(select(Activity).where(Activity.topic == "profile").order_by(col(Activity.at)))
        return [(row.what, row.after) for row in rows]


def test_each_says_browser_network_and_when_this_one_first_then_the_latest(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    """A network prefix, never a full address, and nobody else's sessions."""
    clock.tick(minutes=1)
    early = open_session(services, owner.user_id, clock)
    clock.tick(minutes=1)
    late = services.account.sign_in.sign_in("dana@example.com", PASSWORD, AWAY, None).value
    open_session(services, publisher.user_id, clock)
    listed = services.account.sessions.list(owner)
    assert [session.id for session in listed] == [owner.session_id, id_of(services, late), id_of(services, early)]
    assert [session.this for session in listed] == [True, False, False]
    assert (listed[1].device, listed[1].network, listed[1].last_seen_at) == (AWAY.device, AWAY.network, clock.now())


def test_signing_out_one_ends_just_that_one(services: Services, owner: Actor, clock: FakeClock) -> None:
    lost, kept = (open_session(services, owner.user_id, clock) for _ in range(2))
    done = services.account.sessions.end(owner, id_of(services, lost))
    assert done.topics == {user_topic(owner.user_id)}
    assert not is_open(services, lost)
    assert is_open(services, kept)
    assert len(services.account.sessions.list(owner)) == 2
    assert noted(services) == [("signed out a session", {"Sessions": "1"})]


def test_a_foreign_session_is_the_same_as_none(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    """The same answer for a second sign-out, and for one's own current session."""
    ended, idle = (open_session(services, owner.user_id, clock) for _ in range(2))
    services.account.sessions.end(owner, id_of(services, ended))
    theirs = open_session(services, publisher.user_id, clock)
    wanted = [
        id_of(services, theirs),
        id_of(services, ended),
        owner.session_id,
        "ses_nothing",
        "",
        "\x01",
        "%",
        "x" * 999,
    ]
    answers = set()
    for session_id in wanted:
        with pytest.raises(NotFound) as refused:
            services.account.sessions.end(owner, session_id)
        answers.add(refused.value.message)
    assert len(answers) == 1
    assert is_open(services, theirs)
    assert is_open(services, idle)
    assert owner.session_id in {session.id for session in services.account.sessions.list(owner)}


def test_signing_out_all_others_leaves_this_one_and_other_people(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    tokens = [open_session(services, owner.user_id, clock) for _ in range(3)]
    theirs = open_session(services, publisher.user_id, clock)
    assert services.account.sessions.end_others(owner).topics == {user_topic(owner.user_id)}
    assert [is_open(services, token) for token in tokens] == [False] * 3
    assert is_open(services, theirs)
    assert [session.id for session in services.account.sessions.list(owner)] == [owner.session_id]
    assert noted(services) == [("signed out their other sessions", {"Sessions": "3"})]


def test_with_no_others_there_is_nothing_to_do_or_to_note(services: Services, owner: Actor) -> None:
    services.account.sessions.end_others(owner)
    assert noted(services) == []


def test_what_has_run_out_is_neither_listed_nor_there_to_end(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """After seven days of inactivity, or at an age of thirty days."""
    idle = open_session(services, owner.user_id, clock)
    clock.tick(days=7)
    me = services.account.access.actor(token_digest(open_session(services, owner.user_id, clock)))
    assert me is not None
    assert [session.id for session in services.account.sessions.list(me)] == [me.session_id]
    with pytest.raises(NotFound):
        services.account.sessions.end(me, id_of(services, idle))
    services.account.sessions.end_others(me)
    assert noted(services) == []


def test_a_session_that_ended_itself_cannot_be_listed_as_open(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    token = open_session(services, owner.user_id, clock)
    services.account.sign_in.sign_out(token)
    assert id_of(services, token) not in {session.id for session in services.account.sessions.list(owner)}


def test_the_51st_sign_in_ends_the_session_that_was_unseen_longest(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    tokens = []
    for _ in range(MOST - 1):
        clock.tick(seconds=1)
        tokens.append(open_session(services, owner.user_id, clock))
    clock.tick(minutes=2)
    assert is_open(services, tokens[0]), "so it counts as just seen"
    assert len(services.account.sessions.list(owner)) == MOST
    clock.tick(seconds=1)
    newest = services.account.sign_in.sign_in("dana@example.com", PASSWORD, AWAY, None).value
    assert is_open(services, newest)
    assert owner.session_id not in {s.id for s in services.account.sessions.list(_actor(services, newest))}
    assert all(is_open(services, token) for token in tokens)


def test_sign_ins_at_once_never_leave_more_than_fifty(services: Services, owner: Actor, clock: FakeClock) -> None:
    """So all open sessions can be listed and ended; none is hidden beyond the end of the list."""
    for _ in range(MOST - 2):
        clock.tick(seconds=1)
        open_session(services, owner.user_id, clock)
    clock.tick(minutes=1)
    at_once(*[partial(services.account.sign_in.sign_in, "dana@example.com", PASSWORD, AWAY, None) for _ in range(6)])
    with services.database.read() as session:
        query = select(UserSession.id).where(UserSession.user_id == owner.user_id, col(UserSession.ended_at).is_(None))
        assert len(session.exec(query).all()) == MOST


def _actor(services: Services, token: str) -> Actor:
    actor = services.account.access.actor(token_digest(token))
    assert actor is not None
    return actor
