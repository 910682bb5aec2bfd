"""Emails about money, to those who can act on them."""

from datetime import datetime

from sqlmodel import Session, col, select

from settings_ui.domain.access import Capability, Grant, roles_with
from settings_ui.domain.notices import Notice
from settings_ui.models import Business, Membership, User
from settings_ui.services.account.notices import wants
from settings_ui.services.kit.mail import enqueue


def tell(session: Session, business_id: str, subject: str, body: str, *, at: datetime, link: str) -> None:
    """Queue an email to the owners and admins of a business who want such emails, in the caller's transaction."""
    roles = [role.value for role in roles_with(Capability.MANAGE_BILLING, Grant.YES)]
    name = session.get_one(Business, business_id).name
    query = (
        select(User.email)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            Membership.business_id == business_id,
            col(Membership.role).in_(roles),
            col(User.disabled_at).is_(None),
            wants(Notice.BILLING),
        )
    )
    for email in session.exec(query):
        enqueue(session, at, email, f"{name}: {subject}", f"{body}\n\nBilling of {name}: {link}\n")
