"""The links in payout emails. They need no sign-in: whoever reads the address has the link."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, select

from settings_ui.domain import payout
from settings_ui.domain.email_address import masked
from settings_ui.domain.errors import Forbidden, Gone, NotFound
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, PayoutDestination
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.payouts.mail import CANCEL, CONFIRM
from settings_ui.services.payouts.service import TOPIC, cancel_in, history, topics_of


@dataclass(frozen=True)
class LinkedDestination:
    """What a link is about: its destination, the one in force without it, and the business."""

    email: str
    otherwise: str | None
    business: str


class PayoutLinks:
    """Cancelling and confirming by email link. Each has a look-up for the page that asks before acting: mail
    scanners open links, so opening one must change nothing."""

    def __init__(self, database: Database, clock: Clock, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._links = links

    def look_at_cancel(self, token: str, signed_in_as: str | None) -> LinkedDestination:
        """Return what `cancel` would cancel; raise what it would raise."""
        with self._database.read() as session:
            return self._linked(session, self._cancellable(session, token, signed_in_as))

    def cancel(self, token: str, signed_in_as: str | None) -> Changed[LinkedDestination]:
        """Cancel the link's destination.

        Raises NotFound for a link that we did not sign, Gone when it was used or its 72 hours are over, Forbidden
        when somebody else is signed in in this browser.
        """
        with self._database.write() as session:
            found = self._cancellable(session, token, signed_in_as)
            linked = self._linked(session, found)
            cancel_in(session, found, self._clock.now(), None)
        return Changed(linked, topics_of(found))

    def look_at_confirm(self, token: str) -> LinkedDestination:
        """Return what `confirm` would confirm; raise what it would raise."""
        with self._database.read() as session:
            return self._linked(session, self._confirmable(session, token))

    def confirm(self, token: str) -> Changed[LinkedDestination]:
        """Mark the link's destination as confirmed; raise NotFound, or Gone when used, cancelled or 7 days old.

        The days count from the email with the link, not from the saving.
        """
        now = self._clock.now()
        with self._database.write() as session:
            found = self._confirmable(session, token)
            linked = self._linked(session, found)
            found.confirmed_at = now
            record(
                session,
                TOPIC,
                "confirmed a PayPal email",
                at=now,
                business_id=found.business_id,
                user_id=found.user_id,
                source="mail link",
                after={"PayPal email": masked(found.email)},
            )
        return Changed(linked, topics_of(found))

    def _cancellable(self, session: Session, token: str, signed_in_as: str | None) -> PayoutDestination:
        found = self._destination(session, self._links.subject(CANCEL, token))
        if signed_in_as not in (None, found.user_id):
            raise Forbidden("This link is for another account. Sign out, or open it in a private window.")
        if found.cancelled_at:
            raise Gone("This link was already used: the change was cancelled.")
        if self._clock.now() >= payout.cancellable_until(found):
            raise Gone("This link expired after 72 hours. Sign in and save another address in Settings → Payouts.")
        return found

    def _confirmable(self, session: Session, token: str) -> PayoutDestination:
        destination_id, _, mailed_at = self._links.subject(CONFIRM, token).partition(" ")
        found = self._destination(session, destination_id)
        if found.confirmed_at:
            raise Gone("This address is already confirmed. There is nothing left to do.")
        if found.cancelled_at:
            raise Gone("This change was cancelled. No payouts will go to this address.")
        if self._clock.now() > datetime.fromtimestamp(int(mailed_at), UTC) + payout.CONFIRM_WITHIN:
            raise Gone("This link expired after 7 days. Send a new one from Settings → Payouts.")
        return found

    def _destination(self, session: Session, destination_id: str) -> PayoutDestination:
        found = session.exec(
            select(PayoutDestination).where(PayoutDestination.id == destination_id).with_for_update()
        ).first()
        if found is None:
            raise NotFound
        return found

    def _linked(self, session: Session, found: PayoutDestination) -> LinkedDestination:
        others = [d for d in history(session, found.business_id, found.user_id) if d.id != found.id]
        otherwise = payout.in_force(others, self._clock.now())
        business = session.get_one(Business, found.business_id)
        return LinkedDestination(found.email, otherwise.email if otherwise else None, business.name)
