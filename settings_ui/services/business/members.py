"""Businesses and their members, managed by the operator. No page or route calls this."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from settings_ui.domain import passwords
from settings_ui.domain.access import Role
from settings_ui.domain.email_address import EmailAddress, parse_email
from settings_ui.domain.errors import Conflict, Invalid, NotFound
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Invitation, Membership, User
from settings_ui.services.account.addresses import is_taken, make_way, taken
from settings_ui.services.account.password import first_password_link
from settings_ui.services.billing.subscription import running_plan
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import locked
from settings_ui.services.kit.mail import enqueue

STAFF = "This account is support staff, who cannot belong to a business."


class Members:
    """Creates businesses; adds, changes and removes members; turns the add-on on and off."""

    def __init__(self, database: Database, clock: Clock, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._links = links

    def create_business(
        self, name: str, *, owner_email: str, owner_name: str, password: str | None, time_zone: str = "UTC"
    ) -> str:
        """Create a business with its owner and return its id.

        A new owner gets the password, if it is acceptable; someone with an account keeps theirs. Without a password the
        owner gets an email that says how to start, and a new owner sets a password there.
        """
        kept = clean_name(name, field="name", what="Name")
        with self._adding() as session:
            business = Business(id=new_id("biz"), name=kept, time_zone=time_zone, created_at=self._clock.now())
            session.add(business)
            session.flush()
            self._note(session, business, "created the business", after={"name": kept})
            given = secrets.token_urlsafe(32) if password is None else password
            user, is_new = self._add(session, business, owner_email, owner_name, Role.OWNER, given)
            if password is None:
                self._welcome(session, business, user, is_new=is_new)
            return business.id

    def businesses(self, business: str | None = None) -> list[Business]:
        """Return all businesses, or the one with this id or name, sorted by name; raise NotFound."""
        with self._database.read() as session:
            if business is not None:
                return [find_business(session, business)]
            return list(session.exec(select(Business).order_by(col(Business.name), col(Business.id))))

    def add_member(self, business: str, email: str, *, name: str, role: Role, password: str | None) -> None:
        """Add someone to the business (its id or name); raise Conflict if they are already a member."""
        with self._adding() as session:
            self._add(session, find_business(session, business), email, name, role, password)

    def set_role(self, business: str, email: str, role: Role) -> None:
        """Change a member's role; raise Conflict for the last owner."""
        with self._database.write() as session:
            home = find_business(session, business, lock=True)
            member, user = _member(session, home, email)
            if member.role == role:
                return
            keep_an_owner(session, member)
            self._note(session, home, "changed a role", before={user.name: member.role}, after={user.name: role.value})
            member.role = role.value

    def remove_member(self, business: str, email: str) -> None:
        """Remove a member; their account stays. Raise Conflict for the last owner."""
        with self._database.write() as session:
            home = find_business(session, business, lock=True)
            member, user = _member(session, home, email)
            keep_an_owner(session, member)
            self._note(session, home, "removed a member", before={user.name: member.role})
            take_out(session, member, user, self._clock.now())

    def set_add_on(self, business: str, *, active: bool, email: str | None = None) -> None:
        """Turn Pay Per Call on or off for the business, or with `email` for one member.

        Raises Conflict for a business with a plan, since its add-ons decide.
        """
        with self._database.write() as session:
            home = find_business(session, business, lock=True)
            word = "on" if active else "off"
            if email is None:
                if running_plan(session, home.id) is not None:
                    raise Conflict(
                        f"Pay Per Call follows the plan of {home.name}. Turn it on or off in Settings → Billing."
                    )
                home.pay_per_call = active
                self._note(session, home, f"turned Pay Per Call {word}", topic="payouts")
            else:
                member, user = _member(session, home, email)
                member.pay_per_call_access = active
                self._note(
                    session,
                    home,
                    f"turned Pay Per Call {word} for a member",
                    topic="payouts",
                    after={"Member": user.name},
                )

    @contextmanager
    def _adding(self) -> Iterator[Session]:
        try:
            with self._database.write() as session:
                yield session
        except IntegrityError:  # between our check and our write
            raise Conflict("Someone added the same person at the same moment. Try again.") from None

    def _add(
        self, session: Session, business: Business, email: str, name: str, role: Role, password: str | None
    ) -> tuple[User, bool]:
        """Return the member, and whether their account is new."""
        address = parse_email(email, field="email")
        make_way(session, address, self._clock.now())
        found = session.exec(select(User).where(User.email_folded == address.folded)).first()
        user = found
        if user is None:
            user = new_user(session, address, name, password, self._clock.now())
        elif user.email_verified_at is None:
            raise unverified(user)
        elif user.staff_since is not None:
            raise Conflict(STAFF, field="email")
        elif session.exec(
            select(Membership.id).where(Membership.user_id == user.id, Membership.business_id == business.id)
        ).first():
            raise Conflict(f"{user.email} is already a member of {business.name}.", field="email")
        session.add(
            Membership(
                id=new_id("mem"),
                user_id=user.id,
                business_id=business.id,
                role=role.value,
                created_at=self._clock.now(),
            )
        )
        self._note(session, business, "added a member", after={user.name: role.value})
        return user, found is None

    def _welcome(self, session: Session, business: Business, user: User, *, is_new: bool) -> None:
        now = self._clock.now()
        if is_new:
            link = first_password_link(session, self._links, user, now)
            way = (
                f"Set a password here, then sign in with {user.email}:\n\n{link}\n\n"
                "The link works once and expires after 7 days. "
                f"After that, ask for another one: {self._links.address('/forgot-password')}"
            )
        else:
            way = f"Sign in as usual: {self._links.address('/')}"
        enqueue(
            session,
            now,
            user.email,
            f"{business.name} is ready",
            f"Hello {user.name},\n\n{business.name} is set up on Switchboard, and you are its owner. {way}\n\nThe "
            "dashboard guides you through the first steps: a number, a key, the first call, your team.\n",
        )

    def _note(
        self,
        session: Session,
        business: Business,
        what: str,
        *,
        topic: str = "members",
        before: dict[str, str] | None = None,
        after: dict[str, str] | None = None,
    ) -> None:
        record(
            session,
            topic,
            what,
            at=self._clock.now(),
            business_id=business.id,
            source="operator",
            before=before,
            after=after,
        )


def new_user(session: Session, address: EmailAddress, name: str, password: str | None, now: datetime) -> User:
    """Write a user in the caller's transaction; raise Invalid at `name` or `password`, Conflict for a taken address."""
    if password is None:
        raise Invalid(f"{address} is a new user and needs a password.", field="password")
    if is_taken(session, address, now):
        raise taken()
    user = User(
        id=new_id("usr"),
        email=address.text,
        email_folded=address.folded,
        email_verified_at=now,
        name=clean_name(name or address.text.partition("@")[0], field="name", what="Full name"),
        password_hash=passwords.digest(passwords.accept(password, field="password")),
        password_changed_at=now,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def take_out(session: Session, member: Membership, user: User, now: datetime) -> None:
    """Delete the membership in the caller's transaction, and withdraw what would bring the user back: an invitation
    from before they were a member."""
    session.exec(
        update(Invitation)
        .where(
            col(Invitation.business_id) == member.business_id,
            col(Invitation.email_folded) == user.email_folded,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
    )
    session.delete(member)


def find_business(session: Session, business: str, *, lock: bool = False) -> Business:
    """Return the business with this id or exact name; raise NotFound, or Conflict if two share the name."""
    query = select(Business).where((Business.id == business) | (Business.name == business))
    found = session.exec(locked(query) if lock else query).all()
    if not found:
        raise NotFound(f"No business has the id or name “{business}”.")
    if len(found) > 1:
        raise Conflict(f"{len(found)} businesses are called “{business}”; give the id.")
    return found[0]


def _member(session: Session, business: Business, email: str) -> tuple[Membership, User]:
    address = parse_email(email, field="email")
    found = session.exec(
        select(Membership, User)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.business_id == business.id, User.email_folded == address.folded)
    ).first()
    if found is None:
        raise NotFound(f"{address} is not a member of {business.name}.")
    if found[1].email_verified_at is None:  # an unverified address may belong to someone else than intended
        raise unverified(found[1])
    return found


def unverified(user: User) -> Conflict:
    """The error for an address that is not verified."""
    return Conflict(f"{user.email} is not verified yet. Its account has to verify it first.", field="email")


def keep_an_owner(session: Session, member: Membership) -> None:
    """Raise Conflict if the member is the only owner who can sign in; the caller holds the lock of the business."""
    others = (
        select(Membership.id)
        .join(User, col(User.id) == Membership.user_id)
        .where(
            Membership.business_id == member.business_id,
            Membership.role == Role.OWNER.value,
            Membership.id != member.id,
            col(User.disabled_at).is_(None),
        )
    )
    if member.role == Role.OWNER and session.exec(others).first() is None:
        raise Conflict("This is the last owner who can sign in. Make someone else an owner first.")
