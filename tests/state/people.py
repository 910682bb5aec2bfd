"""Users, their memberships, and the cookies of their browsers."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel, delete, select, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.ids import new_id
from settings_ui.models import Business, Membership, PayoutDestination, User
from settings_ui.services.kit.database import Database
from tests.support import FakeClock, add_business, add_user, join, open_session
from tests.tickets import add_staff


@dataclass(frozen=True)
class Person:
    """A user, the business they were added to, and the cookie of a browser in which they are signed in."""

    user_id: str
    business_id: str
    cookie: str


class People:
    """Creates users and changes their memberships."""

    def __init__(self, services: Services, clock: FakeClock) -> None:
        self._services = services
        self._clock = clock

    def member(self, role: Role, business_id: str = "", *, pay_per_call: bool = True, access: bool = True) -> Person:
        """Return a new signed-in user with this role, in a new business unless one is given."""
        business_id = business_id or add_business(self._services, pay_per_call=pay_per_call)
        user_id = add_user(self._services)
        join(self._services, user_id, business_id, role, access=access)
        return Person(user_id, business_id, open_session(self._services, user_id, self._clock, business_id))

    def staff(self) -> str:
        """Return the cookie of a new support staff account."""
        return add_staff(self._services, self._clock, "")[1]

    def sign_in(self, person: Person) -> str:
        """Sign the person in with another browser and return its cookie."""
        return open_session(self._services, person.user_id, self._clock, person.business_id)

    def set_role(self, person: Person, role: Role) -> None:
        """Change the person's role in their business."""
        with self._services.database.write() as session:
            session.exec(update(Membership).where(_membership(person)).values(role=role.value))

    def remove(self, person: Person) -> None:
        """Remove the person from their business."""
        with self._services.database.write() as session:
            session.exec(delete(Membership).where(_membership(person)))

    def disable(self, person: Person) -> None:
        """Disable the account."""
        with self._services.database.write() as session:
            session.exec(update(User).where(User.id == person.user_id).values(disabled_at=self._clock.now()))

    def switch_pay_per_call(self, person: Person, *, active: bool) -> None:
        """Switch the add-on of the person's business on or off."""
        with self._services.database.write() as session:
            session.exec(update(Business).where(Business.id == person.business_id).values(pay_per_call=active))

    def save_destination(self, person: Person, email: str) -> str:
        """Insert a PayPal email that is in force and return its id."""
        now = self._clock.now()
        with self._services.database.write() as session:
            saved = PayoutDestination(
                id=new_id("pay"),
                business_id=person.business_id,
                user_id=person.user_id,
                email=email,
                email_folded=email,
                created_at=now,
                effective_at=now,
            )
            session.add(saved)
        return saved.id


class Writes:
    """Detects any write to a SQLite database, through any connection."""

    def __init__(self, database: Database) -> None:
        self._watching = sqlite3.connect(str(database.engine.url.database), check_same_thread=False)
        self._seen = self._version()

    def happened(self) -> bool:
        """Whether there was a write since the last call."""
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def close(self) -> None:
        """Stop watching."""
        self._watching.close()

    def _version(self) -> int:
        return int(self._watching.execute("PRAGMA data_version").fetchone()[0])


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, without the sum of counts that a look at Qualified Calls begins."""
    with database.read() as session:
        return {
            table.name: sorted(
                map(tuple, session.execute(select(*(c for c in table.columns if c.name != "recent_since")))), key=str
            )
            for table in SQLModel.metadata.sorted_tables
            if table.name != "recent_durations"
        }


def _membership(person: Person) -> Any:
    return (Membership.user_id == person.user_id) & (Membership.business_id == person.business_id)
