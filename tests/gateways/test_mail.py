"""Mail over a real SMTP server, and into files."""

import asyncio
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from settings_ui.domain.email_address import parse_email
from settings_ui.domain.errors import Invalid
from settings_ui.gateways.mail import FileMailer, SmtpMailer, compose
from settings_ui.gateways.ports import MailRefused, MailUnavailable, Message
from tests.gateways.ports_free import free_port
from tests.support import FakeClock

SENDER = "Switchboard <no-reply@app.example>"
LINK = "http://localhost:8000/payouts/cancel?token=" + "x" * 150
MAIL = Message("msg_1", "dana@example.com", "Your PayPal email was saved", f"Hello Dana,\n\n{LINK}\n\nThe end ü.\n")


@dataclass
class Server:
    """An SMTP server that answers as the test says, and keeps what it took."""

    port: int
    taken: list[Any] = field(default_factory=list)
    rcpt: str = "250 OK"
    data: str = "250 OK"
    sender: str = "250 OK"
    tls: list[bool] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.taken.append(envelope)
            self.tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return self.data

    def message(self) -> EmailMessage:
        """The one message that was taken."""
        [envelope] = self.taken
        return message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[return-value]


class Overheard(SMTP):
    """Keeps to whom a client wants to send, before anything reads the address."""

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self.event_handler.said.append(arg)
        await super().smtp_RCPT(arg)


class Running(Controller):
    """Serves in a thread."""

    def factory(self) -> SMTP:
        return Overheard(self.handler, **self.SMTP_kwargs)


Run = Callable[..., Server]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start servers that end with the test."""
    running: list[Controller] = []

    def start(**options: Any) -> Server:
        server = Server(free_port())
        controller = Running(server, hostname="127.0.0.1", port=server.port, enable_SMTPUTF8=True, **options)
        controller.start()
        running.append(controller)
        return server

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def served(authority: trustme.CA) -> ssl.SSLContext:
    """What a server presents for 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client trusts that knows the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def mailer(server: Server, *, user: str = "", scheme: str = "smtp", tls: ssl.SSLContext | None = None) -> SmtpMailer:
    return SmtpMailer(f"{scheme}://{user}127.0.0.1:{server.port}", SENDER, FakeClock(), tls=tls)


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
    """Whatever mail makes of long lines on its way, the person clicks the whole link."""
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
    """An encoded word in an address would be read as another address: no such address is taken, and if one were there,
    its mail would still not go to anyone else."""
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
    """A wrong MAIL_FROM must not throw every mail away."""
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


async def test_starttls_is_used_where_it_is_offered(run: Run, served: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    server = run(tls_context=served)
    await mailer(server, tls=trusting).send(MAIL)
    assert server.tls == [True]


async def test_smtps_speaks_tls_from_the_first_byte(run: Run, served: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    server = run(ssl_context=served)
    await mailer(server, scheme="smtps", tls=trusting).send(MAIL)
    assert server.tls == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    run: Run, served: ssl.SSLContext, scheme: str
) -> None:
    """Whoever sits in between reads no link."""
    server = run(**{"tls_context" if scheme == "smtp" else "ssl_context": served})
    with pytest.raises(MailUnavailable):
        await mailer(server, scheme=scheme).send(MAIL)
    assert server.taken == []


def only_dana(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    right = (given.login, given.password) == (b"dana@example.com", b"p:w/d")
    return AuthResult(success=right, handled=right)


async def test_user_and_password_in_the_url_sign_in(run: Run, served: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    server = run(tls_context=served, auth_required=True, authenticator=only_dana)
    await mailer(server, user="dana%40example.com:p%3Aw%2Fd@", tls=trusting).send(MAIL)
    assert len(server.taken) == 1


async def test_a_wrong_password_is_ours_to_mend_and_the_message_is_kept(
    run: Run, served: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    server = run(tls_context=served, auth_required=True, authenticator=only_dana)
    with pytest.raises(MailUnavailable, match="535") as refused:
        await mailer(server, user="dana%40example.com:wrong-secret@", tls=trusting).send(MAIL)
    assert "wrong-secret" not in str(refused.value)


async def test_a_password_goes_to_another_machine_over_tls_only(run: Run) -> None:
    """A server that says it has no STARTTLS may be somebody in between who took the offer out."""
    seen: list[bytes] = []

    def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        seen.append(given.password)
        return AuthResult(success=True)

    server = run(auth_require_tls=False, authenticator=authenticator)
    other = SmtpMailer(f"smtp://dana:a-secret@127.0.0.2:{server.port}", SENDER, FakeClock())
    with pytest.raises(MailUnavailable):
        await other.send(MAIL)
    assert seen == []
    await mailer(server, user="dana:a-secret@").send(MAIL)
    assert seen == [b"a-secret"], "on this machine there is nobody in between"


@pytest.mark.parametrize(
    "subject", ["Line\nBcc: eve@example.com", "Line\r\nBcc: eve@example.com", "Line\rBcc: eve@example.com"], ids=ascii
)
async def test_a_line_break_in_a_subject_adds_no_header(run: Run, subject: str) -> None:
    """Names cannot hold one; if one came through, the mail would not leave."""
    server = run()
    with pytest.raises(ValueError, match=r"linefeed|carriage"):
        await mailer(server).send(Message("msg_1", "dana@example.com", subject, "Body\n"))
    assert server.taken == []


def test_every_try_carries_the_same_message_id() -> None:
    """So that a mailbox can tell a second copy from a second message."""
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
