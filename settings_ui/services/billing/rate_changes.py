"""Recording rate changes at the provider in the activity of each affected business."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from settings_ui.domain.money import shown_rate
from settings_ui.domain.rates import WORDS, Rate, UsageKind, rate_of
from settings_ui.models import Business, PlanInForce
from settings_ui.services.billing.settling import TOPIC
from settings_ui.services.kit.activity import record

CHANGED = "changed a rate"


def record_changes(session: Session, before: Sequence[Rate], after: Sequence[Rate], at: datetime) -> None:
    """Record in the caller's transaction, for each business and kind of usage, that its rate has changed; `about` is
    the new price."""
    if not before or before == after:
        return
    known: dict[tuple[str, tuple[str, ...], str], list[tuple[UsageKind, Rate | None, Rate | None]]] = {}
    for plan, currency in _plans(session):
        charged_by = plan.plan, tuple(plan.add_ons), currency
        if charged_by not in known:
            rates = [(k, _charged(before, k, *charged_by, at), _charged(after, k, *charged_by, at)) for k in UsageKind]
            known[charged_by] = [(kind, old, new) for kind, old, new in rates if _words(old) != _words(new)]
        for kind, old, new in known[charged_by]:
            record(
                session,
                TOPIC,
                CHANGED,
                at=at,
                business_id=plan.business_id,
                before={WORDS[kind].label: _words(old)},
                after={WORDS[kind].label: _words(new)},
                about=[new.price] if new else [],
            )


def _charged(
    rates: Sequence[Rate], kind: UsageKind, plan: str, add_ons: tuple[str, ...], currency: str, at: datetime
) -> Rate | None:
    """Return the rate of a kind, or None if nothing is charged, as for a rate in another currency."""
    rate = rate_of(rates, kind, plan, add_ons, at)
    return rate if rate and rate.currency == currency else None


def _plans(session: Session) -> Sequence[tuple[PlanInForce, str]]:
    """Return the plan in force for each business, with its currency."""
    latest = select(func.max(PlanInForce.id)).group_by(col(PlanInForce.business_id))
    query = select(PlanInForce, Business.currency).join(Business, col(Business.id) == PlanInForce.business_id)
    return session.exec(query.where(col(PlanInForce.id).in_(latest))).all()


def _words(rate: Rate | None) -> str:
    return f"{shown_rate(rate.micros, rate.currency)} a {rate.unit}" if rate else "nothing"
