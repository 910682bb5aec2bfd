"""Payout destinations: one PayPal email per member and business; a change is on hold for 72 hours."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain import payout
from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.email_address import EmailAddress, masked, parse_email
from settings_ui.domain.errors import Conflict, Forbidden, Gone, NotFound, TooMany
from settings_ui.domain.ids import new_id
from settings_ui.domain.times import spoken
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import Business, Membership, PayoutDestination, User
from settings_ui.services.account.reauthentication import Reauthentication, refuse_changed
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.payouts.mail import mail_confirmation, mail_saved

TOPIC = "payouts"
CONFIRMATIONS = Limit(times=5, within_s=60 * 60)
SAVES, SAVES_WITHIN = 10, timedelta(hours=1)


@dataclass(frozen=True)
class Destinations:
    """A member's destinations in one business: the one in force, the one on hold, and all of them, newest first."""

    in_force: PayoutDestination | None
    on_hold: PayoutDestination | None
    history: tuple[PayoutDestination, ...]
    time_zone: str


class OwnDestinations:
    """Saving, cancelling and confirming one's own destination."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links
        self._reauthentication = reauthentication

    def see(self, actor: Actor) -> Destinations:
        """Return the actor's own destinations in the current business."""
        require(actor, Capability.SET_OWN_PAYOUT)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            return _payouts(session, business, actor.user_id, self._clock.now())

    def save(self, actor: Actor, email: str, password: str) -> Changed[PayoutDestination]:
        """Save a destination, with its emails: the first takes effect immediately, a change after 72 hours.

        Raises Invalid at `email` or `password`, Conflict at `email` while a change is on hold or if it is the same,
        TooMany after ten an hour: saving and canceling in a loop would send strangers emails through us.
        Unauthenticated if the session ends meanwhile.
        """
        require(actor, Capability.SET_OWN_PAYOUT)
        address = parse_email(email, field="email", ascii_only=True)
        _refuse(self.see(actor), address)
        confirmed = self._reauthentication.confirm(actor, password, field="password")
        now = self._clock.now()
        with self._database.write() as session:
            user, business = _lock_payee(session, actor)
            refuse_changed(session, actor, user, confirmed)
            payouts = _payouts(session, business, user.id, now)
            _refuse(payouts, address)
            _refuse_many(payouts, now)
            current = payouts.in_force
            saved = PayoutDestination(
                id=new_id("pay"),
                business_id=business.id,
                user_id=user.id,
                email=address.text,
                email_folded=address.folded,
                created_at=now,
                effective_at=payout.effective_from(payouts.history, now),
            )
            session.add(saved)
            record(
                session,
                TOPIC,
                "changed their PayPal email, on hold for 72 hours" if current else "saved a PayPal email",
                at=now,
                actor=actor,
                before={"PayPal email": masked(current.email)} if current else {},
                after={"PayPal email": masked(saved.email)},
            )
            mail_saved(session, self._links, user, business, saved, current, now)
        return Changed(saved, topics_of(saved))

    def cancel(self, actor: Actor, destination_id: str) -> Changed[None]:
        """Cancel the actor's own change while it is on hold; raise NotFound for another's, Gone when it is too late."""
        require(actor, Capability.SET_OWN_PAYOUT)
        with self._database.write() as session:
            found = _own(session, actor, destination_id)
            if found.effective_at == found.created_at:
                raise NotFound("There is no change on hold.")
            cancel_in(session, found, self._clock.now(), actor)
        return Changed(None, topics_of(found))

    def send_confirmation(self, actor: Actor, destination_id: str) -> None:
        """Resend the confirmation link of an unconfirmed destination.

        Raises NotFound for another's, Conflict if it is confirmed or cancelled, TooMany after five an hour.
        """
        require(actor, Capability.SET_OWN_PAYOUT)
        with self._database.write() as session:
            found = _own(session, actor, destination_id)
            if found.confirmed_at or found.cancelled_at:
                raise Conflict("This address does not need confirmation.")
            if wait_s := take(self._limiter, CONFIRMATIONS, "payout-confirmation", actor.user_id):
                raise TooMany(
                    "We already sent five emails. Check your spam folder, or try again in an hour.",
                    retry_after_s=wait_s,
                )
            business = session.get_one(Business, found.business_id)
            mail_confirmation(session, self._links, found, business, self._clock.now())


def cancel_in(session: Session, found: PayoutDestination, now: datetime, actor: Actor | None) -> None:
    """Cancel a destination in the caller's transaction; without an actor, an email link did it. Raises Gone."""
    if found.cancelled_at:
        raise Gone("This change was already cancelled.")
    if now >= payout.cancellable_until(found):
        raise Gone("This change is in force and can no longer be cancelled. Save another address instead.")
    found.cancelled_at = now
    record(
        session,
        TOPIC,
        "cancelled a PayPal email",
        at=now,
        actor=actor,
        business_id=found.business_id,
        user_id=found.user_id,
        source="web" if actor else "mail link",
        before={"PayPal email": masked(found.email)},
    )


def history(session: Session, business_id: str, user_id: str) -> list[PayoutDestination]:
    """Return every destination that a member has had in a business, newest first."""
    query = (
        select(PayoutDestination)
        .where(PayoutDestination.business_id == business_id, PayoutDestination.user_id == user_id)
        .order_by(col(PayoutDestination.created_at).desc(), col(PayoutDestination.id))
    )
    return list(session.exec(query))


def topics_of(destination: PayoutDestination) -> frozenset[str]:
    """Return the topics to publish when a destination changes."""
    return topics(destination.business_id, destination.user_id)


def _payouts(session: Session, business: Business, user_id: str, now: datetime) -> Destinations:
    found = history(session, business.id, user_id)
    return Destinations(payout.in_force(found, now), payout.on_hold(found, now), tuple(found), business.time_zone)


def _refuse(payouts: Destinations, address: EmailAddress) -> None:
    """Refuse a change during a hold, and a change to the address already in force."""
    if waiting := payouts.on_hold:
        until = spoken(waiting.effective_at, payouts.time_zone)
        raise Conflict(
            f"A change to {waiting.email} is on hold until {until}. Cancel it before you save another.", field="email"
        )
    if payouts.in_force and payouts.in_force.email_folded == address.folded:
        raise Conflict("Payouts already go to this address.", field="email")


def _refuse_many(payouts: Destinations, now: datetime) -> None:
    """Refuse the eleventh address within an hour, whatever became of the others: each was sent an email."""
    if len(payouts.history) >= SAVES and (free := payouts.history[SAVES - 1].created_at + SAVES_WITHIN) > now:
        raise TooMany(
            "You can make ten changes an hour. Try again later.",
            retry_after_s=math.ceil((free - now).total_seconds()),
            field="email",
        )


def _lock_payee(session: Session, actor: Actor) -> tuple[User, Business]:
    """Lock the membership, so that two saves by one member are serialised; raise Forbidden without a membership.

    The business first, like everyone who changes members: otherwise a save and a removal could wait for each other.
    """
    business = lock_business(session, actor.business_id, shared=True)
    member = session.exec(
        select(Membership.id)
        .where(Membership.user_id == actor.user_id, Membership.business_id == actor.business_id)
        .with_for_update()
    ).first()
    if member is None:
        raise Forbidden
    return session.get_one(User, actor.user_id), business


def _own(session: Session, actor: Actor, destination_id: str) -> PayoutDestination:
    found = session.exec(
        select(PayoutDestination)
        .where(
            PayoutDestination.id == destination_id,
            PayoutDestination.business_id == actor.business_id,
            PayoutDestination.user_id == actor.user_id,
        )
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound
    return found
