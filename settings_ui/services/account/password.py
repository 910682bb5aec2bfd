"""The password: changed with the current one, reset through the login email."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from settings_ui.domain import passwords
from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.email_address import fold
from settings_ui.domain.errors import Gone, Invalid, NotFound, TooMany
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import Business, Membership, PasswordReset, User, UserSession
from settings_ui.services.account.addresses import who_verified
from settings_ui.services.account.reauthentication import Reauthentication, refuse_changed
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_user
from settings_ui.services.kit.mail import enqueue

RESET = "password-reset"
RESET_PATH = "/auth/reset-password"
GOOD_FOR = timedelta(hours=1)
FIRST_GOOD_FOR = timedelta(days=7)
PER_ACCOUNT = Limit(times=3, within_s=60 * 60)
PER_NETWORK = Limit(times=20, within_s=60 * 60)
SAME = "This is already your password. Choose a different one."


class Password:
    """Changing and resetting one's own password."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links
        self._reauthentication = reauthentication

    def change(self, actor: Actor, current: str, new: str) -> Changed[None]:
        """Set a new password, end the actor's other sessions, and send an email about it.

        Raises Invalid at `password` (the current one is wrong) or `new_password` (not acceptable), Conflict if it was
        changed elsewhere at the same time, Unauthenticated if the session ends meanwhile.
        """
        require(actor, Capability.EDIT_OWN_PROFILE)
        with self._database.read() as session:
            own = _known_of(session, actor.user_id)
        passwords.accept(new, field="new_password", own=own)
        confirmed = self._reauthentication.confirm(actor, current, field="password")
        if passwords.same(new, current):
            raise Invalid(SAME, field="new_password")
        hashed = passwords.digest(new)
        with self._database.write() as session:
            user = lock_user(session, actor.user_id)
            refuse_changed(session, actor, user, confirmed)
            self._set(session, user, hashed, keep=actor.session_id, actor=actor)
        return Changed(None, frozenset({user_topic(actor.user_id)}))

    def ask_for_reset(self, email: str, network: str) -> None:
        """Send a link to set a new password if this is the verified address of an account, which may belong to no
        business any more: an invitation may bring it back. An unverified address may belong to a stranger. The caller
        must not reveal which it is.

        Beyond three an hour per account and twenty per network nothing is sent; raises TooMany only for the network.
        """
        folded = fold(email[:320])
        if wait_s := take(self._limiter, PER_NETWORK, "password-reset-network", network):
            raise TooMany("Too many requests from your network. Try again later.", retry_after_s=wait_s, field="email")
        if take(self._limiter, PER_ACCOUNT, "password-reset", folded):
            return
        now = self._clock.now()
        with self._database.write() as session:
            user = who_verified(session, folded)
            if user is None:
                return
            reset = PasswordReset(id=new_id("rst"), user_id=user.id, created_at=now)
            session.add(reset)
            enqueue(
                session,
                now,
                user.email,
                "Set a new password",
                f"Hello {user.name},\n\nSomeone asked to set a new password for {user.email}. If that was you:\n\n"
                f"{self._links.url(RESET_PATH, RESET, reset.id)}\n\n"
                "The link works once and expires after an hour. If it was not you, ignore this email: your "
                "password stays the same.\n",
            )

    def reset(self, token: str, new: str) -> Changed[None]:
        """Set a new password with an emailed link; ends all sessions and other links.

        Raises NotFound for a link that we did not sign, Gone when it was used or is over an hour old, Invalid at
        `new_password`; a refused password keeps the link valid.
        """
        subject = self._links.subject(RESET, token)
        with self._database.read() as session:
            reset = self._usable(session, subject)
            own = _known_of(session, reset.user_id)
        passwords.accept(new, field="new_password", own=own)
        hashed = passwords.digest(new)
        with self._database.write() as session:
            reset = self._usable(session, subject)
            user = lock_user(session, reset.user_id)
            session.refresh(reset)
            self._refuse_used(reset)
            self._set(session, user, hashed, keep=None)
        return Changed(None, frozenset({user_topic(user.id)}))

    def _set(self, session: Session, user: User, hashed: str, *, keep: str | None, actor: Actor | None = None) -> None:
        now = self._clock.now()
        user.password_hash, user.password_changed_at = hashed, now
        session.exec(
            update(UserSession)
            .where(
                col(UserSession.user_id) == user.id,
                col(UserSession.ended_at).is_(None),
                col(UserSession.id) != (keep or ""),
            )
            .values(ended_at=now)
        )
        session.exec(
            update(PasswordReset)
            .where(col(PasswordReset.user_id) == user.id, col(PasswordReset.used_at).is_(None))
            .values(used_at=now)
        )
        record(
            session,
            "profile",
            "changed their password",
            at=now,
            actor=actor,
            user_id=user.id,
            source="web" if actor else "mail link",
        )
        enqueue(
            session,
            now,
            user.email,
            "Your password was changed",
            f"Hello {user.name},\n\n"
            f"The password of {user.email} was changed, and every other browser was signed out.\n\n"
            "If this was not you, set a new password now:\n\n"
            f"{self._links.address('/forgot-password')}\n",
        )

    def _usable(self, session: Session, subject: str) -> PasswordReset:
        reset = session.get(PasswordReset, subject)
        if reset is None:
            raise NotFound
        self._refuse_used(reset)
        return reset

    def _refuse_used(self, reset: PasswordReset) -> None:
        if reset.used_at:
            raise Gone(
                "This link was already used, or the password or email was changed since. Request a "
                "new one if you need it."
            )
        if self._clock.now() > (reset.good_until or reset.created_at + GOOD_FOR):
            raise Gone(f"This link expired after {'7 days' if reset.good_until else 'an hour'}. Request a new one.")


def first_password_link(session: Session, links: Links, user: User, now: datetime) -> str:
    """Return the single-use link with which the user of a newly created account sets a password, valid for 7 days."""
    reset = PasswordReset(id=new_id("rst"), user_id=user.id, created_at=now, good_until=now + FIRST_GOOD_FOR)
    session.add(reset)
    return links.url(RESET_PATH, RESET, reset.id)


def _known_of(session: Session, user_id: str) -> list[str]:
    """Return what others know about a user and would try first."""
    user = session.get_one(User, user_id)
    homes = session.exec(
        select(Business.name)
        .join(Membership, col(Membership.business_id) == Business.id)
        .where(Membership.user_id == user_id)
    ).all()
    return [user.name, user.email, *homes]
