"""Row locks shared by features."""

from sqlmodel import Session, select

from settings_ui.models import Business, User


def lock_business(session: Session, business_id: str, *, shared: bool = False) -> Business:
    """Lock the business until the transaction ends and return its current row.

    `shared` allows other shared locks, but no changes.
    """
    held = select(Business).where(Business.id == business_id).with_for_update(read=shared)
    return session.exec(held, execution_options={"populate_existing": True}).one()


def lock_user(session: Session, user_id: str) -> User:
    """Lock the user until the transaction ends and return the current row."""
    held = select(User).where(User.id == user_id).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()
