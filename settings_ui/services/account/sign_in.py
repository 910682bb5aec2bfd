"""Signing in and out."""

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from settings_ui.domain import passwords
from settings_ui.domain.durations import wait_in_words
from settings_ui.domain.email_address import fold
from settings_ui.domain.errors import TooMany, Unauthenticated
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import User, UserSession
from settings_ui.services.account.access import belongs_somewhere, token_digest
from settings_ui.services.account.sessions import make_room
from settings_ui.services.account.sign_in_link import SignInLink
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_user

WRONG = "The email or password is incorrect."
NOWHERE = "This account belongs to no business any more. To get back in, ask an owner or admin to invite you."
PER_ACCOUNT = Limit(times=10, within_s=15 * 60)
PER_NETWORK = Limit(times=100, within_s=15 * 60)
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Visitor:
    """The network and browser of a request."""

    network: str
    device: str


def visitor(address: str, headers: Mapping[str, str]) -> Visitor:
    """Return the visitor behind a client address: its network (IPv4 /24, IPv6 /48) and the browser in plain words."""
    return Visitor(network_of(address), device_of(headers.get("user-agent", "")))


def network_of(address: str) -> str:
    """Return the network prefix of an address, or the text itself if it is not an address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    ip = getattr(ip, "ipv4_mapped", None) or ip  # ::ffff:192.0.2.1, on a dual-stack socket
    prefix = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return a browser and system as people name them, like "Chrome on macOS"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


class SignIn:
    """Signing in and out."""

    def __init__(self, database: Database, limiter: Limiter, clock: Clock, link: SignInLink) -> None:
        self._database = database
        self._limiter = limiter
        self._clock = clock
        self._link = link

    def sign_in(self, email: str, password: str, who: Visitor, presented: str | None, link: str = "") -> Changed[str]:
        """Return the token of a new session; ends the presented one.

        Unknown and disabled users and wrong passwords are the same Unauthenticated after the same work; after the right
        one, someone who belongs to no business any more is told so.
        TooMany after 10 failures per account or 100 per network in 15 minutes. A network from which the account has
        signed in within 30 days has its own limit, and so has an emailed `link`, so that strangers cannot lock a user
        out. A password or email that is changed meanwhile opens nothing.
        """
        folded = fold(email[:320])
        user, apart = self._look_up(folded, who.network, link)
        account = ("sign-in", folded, apart)
        network = ("sign-in-network", who.network)
        self._take(account, network)
        if not passwords.matches(password, user.password_hash if user else None) or user is None:
            self._limiter.count(PER_NETWORK, *network)
            raise Unauthenticated(WRONG, field="password")
        self._limiter.forget(PER_ACCOUNT, *account)
        return self._start(user, who, presented)

    def sign_out(self, token: str) -> Changed[None]:
        """End the session of this token, if there is one."""
        now = self._clock.now()
        with self._database.write() as session:
            ended = _end(session, token, now=now)
        return Changed(None, frozenset({user_topic(ended)} if ended else ()))

    def _look_up(self, folded: str, network: str, link: str) -> tuple[User | None, str]:
        """Return the user, and the group whose attempts count together: a link, a known network, or all strangers
        ("")."""
        with self._database.read() as session:
            user = session.exec(
                select(User).where(User.email_folded == folded, col(User.disabled_at).is_(None))
            ).first()
            if user is None:
                return None, ""
            if link and self._link.opens(session, user, link):
                return user, token_digest(link)
            since = self._clock.now() - KNOWN_FOR
            seen = select(UserSession.id).where(
                UserSession.user_id == user.id,
                UserSession.network == network,
                col(UserSession.last_seen_at) > since,
            )
            return user, network if session.exec(seen.limit(1)).first() else ""

    def _take(self, account: tuple[str, ...], network: tuple[str, ...]) -> None:
        """Count an attempt before its password is checked, so that concurrent attempts gain nothing."""
        wait_s = max(self._limiter.wait_s(PER_ACCOUNT, *account), self._limiter.wait_s(PER_NETWORK, *network))
        if not wait_s and not self._limiter.count(PER_ACCOUNT, *account):
            wait_s = max(1, self._limiter.wait_s(PER_ACCOUNT, *account))
        if wait_s:
            wait = wait_in_words(wait_s)
            raise TooMany(f"Too many attempts. Try again in {wait}.", retry_after_s=wait_s, field="password")

    def _start(self, user: User, who: Visitor, presented: str | None) -> Changed[str]:
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        with self._database.write() as session:
            held = lock_user(session, user.id)
            if _proof(held) != _proof(user) or held.disabled_at:  # it was changed while the hash was computed
                raise Unauthenticated(WRONG, field="password")
            if session.exec(select(User.id).where(User.id == user.id, belongs_somewhere())).first() is None:
                raise Unauthenticated(NOWHERE, field="email")
            before = _end(session, presented, now=now) if presented else None
            last = session.exec(
                select(UserSession.business_id)
                .where(UserSession.user_id == user.id)
                .order_by(col(UserSession.last_seen_at).desc())
                .limit(1)
            ).first()
            make_room(session, user.id, now)
            session.add(
                UserSession(
                    id=new_id("ses"),
                    user_id=user.id,
                    token_digest=token_digest(token),
                    business_id=last,
                    device=who.device,
                    network=who.network,
                    created_at=now,
                    last_seen_at=now,
                )
            )
            record(session, "sign-in", "signed in", at=now, user_id=user.id, after={"device": who.device})
        return Changed(token, frozenset({user_topic(before)} if before else ()))


def _proof(user: User) -> tuple[str, str]:
    """Return what a person signs in with."""
    return user.email_folded, user.password_hash


def _end(session: Session, token: str, *, now: datetime) -> str | None:
    """End the session of a token and return whose it was, or None if it was not open."""
    found = session.exec(
        select(UserSession).where(UserSession.token_digest == token_digest(token), col(UserSession.ended_at).is_(None))
    ).first()
    if found is None:
        return None
    session.exec(update(UserSession).where(col(UserSession.id) == found.id).values(ended_at=now))
    return found.user_id
