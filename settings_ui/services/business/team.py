"""Members, as owners and admins see and change them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, case, col, func, select

from settings_ui.domain.access import Actor, Capability, Role, allows, require
from settings_ui.domain.errors import Forbidden, NotFound
from settings_ui.domain.membership import assignable, manages, parse_role, require_manages
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Membership, User
from settings_ui.services.business.members import keep_an_owner, take_out
from settings_ui.services.business.requests import TOPIC, open_requests
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

PAGE = 50
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Member:
    """A member; `mine` says that the actor may change them, `self` that it is the actor, `asks_for` names sections they
    recently asked for and may not open."""

    id: str
    name: str
    email: str
    role: Role
    pay_per_call_access: bool
    since: datetime
    disabled: bool
    mine: bool
    self: bool
    asks_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemberPage:
    """A page of the members by role, the roles that the actor may assign, and the number of matching members."""

    members: tuple[Member, ...]
    roles: tuple[Role, ...]
    pay_per_call: bool
    matching: int


class Team:
    """Changes role, Pay Per Call access and membership of others, as far as the actor's role permits."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def see(self, actor: Actor, *, search: str = "", offset: int = 0, limit: int = PAGE, only: str = "") -> MemberPage:
        """Return the members of the actor's business whose name or address contains the text, or the one with the
        id."""
        require(actor, Capability.MANAGE_BUSINESS)
        matching = select(Membership, User).join(User, col(User.id) == Membership.user_id)
        matching = matching.where(Membership.business_id == actor.business_id)
        if words := search.strip()[:LONGEST_SEARCH]:
            name, address = (col(text).icontains(words, autoescape=True) for text in (User.name, User.email))
            matching = matching.where(name | address)
        if only:
            matching = matching.where(Membership.id == only)
        rank = case({role.value: rank for rank, role in enumerate(Role)}, value=col(Membership.role))
        query = matching.order_by(rank, col(Membership.created_at), col(Membership.id)).offset(offset).limit(limit)
        with self._database.read() as session:
            rows = session.exec(query).all()
            count = session.exec(select(func.count()).select_from(matching.subquery())).one()
            home = session.get_one(Business, actor.business_id)
            asked = open_requests(session, home, [member for member, _ in rows], self._clock.now())
        members = tuple(
            Member(
                member.id,
                user.name,
                user.email,
                Role(member.role),
                member.pay_per_call_access,
                member.created_at,
                user.disabled_at is not None,
                manages(actor.role, Role(member.role)),
                user.id == actor.user_id,
                asked[member.id],
            )
            for member, user in rows
        )
        return MemberPage(members, tuple(assignable(actor.role)), home.pay_per_call, count)

    def change_role(self, actor: Actor, member_id: str, role: str) -> Changed[Role]:
        """Change a member's role. Raises Invalid at `role`, Forbidden for someone or a role that is not below the
        actor's own (unless an owner), Conflict for the last owner, NotFound."""
        new = parse_role(role, field="role")
        with self._changing(actor, member_id) as (session, own, member, user):
            require_manages(own, new)
            if member.role != new:
                keep_an_owner(session, member)
                self._note(
                    session,
                    actor,
                    "changed a role",
                    member,
                    before={user.name: member.role},
                    after={user.name: new.value},
                )
                member.role = new.value
        return Changed(new, topics(actor.business_id, user.id))

    def set_access(self, actor: Actor, member_id: str, *, active: bool) -> Changed[None]:
        """Turn a member's Pay Per Call access on or off; raise Forbidden, NotFound."""
        with self._changing(actor, member_id) as (session, _, member, user):
            if member.pay_per_call_access != active:
                member.pay_per_call_access = active
                what = f"turned Pay Per Call {'on' if active else 'off'} for a member"
                self._note(session, actor, what, member, after={"Member": user.name})
        return Changed(None, topics(actor.business_id, user.id))

    def remove(self, actor: Actor, member_id: str) -> Changed[str]:
        """Remove a member and return their name; their account stays. Raises Forbidden, Conflict for the last
        owner, NotFound."""
        with self._changing(actor, member_id) as (session, _, member, user):
            keep_an_owner(session, member)
            self._note(session, actor, "removed a member", member, before={user.name: member.role})
            take_out(session, member, user, self._clock.now())
        return Changed(user.name, topics(actor.business_id, user.id))

    @contextmanager
    def _changing(self, actor: Actor, member_id: str) -> Iterator[tuple[Session, Role, Membership, User]]:
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.write() as session:
            own = role_in_hand(session, actor)
            found = session.exec(
                select(Membership, User)
                .join(User, col(User.id) == Membership.user_id)
                .where(Membership.id == member_id, Membership.business_id == actor.business_id)
            ).first()
            if found is None:
                raise NotFound("This person is no longer a member of the business.")
            member, user = found
            require_manages(own, Role(member.role))
            yield session, own, member, user

    def _note(self, session: Session, actor: Actor, what: str, member: Membership, **sides: dict[str, str]) -> None:
        record(session, TOPIC, what, at=self._clock.now(), actor=actor, about=[member.id], **sides)  # type: ignore[arg-type]


def role_in_hand(session: Session, actor: Actor) -> Role:
    """Lock the actor's business and return their current role: of two members who change each other concurrently, the
    second acts with the role that the first left them. Raises Forbidden if that is not enough to manage anyone."""
    lock_business(session, actor.business_id)
    role = _managing_role(session, actor.business_id, actor.user_id)
    if role is None:
        raise Forbidden
    return role


def still_manages(session: Session, business_id: str, user_id: str, role: Role) -> bool:
    """Whether someone may still assign this role; an invitation must not outlast the right to send it."""
    own = _managing_role(session, business_id, user_id)
    return own is not None and manages(own, role)


def _managing_role(session: Session, business_id: str, user_id: str) -> Role | None:
    """Return the role with which someone manages members of the business now; None if they do not, or are disabled."""
    role = session.exec(
        select(Membership.role)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.user_id == user_id, Membership.business_id == business_id, col(User.disabled_at).is_(None))
    ).first()
    return Role(role) if role and allows(Capability.MANAGE_BUSINESS, Role(role), pay_per_call=False) else None
