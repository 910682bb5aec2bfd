"""Confidentiality of mail: TLS, and passwords for mail servers."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from settings_ui.gateways.mail import SmtpMailer
from settings_ui.gateways.ports import MailUnavailable, Message
from tests.gateways.smtp_server import Run, Server, running
from tests.support import FakeClock

SENDER = "Switchboard <no-reply@app.example>"
MAIL = Message("msg_1", "dana@example.com", "Your PayPal email was saved", "http://localhost:8000/?token=secret")


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts servers that stop when the test ends."""
    with running() as start:
        yield start


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def served(authority: trustme.CA) -> ssl.SSLContext:
    """The certificate a server presents for 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's TLS context that trusts the test's CA."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def mailer(server: Server, *, user: str = "", scheme: str = "smtp", tls: ssl.SSLContext | None = None) -> SmtpMailer:
    return SmtpMailer(f"{scheme}://{user}127.0.0.1:{server.port}", SENDER, FakeClock(), tls=tls)


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
    """A man in the middle can read no link."""
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
    """A server that does not offer STARTTLS may be a man in the middle who stripped the offer."""
    seen: list[bytes] = []

    def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        seen.append(given.password)
        return AuthResult(success=True)

    server = run(auth_require_tls=False, authenticator=authenticator)
    other = SmtpMailer(f"smtp://dana:a-secret@0.0.0.0:{server.port}", SENDER, FakeClock())
    with pytest.raises(MailUnavailable):
        await other.send(MAIL)
    assert seen == []
    await mailer(server, user="dana:a-secret@").send(MAIL)
    assert seen == [b"a-secret"], "on the same machine there is nobody in between"
