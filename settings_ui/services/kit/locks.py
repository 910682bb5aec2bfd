"""Row locks that features share."""

from sqlmodel import Session, select

from settings_ui.models import Business, User


def lock_business(session: Session, business_id: str, *, shared: bool = False) -> Business:
    """Lock the business until the transaction ends and return it as it is now.

    `shared` lets others lock it in the same way meanwhile, but nobody change it.
    """
    held = select(Business).where(Business.id == business_id).with_for_update(read=shared)
    return session.exec(held, execution_options={"populate_existing": True}).one()


def lock_user(session: Session, user_id: str) -> User:
    """Lock the user until the transaction ends and return them as they are now."""
    held = select(User).where(User.id == user_id).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()
