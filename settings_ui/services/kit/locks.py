"""Row locks shared by features.

PostgreSQL locks the row that a foreign key refers to, against being deleted, when a row that refers to it is written.
None of these locks conflicts with that: nobody changes an id. Otherwise whoever holds a user and records what they did
in a business would wait for whoever holds the business and records what the user did there.
"""

from typing import Any, TypeVar

from sqlalchemy import Select
from sqlmodel import Session, col, select

from settings_ui.models import Business, User

Q = TypeVar("Q", bound=Select[Any])


def locked(query: Q, *, shared: bool = False) -> Q:
    """Return the query such that it locks its rows until the transaction ends, and returns them as they are then.

    `shared` allows other shared locks, but no changes.
    """
    return query.with_for_update(read=shared, key_share=not shared).execution_options(populate_existing=True)


def lock_business(session: Session, business_id: str, *, shared: bool = False) -> Business:
    """Lock the business and return its current row."""
    return session.exec(locked(select(Business).where(Business.id == business_id), shared=shared)).one()


def lock_user(session: Session, user_id: str, *, and_holder_of: str | None = None) -> User:
    """Lock the user and return the current row; with them, whoever else has this login email, folded.

    In id order, so that two who take each other's do not wait for each other.
    """
    wanted = col(User.id) == user_id
    if and_holder_of is not None:
        wanted |= col(User.email_folded) == and_holder_of
    held = session.exec(locked(select(User).where(wanted).order_by(col(User.id)))).all()
    return next(user for user in held if user.id == user_id)
