"""Emailed sign-in links, with which strangers' guesses do not count against the right password."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.email_address import fold
from settings_ui.domain.errors import DomainError, TooMany
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import User, UserSession
from settings_ui.services.account.addresses import who_verified
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.mail import enqueue

LINK, LINK_PATH = "sign-in-link", "/auth/sign-in-link"
GOOD_FOR = timedelta(hours=1)
PER_ACCOUNT = Limit(times=3, within_s=60 * 60)
PER_NETWORK = Limit(times=20, within_s=60 * 60)


class SignInLink:
    """Sends the link, and checks whose it is."""

    def __init__(self, database: Database, clock: Clock, limiter: Limiter, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links

    def ask(self, email: str, network: str) -> None:
        """Send a link if this is the verified address of an account. The caller must not reveal which it is.

        Beyond three an hour per account and twenty per network nothing is sent; raises TooMany only for the network.
        """
        folded = fold(email[:320])
        if wait_s := take(self._limiter, PER_NETWORK, "sign-in-link-network", network):
            raise TooMany("Too many requests from your network. Try again later.", retry_after_s=wait_s, field="email")
        if take(self._limiter, PER_ACCOUNT, "sign-in-link", folded):
            return
        now = self._clock.now()
        with self._database.write() as session:
            user = who_verified(session, folded)
            if user is None:
                return
            subject = f"{user.id} {_last_session(session, user)} {int((now + GOOD_FOR).timestamp())}"
            enqueue(
                session,
                now,
                user.email,
                "Your sign-in link",
                f"Hello {user.name},\n\nThis link lets you sign in with your password even while someone else is "
                f"guessing it:\n\n{self._links.url(LINK_PATH, LINK, subject)}\n\n"
                "It works for one sign-in, together with your password, and expires after an hour. If you did not ask "
                "for it, ignore this email.\n",
            )

    def opens(self, session: Session, user: User, token: str) -> bool:
        """Whether the link is this user's and at most an hour old, and the user has not signed in since it was
        requested."""
        try:
            owner, _, rest = self._links.subject(LINK, token).partition(" ")
        except DomainError:
            return False
        last, _, until = rest.rpartition(" ")
        in_time = until.isdigit() and self._clock.now() <= datetime.fromtimestamp(int(until), self._clock.now().tzinfo)
        return owner == user.id and last == _last_session(session, user) and in_time


def _last_session(session: Session, user: User) -> str:
    """Return the id of the newest session; a newer one invalidates the link."""
    newest = (col(UserSession.created_at).desc(), col(UserSession.id).desc())
    return session.exec(select(UserSession.id).where(UserSession.user_id == user.id).order_by(*newest)).first() or "-"
