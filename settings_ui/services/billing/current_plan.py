"""The plan of a business as stored here, with the rates in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from settings_ui.domain.plans import Item, Offered, PlanStatus
from settings_ui.domain.rates import Rate, UsageKind
from settings_ui.models import Business, PlanSubscription
from settings_ui.services.billing.catalogue import Offers, Tariff, offers
from settings_ui.services.billing.subscription import items_of


@dataclass(frozen=True)
class CurrentPlan:
    """A business's plan, the other offers, and the rates in force.

    `foreign` is the currency of the rates if it is not the business's; then usage is not charged.
    """

    subscription: PlanSubscription | None
    items: tuple[Item, ...]
    offers: Offers
    rates: dict[UsageKind, Rate]
    currency: str
    foreign: str | None
    time_zone: str

    @property
    def runs(self) -> bool:
        """Whether there is an active plan."""
        return self.subscription is not None and PlanStatus(self.subscription.status).runs

    @property
    def alive(self) -> bool:
        """Whether there is a plan that has not ended; an unpaid one can still be paid."""
        return self.subscription is not None and not PlanStatus(self.subscription.status).ended

    @property
    def add_ons(self) -> tuple[str, ...]:
        """The add-ons that are on."""
        return tuple(item.slug for item in self.items if item.offered is Offered.ADD_ON) if self.runs else ()


def current_plan(session: Session, business_id: str, now: datetime) -> CurrentPlan:
    """Return the plan of a business as stored."""
    business = session.get_one(Business, business_id)
    row = session.get(PlanSubscription, business_id)
    tariff = Tariff(session, business_id, business.currency)
    rates = {kind: rate for kind in UsageKind if (rate := tariff.rate(kind, now, any_currency=True))}
    foreign = next((rate.currency for rate in rates.values() if rate.currency != business.currency), None)
    return CurrentPlan(
        subscription=row,
        items=tuple(items_of(row)) if row else (),
        offers=offers(session),
        rates=rates,
        currency=business.currency,
        foreign=foreign,
        time_zone=business.time_zone,
    )
