"""Support staff, as the operator manages them. No page or route calls this."""

from sqlmodel import Session, col, select

from settings_ui.domain.email_address import parse_email
from settings_ui.domain.errors import Conflict, NotFound
from settings_ui.gateways.ports import Clock
from settings_ui.models import Membership, User
from settings_ui.services.account.addresses import make_way
from settings_ui.services.business.members import new_user, unverified
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import locked


class Staff:
    """Adds and removes support staff. Staff belong to no business, and members cannot be staff."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, email: str, *, name: str = "", password: str | None = None) -> None:
        """Make someone support staff; a new person needs a password. Raises Conflict for a member of a business."""
        address = parse_email(email, field="email")
        now = self._clock.now()
        with self._database.write() as session:
            make_way(session, address, now)
            user = _user(session, address.folded)
            if user is None:
                user = new_user(session, address, name, password, now)
            elif user.email_verified_at is None:
                raise unverified(user)
            elif session.exec(select(Membership.id).where(Membership.user_id == user.id).limit(1)).first():
                raise Conflict(
                    f"{user.email} is a member of a business. Support staff cannot belong to one.", field="email"
                )
            if user.staff_since is None:
                user.staff_since = now
                record(session, "staff", "became support staff", at=now, user_id=user.id, source="operator")

    def remove(self, email: str) -> None:
        """Remove someone from support staff; their account and what they wrote stay. Raises NotFound."""
        address = parse_email(email, field="email")
        with self._database.write() as session:
            user = _user(session, address.folded)
            if user is None or user.staff_since is None:
                raise NotFound(f"{address} is not support staff.")
            user.staff_since = None
            now = self._clock.now()
            record(session, "staff", "is no longer support staff", at=now, user_id=user.id, source="operator")


def _user(session: Session, folded: str) -> User | None:
    return session.exec(locked(select(User).where(col(User.email_folded) == folded))).first()
