"""Who owns a login email: an account that has verified it, or may still restore it.

An address that was only typed, never verified, reserves nothing.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from settings_ui.domain.email_address import EmailAddress, masked
from settings_ui.domain.errors import Conflict
from settings_ui.models import EmailChange, PasswordReset, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import user_topic
from settings_ui.services.kit.locks import locked
from settings_ui.services.kit.mail import enqueue

GOOD_FOR = timedelta(days=7)
"""How long a change can be reverted from the old address."""


def is_taken(session: Session, address: EmailAddress, now: datetime, *, but_by: str = "") -> bool:
    """Whether an account owns the address, or had verified it and may still restore it.

    That is for seven days after a change, and as long as the new address is not verified. `but_by` is the asking user,
    whose own addresses do not count.
    """
    has = select(User.id).where(User.email_folded == address.folded, User.id != but_by)
    unproven = select(User.id).where(User.id == EmailChange.user_id, col(User.email_verified_at).is_(None)).exists()
    may_return = select(EmailChange.id).where(
        EmailChange.old_folded == address.folded,
        EmailChange.user_id != but_by,
        col(EmailChange.old_verified_at).is_not(None),
        col(EmailChange.reverted_at).is_(None),
        (col(EmailChange.created_at) >= now - GOOD_FOR) | unproven,
    )
    return session.exec(has).first() is not None or session.exec(may_return.limit(1)).first() is not None


def who_verified(session: Session, folded: str) -> User | None:
    """Return the enabled user whose verified login email this is."""
    has = (User.email_folded == folded, col(User.email_verified_at).is_not(None), col(User.disabled_at).is_(None))
    return session.exec(select(User).where(*has)).first()


def addresses_of(session: Session, user: User, now: datetime) -> list[str]:
    """Return where to email a user about account security: the login email, and each verified one that may still be
    restored, since whoever changed it may not be the owner."""
    before = select(EmailChange).where(
        EmailChange.user_id == user.id,
        col(EmailChange.old_verified_at).is_not(None),
        col(EmailChange.reverted_at).is_(None),
        col(EmailChange.created_at) >= now - GOOD_FOR,
    )
    changes = session.exec(before.order_by(col(EmailChange.created_at))).all()
    earlier = {change.old_folded: change.old_email for change in changes}
    return list((earlier | {user.email_folded: user.email}).values())


def taken() -> Conflict:
    """The error for an address that is taken."""
    return Conflict("Another account uses this address. Use a different one.", field="email")


def make_way(session: Session, address: EmailAddress, now: datetime, *, but_by: str = "") -> frozenset[str]:
    """Take an address from an account that never verified it, and return the topics to publish.

    The caller holds the lock of `but_by` and, in one order, of whoever has the address (`lock_user`). That account gets
    back its last verified address, and is told there. An account that never verified any keeps the
    address that it was created with.
    """
    has = (User.email_folded == address.folded, User.id != but_by, col(User.email_verified_at).is_(None))
    holder = session.exec(locked(select(User).where(*has))).first()
    if holder is None:
        return frozenset()
    proven = (EmailChange.user_id == holder.id, col(EmailChange.old_verified_at).is_not(None))
    back = session.exec(
        select(EmailChange)
        .where(*proven, col(EmailChange.reverted_at).is_(None))
        .order_by(col(EmailChange.created_at).desc())
        .limit(1)
    ).first()
    if back is None:
        return frozenset()
    dropped = holder.email
    holder.email, holder.email_folded, holder.email_verified_at = back.old_email, back.old_folded, back.old_verified_at
    session.exec(
        update(EmailChange)
        .where(
            col(EmailChange.user_id) == holder.id,
            col(EmailChange.created_at) >= back.created_at,
            col(EmailChange.reverted_at).is_(None),
        )
        .values(reverted_at=now)
    )
    drop_resets(session, holder.id, now)
    session.flush()
    record(
        session,
        "profile",
        "got their verified email back",
        at=now,
        user_id=holder.id,
        source="another account",
        before={"Login email": masked(dropped)},
        after={"Login email": masked(holder.email)},
    )
    enqueue(
        session,
        now,
        holder.email,
        "Your login email was restored",
        f"Hello {holder.name},\n\nYou never verified {dropped}, and it now belongs to another account.\n"
        f"Sign in with {holder.email} again.\n",
    )
    return frozenset({user_topic(holder.id)})


def drop_resets(session: Session, user_id: str, now: datetime) -> None:
    """Invalidate password reset links: they were sent to an address that no longer belongs to the account."""
    session.exec(
        update(PasswordReset)
        .where(col(PasswordReset.user_id) == user_id, col(PasswordReset.used_at).is_(None))
        .values(used_at=now)
    )
