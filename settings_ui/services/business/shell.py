"""The frame of every page: the user, the business, and the user's other businesses."""

from dataclasses import dataclass

from sqlmodel import col, select, update

from settings_ui.domain.access import Actor, Capability, Role
from settings_ui.domain.errors import NotFound
from settings_ui.domain.money import Money
from settings_ui.models import Business, Membership, User, UserSession
from settings_ui.services.billing.ledger import balance_of
from settings_ui.services.kit.database import Database


@dataclass(frozen=True)
class Home:
    """A business that the user belongs to."""

    id: str
    name: str
    role: Role
    time_zone: str
    region: str
    pay_per_call: bool


@dataclass(frozen=True)
class Surroundings:
    """The user, the business of this window, and all businesses they can switch to."""

    name: str
    email: str
    verified: bool
    avatar: str | None
    current: Home
    homes: tuple[Home, ...]
    balance: Money | None
    """Set only for those who may see it."""


class Shell:
    """Reads the surroundings and switches the business."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def see(self, actor: Actor) -> Surroundings:
        """Return what the shell shows; raise NotFound if the actor is no longer a member."""
        query = (
            select(User, Membership, Business)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Business, col(Business.id) == Membership.business_id)
            .where(User.id == actor.user_id)
            .order_by(col(Membership.created_at), col(Membership.id))
        )
        with self._database.read() as session:
            rows = session.exec(query).all()
            balance = None
            if actor.may(Capability.MANAGE_BILLING):
                currency = next((home.currency for *_, home in rows if home.id == actor.business_id), "USD")
                balance = balance_of(session, actor.business_id, currency)
        homes = tuple(
            Home(home.id, home.name, Role(member.role), home.time_zone, home.region, home.pay_per_call)
            for _, member, home in rows
        )
        current = next((home for home in homes if home.id == actor.business_id), None)
        if current is None:
            raise NotFound
        user = rows[0][0]
        return Surroundings(
            user.name, user.email, user.email_verified_at is not None, user.avatar, current, homes, balance
        )

    def switch(self, actor: Actor, business_id: str) -> None:
        """Make the business the one that new windows of this session open in; raise NotFound if it is not theirs."""
        with self._database.write() as session:
            member = session.exec(
                select(Membership.id).where(Membership.user_id == actor.user_id, Membership.business_id == business_id)
            ).first()
            if member is None:
                raise NotFound
            session.exec(
                update(UserSession).where(col(UserSession.id) == actor.session_id).values(business_id=business_id)
            )
