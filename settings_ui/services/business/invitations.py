"""Invitations: sent by email, single-use, valid for seven days."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from settings_ui.domain import passwords
from settings_ui.domain.access import Actor, Capability, Role, require
from settings_ui.domain.email_address import EmailAddress, masked, parse_email
from settings_ui.domain.errors import Conflict, Forbidden, Gone, NotFound, TooMany
from settings_ui.domain.ids import new_id
from settings_ui.domain.membership import as_role, manages, parse_role, require_manages
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import Business, Invitation, Membership, User
from settings_ui.services.account.addresses import is_taken, make_way, taken
from settings_ui.services.account.reauthentication import Reauthentication
from settings_ui.services.business.members import STAFF
from settings_ui.services.business.requests import TOPIC
from settings_ui.services.business.team import role_in_hand, still_manages
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.mail import enqueue

JOIN, JOIN_PATH = "invitation", "/auth/join"
GOOD_FOR = timedelta(days=7)
PER_BUSINESS = Limit(times=50, within_s=24 * 60 * 60)


@dataclass(frozen=True)
class OpenInvitation:
    """An open invitation; `mine` says that the actor may resend and withdraw it."""

    id: str
    email: str
    role: Role
    by: str
    sent_at: datetime
    expires_at: datetime
    expired: bool
    mine: bool


@dataclass(frozen=True)
class Offer:
    """The offer of a link: `known` says that the address has an account, which joins as it is."""

    business_id: str
    business: str
    email: str
    role: Role
    by: str
    known: bool
    user_id: str | None


class Invitations:
    """Sent, resent and withdrawn by owners and admins; accepted by the person who reads the address."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links
        self._reauthentication = reauthentication

    def open(self, actor: Actor) -> list[OpenInvitation]:
        """Return the open invitations of the actor's business, newest first."""
        require(actor, Capability.MANAGE_BUSINESS)
        query = (
            select(Invitation, User.name)
            .join(User, col(User.id) == Invitation.invited_by)
            .where(Invitation.business_id == actor.business_id, *_unanswered())
            .order_by(col(Invitation.created_at).desc(), col(Invitation.id))
        )
        now, home = self._clock.now(), actor.business_id
        with self._database.read() as session:
            return [
                OpenInvitation(
                    row.id, row.email, Role(row.role), by, row.expires_at - GOOD_FOR, row.expires_at,
                    now > row.expires_at or not still_manages(session, home, row.invited_by, Role(row.role)),
                    manages(actor.role, Role(row.role)),
                )
                for row, by in session.exec(query).all()
            ]  # fmt: skip

    def invite(self, actor: Actor, email: str, role: str) -> Changed[str]:
        """Send an invitation and return the address. Raises Invalid at `email` or `role`, Forbidden for a role that is
        not below the actor's, Conflict at `email` for a member or an open invitation, TooMany after 50 a day."""
        require(actor, Capability.MANAGE_BUSINESS)
        address = parse_email(email, field="email")
        wanted = parse_role(role, field="role")
        now = self._clock.now()
        with self._database.write() as session:
            require_manages(role_in_hand(session, actor), wanted)
            home = session.get_one(Business, actor.business_id)
            if _is_member(session, home, address.folded):
                raise Conflict(f"{address} is already a member of {home.name}.", field="email")
            waiting = session.exec(
                select(Invitation).where(
                    Invitation.business_id == home.id, Invitation.email_folded == address.folded, *_unanswered()
                )
            ).first()
            if waiting and now <= waiting.expires_at:
                raise Conflict(f"{address} is already invited. Resend that invitation, or withdraw it.", field="email")
            if waiting:
                waiting.withdrawn_at = now
            invitation = Invitation(
                id=new_id("inv"), business_id=home.id, email=address.text, email_folded=address.folded,
                role=wanted.value, invited_by=actor.user_id, secret_digest="", created_at=now, expires_at=now,
            )  # fmt: skip
            session.add(invitation)
            self._send(session, actor, home, invitation)
            record(session, TOPIC, "invited a member", at=now, actor=actor, after={masked(address.text): wanted.value})
        return Changed(address.text, topics(actor.business_id))

    def send_again(self, actor: Actor, invitation_id: str) -> Changed[str]:
        """Send a new link, valid for seven days, and return the address; the previous link stops working.
        Raises Forbidden, NotFound, TooMany."""
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.write() as session:
            invitation = self._own(session, actor, invitation_id)
            self._send(session, actor, session.get_one(Business, actor.business_id), invitation)
            self._note(session, actor, "sent an invitation again", invitation)
        return Changed(invitation.email, topics(actor.business_id))

    def withdraw(self, actor: Actor, invitation_id: str) -> Changed[str]:
        """Withdraw an invitation and return its address; raise Forbidden, NotFound."""
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.write() as session:
            invitation = self._own(session, actor, invitation_id)
            invitation.withdrawn_at = self._clock.now()
            self._note(session, actor, "withdrew an invitation", invitation)
        return Changed(invitation.email, topics(actor.business_id))

    def look(self, token: str) -> Offer:
        """Return the offer of the link; raise NotFound, Gone."""
        with self._database.read() as session:
            return self._offer(session, self._usable(session, token))

    def join_new(self, token: str, name: str, password: str) -> Changed[Offer]:
        """Create an account for the address and make it a member. Raises Invalid at `name` or `new_password`, NotFound,
        Gone, Conflict if the address has an account by now; a refusal keeps the link valid."""
        with self._database.read() as session:
            offer = self._offer(session, self._usable(session, token))
        if offer.known:
            raise Conflict("This address has an account now. Open the link again to join with it.")
        kept = clean_name(name, field="name", what="Full name")
        known = [kept, offer.email, offer.business]
        digest = passwords.digest(passwords.accept(password, field="new_password", own=known))
        now = self._clock.now()
        try:
            with self._database.write() as session:
                invitation = self._usable(session, token, lock=True)
                address = EmailAddress(invitation.email, invitation.email_folded)
                gone = make_way(session, address, now)
                if is_taken(session, address, now):
                    raise taken()
                user = User(
                    id=new_id("usr"), email=address.text, email_folded=address.folded, email_verified_at=now,
                    name=kept, password_hash=digest, password_changed_at=now, created_at=now,
                )  # fmt: skip
                session.add(user)
                session.flush()
                done = self._join(session, invitation, user, offer)
                return Changed(done.value, done.topics | gone)
        except IntegrityError:  # someone took the address between our check and our write
            raise taken() from None

    def join_known(self, token: str, *, user_id: str | None = None, password: str = "") -> Changed[Offer]:
        """Make the account with the address a member: by its session (`user_id`), or by its password. Raises NotFound,
        Gone, Conflict if there is none, Invalid at `password`, TooMany; a refusal keeps the link valid."""
        with self._database.read() as session:
            offer = self._offer(session, self._usable(session, token))
        if offer.user_id is None:
            raise Conflict("This address no longer has an account. Open the link again to create one.")
        if user_id != offer.user_id:
            self._reauthentication.confirm_of(offer.user_id, password, field="password")
        with self._database.write() as session:
            invitation = self._usable(session, token, lock=True)
            user = session.get_one(User, offer.user_id)
            if user.email_folded != invitation.email_folded or not user.email_verified_at or user.disabled_at:
                raise Forbidden("This account cannot join with this link.")
            return self._join(session, invitation, user, offer)

    def _send(self, session: Session, actor: Actor, home: Business, invitation: Invitation) -> None:
        if take(self._limiter, PER_BUSINESS, "invitations", home.id):
            raise TooMany(
                "You can send 50 invitations a day. Try again tomorrow.",
                retry_after_s=60 * 60,
                field="email",
            )
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        invitation.secret_digest, invitation.expires_at = _digest(secret), now + GOOD_FOR
        invitation.invited_by = actor.user_id
        inviter = session.get_one(User, actor.user_id)
        enqueue(
            session,
            now,
            invitation.email,
            f"Join {home.name} on Switchboard",
            f"Hello,\n\n{inviter.name} ({inviter.email}) invited you to join {home.name} on Switchboard as "
            f"{as_role(invitation.role)}. Join here:\n\n"
            f"{self._links.url(JOIN_PATH, JOIN, f'{invitation.id} {secret}')}\n\n"
            "The link works once and expires after 7 days. If you did not expect this, ignore this email.\n",
        )

    def _own(self, session: Session, actor: Actor, invitation_id: str) -> Invitation:
        own = role_in_hand(session, actor)
        found = session.exec(
            select(Invitation).where(
                Invitation.id == invitation_id, Invitation.business_id == actor.business_id, *_unanswered()
            )
        ).first()
        if found is None:
            raise NotFound("This invitation was accepted or withdrawn in the meantime.")
        require_manages(own, Role(found.role))
        return found

    def _usable(self, session: Session, token: str, *, lock: bool = False) -> Invitation:
        invitation_id, _, secret = self._links.subject(JOIN, token).partition(" ")
        found = session.get(Invitation, invitation_id)
        if found is None:
            raise NotFound
        if lock:  # the business first, as everyone else who changes members or invitations
            lock_business(session, found.business_id)
            session.refresh(found, with_for_update=True)
        if found.accepted_at:
            raise Gone("This invitation was already accepted. Sign in with your email and password.")
        if found.withdrawn_at:
            raise Gone("This invitation was withdrawn. Ask the person who invited you for a new one.")
        if not hmac.compare_digest(found.secret_digest, _digest(secret)):
            raise Gone("A newer email with a new link was sent. Use that one.")
        if self._clock.now() > found.expires_at:
            raise Gone("This invitation expired after 7 days. Ask the person who invited you to resend it.")
        if not still_manages(session, found.business_id, found.invited_by, Role(found.role)):
            raise Gone("The person who invited you can no longer do so. Ask an owner of the business to resend it.")
        return found

    def _offer(self, session: Session, invitation: Invitation) -> Offer:
        user = session.exec(
            select(User).where(
                User.email_folded == invitation.email_folded,
                col(User.email_verified_at).is_not(None),  # an unverified address may belong to someone else
            )
        ).first()
        return Offer(
            invitation.business_id,
            session.get_one(Business, invitation.business_id).name,
            invitation.email,
            Role(invitation.role),
            session.get_one(User, invitation.invited_by).name,
            user is not None,
            user.id if user else None,
        )

    def _join(self, session: Session, invitation: Invitation, user: User, offer: Offer) -> Changed[Offer]:
        if user.staff_since is not None:
            raise Conflict(STAFF)
        now, home = self._clock.now(), session.get_one(Business, invitation.business_id)
        invitation.accepted_at = now
        if not _is_member(session, home, user.email_folded):
            session.add(
                Membership(id=new_id("mem"), user_id=user.id, business_id=home.id, role=invitation.role, created_at=now)
            )
            record(
                session, TOPIC, "joined the business", at=now, business_id=home.id, user_id=user.id,
                source="mail link", after={"Role": invitation.role},
            )  # fmt: skip
        return Changed(offer, topics(home.id, user.id))

    def _note(self, session: Session, actor: Actor, what: str, invitation: Invitation) -> None:
        after = {masked(invitation.email): invitation.role}
        record(session, TOPIC, what, at=self._clock.now(), actor=actor, after=after)


def _unanswered() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(Invitation.accepted_at).is_(None), col(Invitation.withdrawn_at).is_(None))


def _is_member(session: Session, home: Business, folded: str) -> bool:
    query = (
        select(Membership.id)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.business_id == home.id, User.email_folded == folded, col(User.email_verified_at).is_not(None))
    )
    return session.exec(query).first() is not None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
