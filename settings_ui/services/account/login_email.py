"""The login email: changed immediately, verified through the new address, reverted through the old one."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.durations import wait_in_words
from settings_ui.domain.email_address import EmailAddress, masked, parse_email
from settings_ui.domain.errors import Conflict, Gone, NotFound, TooMany
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import EmailChange, User, UserSession
from settings_ui.services.account.addresses import GOOD_FOR, drop_resets, is_taken, make_way, taken
from settings_ui.services.account.reauthentication import Reauthentication, refuse_changed
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_user, locked
from settings_ui.services.kit.mail import enqueue

VERIFY, REVERT = "email-verify", "email-revert"
VERIFY_PATH, REVERT_PATH = "/email/verify", "/email/revert"
TRIES = Limit(times=5, within_s=60 * 60)
TOPIC = "profile"


class LoginEmail:
    """Changing one's own login email, and the links in emails about it."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links
        self._reauthentication = reauthentication

    def change(self, actor: Actor, email: str, password: str) -> Changed[str]:
        """Set the login email, unverified, and email both addresses; return it as shown.

        An address that another account never verified is free; that account gets its last verified one back.
        Raises Invalid at `email` or `password`, Conflict at `email` if it is the same or taken, TooMany after five
        attempts with the right password in an hour, so that nobody can probe which addresses have accounts,
        Unauthenticated if the session ends meanwhile.
        """
        require(actor, Capability.EDIT_OWN_PROFILE)
        address = parse_email(email, field="email")
        confirmed = self._reauthentication.confirm(actor, password, field="password")
        if wait_s := take(self._limiter, TRIES, "email-change", actor.user_id):
            raise TooMany(
                f"You can try five times an hour. Try again in {wait_in_words(wait_s)}.",
                retry_after_s=wait_s,
                field="email",
            )
        try:
            with self._database.write() as session:
                return self._switch(session, actor, address, confirmed)
        except IntegrityError:  # someone else took it between our check and our write
            raise taken() from None

    def send_verification(self, actor: Actor) -> None:
        """Resend the verification link of an unverified login email, at most five times an hour."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        if wait_s := take(self._limiter, TRIES, "email-verification", actor.user_id):
            raise TooMany(
                "We already sent five emails. Check your spam folder, or try again in an hour.", retry_after_s=wait_s
            )
        with self._database.write() as session:
            user = session.get_one(User, actor.user_id)
            if user.email_verified_at:
                raise Conflict("This address is already verified.")
            self._ask_to_verify(session, user, self._clock.now())

    def look_at_verify(self, token: str) -> str:
        """Return the address that `verify` would verify; raise what it would raise."""
        with self._database.read() as session:
            return self._verifiable(session, token).email

    def verify(self, token: str) -> Changed[str]:
        """Mark the link's address as verified and return it; raise NotFound, or Gone when used or not current."""
        now = self._clock.now()
        with self._database.write() as session:
            user = self._verifiable(session, token)
            user.email_verified_at = now
            record(session, TOPIC, "verified their email", at=now, user_id=user.id, source="mail link")
        return Changed(user.email, frozenset({user_topic(user.id)}))

    def look_at_revert(self, token: str) -> EmailChange:
        """Return the change that `revert` would undo; raise what it would raise."""
        with self._database.read() as session:
            return self._revertable(session, token)[0]

    def revert(self, token: str) -> Changed[EmailChange]:
        """Restore the old address of the account, even if it was changed again since.

        Ends the sessions that made this change or later ones, and all sessions started since; invalidates password
        reset links sent to the removed address; later changes can no longer be reverted.
        Raises NotFound for a link that we did not sign, Gone when it was used or is older than 7 days, Conflict if
        the address has another account by now.
        """
        try:
            with self._database.write() as session:
                return self._switch_back(session, token)
        except IntegrityError:
            raise Conflict("Another account uses this address now. Contact support.") from None

    def _switch_back(self, session: Session, token: str) -> Changed[EmailChange]:
        now = self._clock.now()
        change, user = self._revertable(session, token)
        gone = make_way(session, EmailAddress(change.old_email, change.old_folded), now, but_by=user.id)
        before, user.email, user.email_folded = user.email, change.old_email, change.old_folded
        user.email_verified_at = now  # opening the link proves access to this address
        undone = [
            col(EmailChange.user_id) == user.id,
            col(EmailChange.created_at) >= change.created_at,
            col(EmailChange.reverted_at).is_(None),
        ]
        makers = session.exec(select(EmailChange.session_id).where(*undone)).all()
        session.exec(update(EmailChange).where(*undone).values(reverted_at=now))
        session.exec(
            update(UserSession)
            .where(
                col(UserSession.user_id) == user.id,
                col(UserSession.ended_at).is_(None),
                (col(UserSession.created_at) >= change.created_at) | col(UserSession.id).in_(makers),
            )
            .values(ended_at=now)
        )
        drop_resets(session, user.id, now)
        record(
            session,
            TOPIC,
            "reverted a change of email",
            at=now,
            user_id=user.id,
            source="mail link",
            before={"Login email": masked(before)},
            after={"Login email": masked(user.email)},
        )
        self._tell_dropped_address(session, user, before, now)
        return Changed(change, frozenset({user_topic(user.id)}) | gone)

    def _switch(self, session: Session, actor: Actor, address: EmailAddress, confirmed: str) -> Changed[str]:
        now = self._clock.now()
        user = lock_user(session, actor.user_id, and_holder_of=address.folded)
        refuse_changed(session, actor, user, confirmed)
        if user.email_folded == address.folded:
            raise Conflict("You already sign in with this address.", field="email")
        gone = make_way(session, address, now, but_by=user.id)
        if is_taken(session, address, now, but_by=user.id):
            raise taken()
        change = EmailChange(
            id=new_id("emc"),
            user_id=user.id,
            session_id=actor.session_id,
            old_email=user.email,
            old_folded=user.email_folded,
            new_email=address.text,
            new_folded=address.folded,
            old_verified_at=user.email_verified_at,
            created_at=now,
        )
        session.add(change)
        record(
            session,
            TOPIC,
            "changed their login email",
            at=now,
            actor=actor,
            before={"Login email": masked(user.email)},
            after={"Login email": masked(address.text)},
        )
        user.email, user.email_folded, user.email_verified_at = address.text, address.folded, None
        drop_resets(session, user.id, now)
        session.flush()
        self._tell_old_address(session, user, change, now)
        self._ask_to_verify(session, user, now)
        return Changed(user.email, frozenset({user_topic(user.id)}) | gone)

    def _verifiable(self, session: Session, token: str) -> User:
        user_id, _, folded = self._links.subject(VERIFY, token).partition(" ")
        user = session.exec(locked(select(User).where(User.id == user_id))).first()
        if user is None:
            raise NotFound
        if user.email_folded != folded:
            raise Gone("This is no longer the login email. There is nothing to verify.")
        if user.email_verified_at:
            raise Gone("This address is already verified. There is nothing left to do.")
        return user

    def _revertable(self, session: Session, token: str) -> tuple[EmailChange, User]:
        change_id, _, pair = self._links.subject(REVERT, token).partition(" ")
        change = session.get(EmailChange, change_id)
        if change is None or pair != f"{change.old_folded} {change.new_folded}":
            raise NotFound
        user = lock_user(session, change.user_id, and_holder_of=change.old_folded)
        session.refresh(change)
        if change.reverted_at:
            raise Gone("This link was already used, or an earlier address was restored since. It no longer works.")
        if self._clock.now() > change.created_at + GOOD_FOR:
            raise Gone("This link expired after 7 days. If you have lost access to your account, contact support.")
        if user.email_folded == change.old_folded:
            raise Gone("This is already the login email again. There is nothing to restore.")
        return change, user

    def _tell_old_address(self, session: Session, user: User, change: EmailChange, now: datetime) -> None:
        subject = f"{change.id} {change.old_folded} {change.new_folded}"
        enqueue(
            session,
            now,
            change.old_email,
            "Your login email was changed",
            f"Hello {user.name},\n\nYour login email is now {change.new_email}.\n"
            f"{change.old_email} no longer signs in.\n\n"
            "If this was you, there is nothing to do. If not, restore your old login email and set a new password:\n\n"
            f"{self._links.url(REVERT_PATH, REVERT, subject)}\n\nThe link works once and expires after 7 days.\n",
        )

    def _tell_dropped_address(self, session: Session, user: User, dropped: str, now: datetime) -> None:
        enqueue(
            session,
            now,
            dropped,
            "Your login email was restored",
            f"Hello {user.name},\n\nYour login email is {user.email} again, restored by a link that we emailed "
            f"there.\n{dropped} no longer signs in.\n",
        )

    def _ask_to_verify(self, session: Session, user: User, now: datetime) -> None:
        enqueue(
            session,
            now,
            user.email,
            "Verify your login email",
            # Without the name, since users could otherwise send strangers any text through us.
            f"Hello,\n\n{user.email} is now the login email of a Switchboard account. Verify that it is yours:\n\n"
            f"{self._links.url(VERIFY_PATH, VERIFY, f'{user.id} {user.email_folded}')}\n\n"
            "If you do not have an account, ignore this email.\n",
        )
