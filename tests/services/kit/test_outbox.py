"""The mail outbox: each message is sent once, late rather than never, and its secrets are erased."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.gateways.ports import MailRefused, MailUnavailable, Message
from settings_ui.models import OutgoingMail
from settings_ui.services.kit.mail import WAITS, Outbox, enqueue
from tests.at_once import at_once
from tests.support import FakeClock, mails

SECRET = "http://localhost:8000/payouts/cancel?token=a-secret"


@dataclass
class Postman:
    """A mailer with an outcome per recipient, which records what it sent."""

    does: Callable[[str], Exception | None] = lambda recipient: None
    took: list[Message] = field(default_factory=list)
    tried: int = 0

    async def send(self, message: Message) -> None:
        self.tried += 1
        await asyncio.sleep(0)
        if error := self.does(message.recipient):
            raise error
        self.took.append(message)


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def outbox(services: Services, postman: Postman, clock: FakeClock) -> Outbox:
    return Outbox(services.database, postman, clock)


def write(services: Services, clock: FakeClock, number: int = 1) -> None:
    with services.database.write() as session:
        for place in range(number):
            enqueue(session, clock.now(), f"person{place}@example.com", "Subject", SECRET)


def the_mail(services: Services) -> OutgoingMail:
    [mail] = mails(services)
    return mail


async def test_a_message_leaves_once_and_its_body_is_emptied(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    """Links in mail are secrets and do not stay in the database."""
    write(services, clock)
    assert await outbox.deliver_due() == 1
    assert [(message.recipient, message.subject, message.body) for message in postman.took] == [
        ("person0@example.com", "Subject", SECRET)
    ]
    mail = the_mail(services)
    assert (mail.body, mail.sent_at, mail.last_error, mail.attempts) == ("", clock.now(), "", 1)
    clock.tick(days=1)
    assert await outbox.deliver_due() == 0
    assert postman.tried == 1


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=9000)])
async def test_a_message_from_while_the_clock_was_ahead_leaves_once_it_is_right(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock, ahead: timedelta
) -> None:
    """And is given up after two days, like any other."""
    right = clock.now()
    clock.moment = right + ahead
    write(services, clock)
    clock.moment = right
    postman.does = lambda _: MailUnavailable("away")
    assert await outbox.deliver_due() == 1
    assert await outbox.deliver_due() == 0, "the next attempt waits as ever"
    assert the_mail(services).due_at == right + WAITS[0]
    clock.tick(days=2, seconds=1)
    assert await outbox.deliver_due() == 1
    assert the_mail(services).given_up_at


async def test_a_message_of_a_change_that_was_undone_never_leaves(
    services: Services, outbox: Outbox, clock: FakeClock
) -> None:
    with contextlib.suppress(RuntimeError), services.database.write() as session:
        enqueue(session, clock.now(), "pat@example.com", "Subject", SECRET)
        raise RuntimeError
    assert await outbox.deliver_due() == 0
    assert mails(services) == []


def test_two_who_claim_at_once_never_share_a_message(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    """Several processes deliver from one table; nobody gets a mail twice."""
    write(services, clock, 60)
    second = Outbox(services.database, postman, clock)
    claims = [claim for _ in range(2) for claim in at_once(outbox.claim, second.claim, outbox.claim, second.claim)]
    ids = [message.id for claim in claims if isinstance(claim, list) for message in claim]
    assert len(ids) == len(set(ids)) == 60


def test_a_claimed_message_is_left_alone_for_two_minutes_and_then_taken_again(
    services: Services, outbox: Outbox, clock: FakeClock
) -> None:
    """A process that dies in between delays a mail but does not lose it."""
    write(services, clock)
    [first] = outbox.claim()
    clock.tick(minutes=1, seconds=59)
    assert outbox.claim() == []
    clock.tick(seconds=1)
    assert outbox.claim() == [first], "with the same Message-ID, so that a mail server can deduplicate"


async def test_a_mail_server_that_is_away_is_tried_again_after_longer_and_longer_waits(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    write(services, clock)
    postman.does = lambda recipient: MailUnavailable("server said 421")
    for wait in (*WAITS, WAITS[-1], WAITS[-1]):
        assert await outbox.deliver_due() == 1
        mail = the_mail(services)
        assert (mail.due_at, mail.body, mail.sent_at) == (clock.now() + wait, SECRET, None)
        assert mail.last_error == "later: server said 421"
        clock.tick(seconds=wait.total_seconds() - 1)
        assert await outbox.deliver_due() == 0
        clock.tick(seconds=1)
    assert list(WAITS) == sorted(WAITS)


async def test_a_mail_server_that_comes_back_gets_what_waited(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    write(services, clock, 3)
    postman.does = lambda recipient: MailUnavailable("away")
    await outbox.deliver_due()
    postman.does = lambda recipient: None
    clock.tick(seconds=5)
    assert await outbox.deliver_due() == 3
    assert len(postman.took) == 3
    assert {(mail.body, mail.last_error, mail.attempts) for mail in mails(services)} == {("", "", 2)}


async def test_a_refused_message_is_given_up_at_once(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator is told, and the secret is erased too."""
    write(services, clock)
    postman.does = lambda recipient: MailRefused("recipient refused: 550")
    await outbox.deliver_due()
    mail = the_mail(services)
    assert (mail.given_up_at, mail.body, mail.sent_at) == (clock.now(), "", None)
    assert mail.last_error == "refused: recipient refused: 550"
    assert f"mail {mail.id} was given up after 1 tries" in caplog.text
    assert SECRET not in caplog.text
    clock.tick(days=1)
    assert await outbox.deliver_due() == 0


async def test_a_message_is_given_up_after_two_days(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    write(services, clock)
    postman.does = lambda recipient: MailUnavailable("away")
    clock.tick(days=2)
    await outbox.deliver_due()
    assert the_mail(services).given_up_at is None
    clock.tick(hours=1)
    await outbox.deliver_due()
    assert (the_mail(services).given_up_at, the_mail(services).body) == (clock.now(), "")


@pytest.mark.parametrize("error", [ValueError("a header"), UnicodeError("an address"), RuntimeError("a bug")], ids=repr)
async def test_a_message_that_breaks_the_mailer_does_not_stop_the_others(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock, error: Exception
) -> None:
    """One odd address must not hold back everyone else's password links."""
    write(services, clock, 3)
    postman.does = lambda recipient: error if recipient == "person1@example.com" else None
    await outbox.deliver_due()
    assert sorted(message.recipient for message in postman.took) == ["person0@example.com", "person2@example.com"]
    [odd] = mails(services, "person1@example.com")
    assert (odd.sent_at, odd.last_error) == (None, f"later: {type(error).__name__}")


async def test_a_mail_server_that_hangs_is_not_waited_for(services: Services, clock: FakeClock) -> None:
    """A batch ends before its claim expires; otherwise another process would send it too."""

    class Hanging:
        async def send(self, message: Message) -> None:
            await asyncio.Event().wait()

    write(services, clock, 20)
    impatient = Outbox(services.database, Hanging(), clock, patience_s=0.02)
    async with asyncio.timeout(5):
        assert await impatient.deliver_due() == 20
    assert {mail.last_error for mail in mails(services)} == {"later: the mail server is too slow"}


async def test_a_batch_is_twenty_oldest_first(
    services: Services, outbox: Outbox, postman: Postman, clock: FakeClock
) -> None:
    write(services, clock, 25)
    clock.tick(seconds=1)
    with services.database.write() as session:
        enqueue(session, clock.now(), "later@example.com", "Subject", "Body")
    assert [await outbox.deliver_due() for _ in range(3)] == [20, 6, 0]
    assert postman.took[-1].recipient == "later@example.com"


def test_what_becomes_of_nothing_is_nothing(services: Services, outbox: Outbox, clock: FakeClock) -> None:
    write(services, clock)
    outbox.settle({})
    assert the_mail(services).sent_at is None
    assert the_mail(services).due_at - clock.now() == timedelta()
