"""Emails about a payout destination."""

from datetime import datetime

from sqlmodel import Session

from settings_ui.domain import payout
from settings_ui.domain.times import spoken
from settings_ui.models import Business, PayoutDestination, User
from settings_ui.services.account.addresses import addresses_of
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.mail import enqueue

CANCEL, CONFIRM = "payout-cancel", "payout-confirm"
CANCEL_PATH, CONFIRM_PATH = "/payouts/cancel", "/payouts/confirm"


def mail_saved(
    session: Session,
    links: Links,
    user: User,
    business: Business,
    saved: PayoutDestination,
    current: PayoutDestination | None,
    now: datetime,
) -> None:
    """Tell the login address, with a cancel link, and ask the new PayPal address to confirm. While a change of the
    login address can still be reverted, the previous one is told too, since a thief would change it first."""
    if current is None:
        what = f"From now on, your payouts from {business.name} go to {saved.email}."
    else:
        when = spoken(saved.effective_at, business.time_zone)
        what = f"From {when}, your payouts from {business.name} go to\n{saved.email}."
        what += f" Until then, they go to {current.email}."
    until = spoken(payout.cancellable_until(saved), business.time_zone)
    for address in addresses_of(session, user, now):
        enqueue(
            session,
            now,
            address,
            f"Your PayPal email for {business.name} was {'changed' if current else 'saved'}",
            f"Hello {user.name},\n\n{what}\n\n"
            "If this was you, there is nothing to do. If not, cancel it here, then change your password:\n\n"
            f"{links.url(CANCEL_PATH, CANCEL, saved.id)}\n\n"
            f"The link works until {until}.\n",
        )
    mail_confirmation(session, links, saved, business, now)


def mail_confirmation(
    session: Session, links: Links, saved: PayoutDestination, business: Business, now: datetime
) -> None:
    """Ask the owner of a PayPal address to confirm it."""
    enqueue(
        session,
        now,
        saved.email,
        f"Confirm this PayPal email for payouts from {business.name}",
        f"Hello,\n\nA member of {business.name} asked for payouts to go to this PayPal address,\n"
        f"{saved.email}. If that is you, confirm it:\n\n"
        f"{links.url(CONFIRM_PATH, CONFIRM, f'{saved.id} {now.timestamp():.0f}')}\n\n"
        "The link expires after 7 days. If it is not you, there is nothing to do.\n",
    )
