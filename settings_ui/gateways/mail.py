"""Sending email over SMTP, or saving it to files if no server is configured."""

import asyncio
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from settings_ui.gateways.ports import Clock, MailRefused, MailUnavailable, Message

TIMEOUT_S = 20
HERE = {"localhost", "127.0.0.1", "::1"}


class SmtpMailer:
    """Sends messages through an SMTP server: `smtp://` or `smtps://`, with user and password.

    `smtp://` uses STARTTLS if offered; with a password and another machine, nothing is sent without it.
    """

    def __init__(self, url: str, sender: str, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._trust = tls or ssl.create_default_context()
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 587)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._start_tls = True if self._username and not self._tls and self._host not in HERE else None
        self._sender = sender
        self._clock = clock

    async def send(self, message: Message) -> None:
        """Return once the server has accepted the message; raise MailRefused or MailUnavailable if it did not."""
        try:
            await aiosmtplib.send(
                compose(message, self._sender, self._clock),
                recipients=[message.recipient],  # never as parsed from a header
                hostname=self._host,
                port=self._port,
                use_tls=self._tls,
                start_tls=self._start_tls,
                username=self._username,
                password=self._password,
                tls_context=self._trust,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise MailRefused(f"recipient refused: {error.recipients[0].code}") from error
            raise MailUnavailable("recipient deferred") from error
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused) as error:
            # The operator has to fix this, not the recipient: keep the message until then.
            raise MailUnavailable(f"server said {error.code}") from error
        except aiosmtplib.SMTPDataError as error:
            raise (MailRefused if error.code >= 500 else MailUnavailable)(f"server said {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailUnavailable(type(error).__name__) from error


class FileMailer:
    """Writes each message as `<id>.eml` into a folder that only this user can read."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, message: Message) -> None:
        """Return once the file is written; raise MailUnavailable if it cannot be."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise MailUnavailable(type(error).__name__) from error

    def _write(self, message: Message) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f".{message.id}.part"
        part.write_bytes(compose(message, self._sender, self._clock).as_bytes())
        part.rename(self._folder / f"{message.id}.eml")


def compose(message: Message, sender: str, clock: Clock) -> EmailMessage:
    """Return the message with the required headers; its Message-ID is the same on every attempt."""
    name, address = parseaddr(sender)
    local, _, domain = address.rpartition("@")
    mail = EmailMessage()
    mail["From"] = Address(name, local, domain)
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail
