"""Shared test helpers: a clock, a mailer, people, and services built on them."""

import copy
import dataclasses
import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import select

from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.domain import passwords
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.email_address import fold
from settings_ui.domain.ids import new_id
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.no_payments import NoPayments
from settings_ui.gateways.ports import Message
from settings_ui.models import Business, Membership, OutgoingMail, User, UserSession
from settings_ui.services.account.access import token_digest

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough password"
HASH = passwords.digest(PASSWORD)
_numbers = itertools.count(1)


@dataclass
class FakeClock:
    """A clock that stands still until `tick`."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def tick(self, **by: float) -> datetime:
        """Advance the clock, like tick(hours=72), and return the new time."""
        self.moment += timedelta(**by)
        return self.moment


@dataclass
class KeptMail:
    """A mailer that stores what it is given."""

    sent: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.sent.append(message)


_CONFIG = Config(_env_file=None, demo=True, mail_dir=Path("var/never"))


def make_services(database_url: str, clock: FakeClock, **gateways: object) -> Services:
    """Return services on this database with their own rate limits and a storing mailer."""
    settings = _CONFIG.model_copy(update={"database_url": database_url})
    gateways.setdefault("limiter", MovingWindowLimiter())
    gateways.setdefault("mailer", KeptMail())
    gateways.setdefault("payments", NoPayments())
    return build(settings, clock=clock, **gateways)  # type: ignore[arg-type]


def replaced(services: Services, parts: dict[str, object]) -> Services:
    """Return the services with parts replaced, by path, like `{"api_keys.check": fake}`."""
    for path, part in parts.items():
        group, _, name = path.partition(".")
        if name:
            changed = copy.copy(getattr(services, group))
            object.__setattr__(changed, name, part)
            part = changed
        services = dataclasses.replace(services, **{group: part})
    return services


def add_business(services: Services, name: str = "", *, pay_per_call: bool = False, time_zone: str = "UTC") -> str:
    """Insert a business and return its id."""
    with services.database.write() as session:
        business = Business(
            id=new_id("biz"),
            name=name or f"Business {next(_numbers)}",
            time_zone=time_zone,
            pay_per_call=pay_per_call,
            created_at=START,
        )
        session.add(business)
    return business.id


def add_user(services: Services, email: str = "", name: str = "") -> str:
    """Insert a user whose password is PASSWORD and return the id."""
    number = next(_numbers)
    email = email or f"person{number}@example.com"
    with services.database.write() as session:
        user = User(
            id=new_id("usr"),
            email=email,
            email_folded=fold(email),
            email_verified_at=START,
            name=name or f"Person {number}",
            password_hash=HASH,
            password_changed_at=START,
            created_at=START,
        )
        session.add(user)
    return user.id


def join(services: Services, user_id: str, business_id: str, role: Role, *, access: bool = True) -> None:
    """Make the user a member of the business."""
    with services.database.write() as session:
        session.add(
            Membership(
                id=new_id("mem"),
                user_id=user_id,
                business_id=business_id,
                role=role.value,
                pay_per_call_access=access,
                created_at=START + timedelta(seconds=next(_numbers)),
            )
        )


def open_session(services: Services, user_id: str, clock: FakeClock, business_id: str | None = None) -> str:
    """Insert a session of the user and return its token."""
    token = f"test-token-{next(_numbers):032d}"
    with services.database.write() as session:
        session.add(
            UserSession(
                id=new_id("ses"),
                user_id=user_id,
                token_digest=token_digest(token),
                business_id=business_id,
                device="Chrome on Linux",
                network="192.0.2.0/24",
                created_at=clock.now(),
                last_seen_at=clock.now(),
            )
        )
    return token


def add_member(
    services: Services, business_id: str, role: Role, clock: FakeClock, *, email: str = "", access: bool = True
) -> Actor:
    """Insert a user, a membership and a session, and return the resulting actor, loaded from the database."""
    user_id = add_user(services, email)
    join(services, user_id, business_id, role, access=access)
    actor = services.account.access.actor(token_digest(open_session(services, user_id, clock)), business_id)
    assert actor is not None
    return actor


def mails(services: Services, recipient: str = "") -> list[OutgoingMail]:
    """Return the mail in the outbox, oldest first."""
    with services.database.read() as session:
        found = session.exec(select(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.id)).all()
    return [mail for mail in found if recipient in ("", mail.recipient)]


def link_token(body: str, path: str) -> str:
    """Return the token of a mail's link to this path."""
    found = re.search(re.escape(path) + r"\?token=(\S+)", body)
    assert found, f"no link to {path}"
    return found.group(1)
