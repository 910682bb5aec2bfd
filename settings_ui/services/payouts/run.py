"""Whom a payout run pays, and where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from settings_ui.domain.access import Capability, Role, allows
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Membership, PayoutDestination, User
from settings_ui.services.kit.database import Database


@dataclass(frozen=True)
class PayoutLine:
    """One payee: the destination in force at the moment of the run."""

    business_id: str
    business: str
    user_id: str
    name: str
    login_email: str
    role: str
    paypal_email: str
    confirmed: bool
    in_force_since: datetime


class PayoutRun:
    """The list for a payout run. For the operator: it takes no actor, and no page or route calls it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def lines(self, *, at: datetime | None = None, business_id: str | None = None) -> list[PayoutLine]:
        """Return every payee with a destination in force at `at` (now unless given), by business and name.

        Publishers always, other members while Pay Per Call reaches them; disabled users and former members never.
        """
        moment = at or self._clock.now()
        later = aliased(PayoutDestination)
        query = (
            select(PayoutDestination, User, Membership, Business)
            .join(User, col(User.id) == PayoutDestination.user_id)
            .join(Business, col(Business.id) == PayoutDestination.business_id)
            .join(
                Membership,
                (col(Membership.user_id) == PayoutDestination.user_id)
                & (col(Membership.business_id) == PayoutDestination.business_id),
            )
            .where(
                _counts(PayoutDestination, moment),
                col(User.disabled_at).is_(None),
                ~select(later.id)
                .where(
                    later.user_id == PayoutDestination.user_id,
                    later.business_id == PayoutDestination.business_id,
                    _counts(later, moment),
                    tuple_(*_order(later)) > tuple_(*_order(PayoutDestination)),
                )
                .exists(),
            )
            .order_by(Business.name, User.name, User.id)
        )
        if business_id:
            query = query.where(PayoutDestination.business_id == business_id)
        with self._database.read() as session:
            rows = session.exec(query).all()
        return [
            PayoutLine(
                business_id=business.id,
                business=business.name,
                user_id=user.id,
                name=user.name,
                login_email=user.email,
                role=membership.role,
                paypal_email=destination.email,
                confirmed=destination.confirmed_at is not None,
                in_force_since=destination.effective_at,
            )
            for destination, user, membership, business in rows
            if allows(
                Capability.SET_OWN_PAYOUT,
                Role(membership.role),
                pay_per_call=business.pay_per_call and membership.pay_per_call_access,
            )
        ]


def _order(table: Any) -> tuple[Any, Any, Any]:
    """The order of destinations in force; `id` comes last as a tie-breaker, so that nobody is ever paid twice."""
    return col(table.effective_at), col(table.created_at), col(table.id)


def _counts(table: Any, moment: datetime) -> Any:
    """The same rule as `domain.payout.in_force`, as SQL; a test checks that both agree."""
    return (
        (col(table.created_at) <= moment)
        & (col(table.effective_at) <= moment)
        & (col(table.cancelled_at).is_(None) | (col(table.cancelled_at) > moment))
    )
