"""Confirming the current password before actions that a stolen session must not perform."""

from sqlmodel import Session, col, select

from settings_ui.domain import passwords
from settings_ui.domain.access import Actor
from settings_ui.domain.durations import wait_in_words
from settings_ui.domain.errors import Conflict, Invalid, TooMany, Unauthenticated
from settings_ui.gateways.ports import Limit, Limiter
from settings_ui.models import User, UserSession
from settings_ui.services.kit.database import Database

TRIES = Limit(times=10, within_s=15 * 60)


class Reauthentication:
    """Checks a password against the actor's own; wrong ones are counted."""

    def __init__(self, database: Database, limiter: Limiter) -> None:
        self._database = database
        self._limiter = limiter

    def confirm(self, actor: Actor, password: str, *, field: str) -> str:
        """Return the hash that the actor's password was compared with, for `refuse_changed` in the transaction that
        follows; raise Invalid at `field` for a wrong one, TooMany after 10 in 15 minutes."""
        return self.confirm_of(actor.user_id, password, field=field)

    def confirm_of(self, user_id: str, password: str, *, field: str) -> str:
        """Do the same for an account that nobody is signed in to."""
        key = ("password", user_id)
        if not password:
            raise Invalid("Enter your current password.", field=field)
        if not self._limiter.count(
            TRIES, *key
        ):  # before the password is checked, so that concurrent attempts are not free
            wait_s = max(1, self._limiter.wait_s(TRIES, *key))
            wait = wait_in_words(wait_s)
            raise TooMany(f"Too many wrong passwords. Try again in {wait}.", retry_after_s=wait_s, field=field)
        with self._database.read() as session:
            stored = session.exec(select(User.password_hash).where(User.id == user_id)).one()
        if not passwords.matches(password, stored):
            raise Invalid("This is not your current password.", field=field)
        self._limiter.forget(TRIES, *key)
        return stored


def refuse_changed(session: Session, actor: Actor, user: User, confirmed: str) -> None:
    """Raise Conflict if the password was changed since it was confirmed: a change locks out everyone who knew the
    old one. Raise Unauthenticated if the actor's session has ended since: whoever ended it meant to stop this."""
    if user.password_hash != confirmed:
        raise Conflict("Your password was just changed elsewhere. Nothing was changed here.")
    going_on = (col(UserSession.id) == actor.session_id, col(UserSession.ended_at).is_(None))
    if session.exec(select(UserSession.id).where(*going_on)).first() is None:
        raise Unauthenticated("You were just signed out. Nothing was changed.")
