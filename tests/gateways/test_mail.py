"""Mail over a real SMTP server, and to files."""

import asyncio
import stat
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from settings_ui.domain.email_address import parse_email
from settings_ui.domain.errors import Invalid
from settings_ui.gateways.mail import FileMailer, SmtpMailer, compose
from settings_ui.gateways.ports import MailRefused, MailUnavailable, Message
from tests.gateways.smtp_server import Run, Server, running
from tests.ports import free_port
from tests.support import FakeClock

SENDER = "Switchboard <no-reply@app.example>"
LINK = "http://localhost:8000/payouts/cancel?token=" + "x" * 150
MAIL = Message("msg_1", "dana@example.com", "Your PayPal email was saved", f"Hello Dana,\n\n{LINK}\n\nThe end ü.\n")


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts servers that stop when the test ends."""
    with running() as start:
        yield start


def mailer(server: Server) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{server.port}", SENDER, FakeClock())


async def test_a_message_arrives_as_it_was_written(run: Run) -> None:
    server = run()
    await mailer(server).send(MAIL)
    [envelope] = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@app.example", ["dana@example.com"])
    got = server.message()
    assert (got["From"], got["To"], got["Subject"]) == (SENDER, MAIL.recipient, MAIL.subject)
    assert (got["Message-ID"], got["Auto-Submitted"]) == ("<msg_1@app.example>", "auto-generated")
    assert got["Date"].datetime == FakeClock().now()
    assert got.get_content_type() == "text/plain"
    assert got.get_content().replace("\r\n", "\n") == MAIL.body


async def test_a_long_link_arrives_in_one_piece(run: Run) -> None:
    """However mail servers wrap long lines, the link stays whole."""
    server = run()
    await mailer(server).send(MAIL)
    assert LINK in server.message().get_content()


async def test_an_address_with_its_own_letters_gets_its_mail(run: Run) -> None:
    server = run()
    await mailer(server).send(Message("msg_1", "naïve@xn--bcher-kva.example", "Grüße", "Hallo\n"))
    assert server.taken[0].rcpt_tos == ["naïve@xn--bcher-kva.example"]
    assert server.message()["Subject"] == "Grüße"


@pytest.mark.parametrize("local", ["=?utf-8?q?eve?=", "=?utf-8?b?ZXZl?=", "=?utf-8?q?eve=40evil.example=2C?="])
async def test_mail_goes_to_the_address_that_was_kept_and_never_to_what_a_header_makes_of_it(
    run: Run, local: str
) -> None:
    """An encoded word in an address would be decoded into a different address. Such addresses are refused; if one
    were stored anyway, its mail would still go to nobody else."""
    server = run()
    address = f"{local}@example.com"
    with pytest.raises(Invalid):
        parse_email(address, field="email")
    await mailer(server).send(Message("msg_1", address, "Subject", "Body\n"))
    assert server.said == [f"TO:<{address}>"]


@pytest.mark.parametrize("answer", ["550 no such user", "553 not allowed", "501 syntax"])
async def test_a_recipient_that_is_refused_for_good_is_refused(run: Run, answer: str) -> None:
    server = run()
    server.rcpt = answer
    with pytest.raises(MailRefused, match=answer[:3]):
        await mailer(server).send(MAIL)
    assert server.taken == []


@pytest.mark.parametrize("answer", ["450 greylisted", "421 closing", "452 too many"])
async def test_a_recipient_that_is_put_off_is_tried_again(run: Run, answer: str) -> None:
    server = run()
    server.rcpt = answer
    with pytest.raises(MailUnavailable):
        await mailer(server).send(MAIL)
    server.rcpt = "250 OK"
    await mailer(server).send(MAIL)
    assert len(server.taken) == 1


@pytest.mark.parametrize(("answer", "error"), [("554 spam", MailRefused), ("451 later", MailUnavailable)])
async def test_content_that_is_refused_is_refused_and_put_off_is_put_off(
    run: Run, answer: str, error: type[Exception]
) -> None:
    server = run()
    server.data = answer
    with pytest.raises(error, match=answer[:3]):
        await mailer(server).send(MAIL)


async def test_a_sender_that_is_refused_is_ours_to_mend_and_the_message_is_kept(run: Run) -> None:
    """A wrong MAIL_FROM must not make us discard all mail."""
    server = run()
    server.sender = "550 we do not relay for you"
    with pytest.raises(MailUnavailable, match="550"):
        await mailer(server).send(MAIL)


async def test_a_server_that_is_away_is_unavailable_and_taken_up_when_it_is_back(run: Run) -> None:
    away = Server(free_port())
    with pytest.raises(MailUnavailable):
        await mailer(away).send(MAIL)
    back = run()
    await mailer(back).send(MAIL)
    assert len(back.taken) == 1


async def test_a_name_that_resolves_to_nothing_is_unavailable() -> None:
    with pytest.raises(MailUnavailable):
        await SmtpMailer("smtp://no-such-host.invalid:25", SENDER, FakeClock()).send(MAIL)


async def test_something_that_is_no_mail_server_is_unavailable() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER, FakeClock()).send(MAIL)


@pytest.mark.parametrize(
    "subject", ["Line\nBcc: eve@example.com", "Line\r\nBcc: eve@example.com", "Line\rBcc: eve@example.com"], ids=ascii
)
async def test_a_line_break_in_a_subject_adds_no_header(run: Run, subject: str) -> None:
    """Names cannot contain one; if one got through anyway, the mail would not be sent."""
    server = run()
    with pytest.raises(ValueError, match=r"linefeed|carriage"):
        await mailer(server).send(Message("msg_1", "dana@example.com", subject, "Body\n"))
    assert server.taken == []


def test_every_try_carries_the_same_message_id() -> None:
    """So that a mailbox can recognize a duplicate."""
    clock = FakeClock()
    first = compose(MAIL, SENDER, clock)
    clock.tick(hours=1)
    assert compose(MAIL, SENDER, clock)["Message-ID"] == first["Message-ID"]


async def test_without_a_server_each_message_is_a_file_that_only_we_read(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "outbox"
    await FileMailer(folder, SENDER, FakeClock()).send(MAIL)
    assert [path.name for path in folder.iterdir()] == ["msg_1.eml"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    got = message_from_bytes((folder / "msg_1.eml").read_bytes(), policy=policy.default)
    assert got["To"] == MAIL.recipient
    assert got.get_content() == MAIL.body  # type: ignore[attr-defined]


def test_a_second_try_replaces_the_file(tmp_path: Path) -> None:
    for _ in range(2):
        asyncio.run(FileMailer(tmp_path, SENDER, FakeClock()).send(MAIL))
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailUnavailable):
        await FileMailer(tmp_path / "file" / "outbox", SENDER, FakeClock()).send(MAIL)
