"""Row locks shared by features.

PostgreSQL locks the row that a foreign key refers to, against being deleted, when a row that refers to it is written.
None of these locks conflicts with that: nobody changes an id. Otherwise whoever holds a user and records what they did
in a business would wait for whoever holds the business and records what the user did there.
"""

from sqlmodel import Session, select

from settings_ui.models import Business, User


def lock_business(session: Session, business_id: str, *, shared: bool = False) -> Business:
    """Lock the business until the transaction ends and return its current row.

    `shared` allows other shared locks, but no changes.
    """
    held = select(Business).where(Business.id == business_id).with_for_update(read=shared, key_share=not shared)
    return session.exec(held, execution_options={"populate_existing": True}).one()


def lock_user(session: Session, user_id: str) -> User:
    """Lock the user until the transaction ends and return the current row."""
    held = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return session.exec(held, execution_options={"populate_existing": True}).one()
