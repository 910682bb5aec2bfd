"""The cards Plan, Add-ons and Rates of the Billing tab: what is active, what a change costs today, and making it."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.errors import Conflict
from settings_ui.domain.money import Money, shown_rate
from settings_ui.domain.plans import Offered, PlanStatus
from settings_ui.domain.rates import WORDS, Rate, UsageKind
from settings_ui.models import CataloguePrice
from settings_ui.services.billing.current_plan import CurrentPlan
from settings_ui.services.billing.plan import Quoted
from settings_ui.services.billing.subscription import STATUS_WORDS
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.billing import NEW_CARD
from settings_ui.state.binding import Binding, current_actor
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.billing_plan import LineView, OfferView, RateView
from settings_ui.state.views.common import moment_view

GOOD = (PlanStatus.ACTIVE, PlanStatus.TRIALING)
UNSEEN = "Review the cost first."


class BillingPlan(TabState, rx.State):
    """The plan. `dialog` is the open dialog: plan (choose one), cost (confirm today's cost) or cancel; `change` is what
    the cost is of: `plan`, `on` or `off`, and which plan or add-on."""

    _requires: ClassVar[Capability | None] = Capability.MANAGE_BILLING
    has_plan: bool = False
    name: str = ""
    price: str = ""
    status: str = ""
    look: str = ""
    renewal: str = ""
    last_day: str = ""
    ends: bool = False
    pay_url: str = ""
    past_due: bool = False
    plans: list[OfferView] = []
    add_ons: list[OfferView] = []
    rates: list[RateView] = []
    as_of: str = ""
    foreign: str = ""
    connected: bool = True
    dialog: str = ""
    change: str = ""
    wanted: str = ""
    deed: str = ""
    due: str = ""
    later: str = ""
    lines: list[LineView] = []
    errors: dict[str, str] = {}
    answered: int = 0
    _quoted: Quoted | None = None
    _attempt: str = ""
    _plan: str = ""
    _on: tuple[str, ...] = ()

    @event
    async def ask_to_change(self) -> None:
        """Open the dialog to choose a plan."""
        await self._load(current_actor())
        self.errors, self.dialog = {}, "plan"

    @event
    def keep_open(self) -> None:
        """Open the choice that the page still shows after a restart, unless another dialog was opened since."""
        self.dialog = self.dialog or "plan"

    @event
    async def price_plan(self, form: dict[str, Any]) -> None:
        """Show what the chosen plan costs today."""
        await self._price("plan", text(form, "plan"))

    @event
    async def price_add_on(self, slug: str) -> None:
        """Show what it costs today to turn an add-on on, or off if it is on."""
        await self._price("off" if slug in self._on else "on", slug)

    @event
    async def price_again(self, change: str) -> None:
        """Show again what a change costs that the page still shows after a restart, unless it was made since or another
        dialog was opened."""
        what, _, slug = change.partition(":")
        await self._load(current_actor())
        made = {"plan": slug == self._plan, "on": slug in self._on, "off": slug not in self._on}.get(what, True)
        if not self.dialog and not made:
            await self._price(what, slug)

    @event
    async def confirm(self, form: dict[str, Any]) -> None:
        """Make the change shown, at the price shown."""
        actor, attempt, quoted, plan = current_actor(), self._attempt, self._quoted, services().billing.plan
        self.answered += 1
        if quoted is None:
            self.errors = {"": UNSEEN}
            if self.dialog != "cost":  # a server that has restarted since
                await self._toast(f"Nothing was changed. {UNSEEN}", kind="bad")
            return
        card = text(form, "card")
        try:
            if self.has_plan:
                await call(lambda: plan.change(actor, quoted, attempt))
                await self._toast("Plan changed")
            elif card == NEW_CARD:
                visit = await call(lambda: plan.checkout(actor, quoted.plan, quoted.add_ons, attempt))
                (await self.get_state(Binding)).away = visit.value
            else:
                await call(lambda: plan.choose(actor, quoted.plan, quoted.add_ons, card, attempt))
            self.errors, self.dialog, self._quoted = {}, "", None
        except Refused as refused:
            self.errors = {"": str(refused)}
            if refused.code == Conflict.code:  # the provider would answer the same attempt with the same decline
                self._attempt = secrets.token_urlsafe(18)
        await self._load(actor)

    @event
    def ask_to_cancel(self) -> None:
        """Open the dialog to cancel the plan."""
        self.dialog = "cancel"

    @event
    async def cancel(self) -> None:
        """Cancel the plan at the end of its period."""
        actor = current_actor()
        await self._do(lambda: services().billing.plan.cancel(actor), "The plan ends with the current period")

    @event
    async def resume(self) -> None:
        """Resume the plan."""
        actor = current_actor()
        await self._do(lambda: services().billing.plan.resume(actor), "Plan resumed")

    @event
    def close(self) -> None:
        """Close the dialog."""
        self.dialog, self._quoted = "", None

    async def _price(self, what: str, slug: str) -> None:
        actor, plan, add_ons = current_actor(), self._plan, self._on
        if what == "plan":
            plan, deed = slug, "Change to {}" if self.has_plan else "Choose {}"
        else:
            others = tuple(each for each in add_ons if each != slug)
            add_ons = (*add_ons, slug) if what == "on" else others
            deed = f"Turn {what} {next((shown.name for shown in self.add_ons if shown.slug == slug), '')}"
        try:
            found = await call(lambda: services().billing.plan.quote(actor, plan, add_ons))
        except Refused as refused:
            self.answered += 1
            if self.dialog:
                self.errors = {"": str(refused)}
            else:
                await self._toast(str(refused), kind="bad")
            return
        self.wanted = next((offer.name for offer in self.plans if offer.slug == plan), self.name)
        self.change, self.deed, self.due = f"{what}:{slug}", deed.format(self.wanted), str(found.due)
        self.later = _later(found, self.last_day if self.has_plan else "", resumes=self.ends)
        self.lines = [LineView(line.text, str(line.amount)) for line in found.lines]
        self._quoted, self._attempt = found, secrets.token_urlsafe(18)
        self.errors, self.dialog = {}, "cost"
        self.answered += 1

    async def _do(self, work: Callable[[], Any], said: str) -> None:
        self.dialog = ""
        try:
            await call(work)
            await self._toast(said)
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(current_actor())
        self.answered += 1

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        return lambda: (services().billing.plan.see(actor), services().billing.connected, services().clock.now())

    def _show(self, _actor: Actor, loaded: tuple[CurrentPlan, bool, datetime]) -> None:
        seen, self.connected, now = loaded
        zone, row = seen.time_zone, seen.subscription
        self._plan, self._on = (row.plan or "", seen.add_ons) if row and seen.alive else ("", ())
        names = {(price.offered, price.slug): price.name for price in (*seen.offers.plans, *seen.offers.add_ons)}
        self.has_plan = seen.alive
        self.name = names.get((Offered.PLAN.value, self._plan), self._plan)
        paid = next((item for item in seen.items if item.offered is Offered.PLAN), None)
        self.price = f"{Money(paid.micros, row.currency)} a month" if row and paid else ""
        status = PlanStatus(row.status) if row else None
        self.status = STATUS_WORDS[status] if status else ""
        self.look = "good" if status in GOOD else "bad" if status in (PlanStatus.PAST_DUE, PlanStatus.UNPAID) else ""
        self.past_due, self.ends = self.look == "bad", bool(row and row.ends and seen.alive)
        self.pay_url = (row.pay_url or "") if row else ""
        self.last_day = _last_day(seen, zone)
        self.renewal = _renewal(seen, self.last_day)
        self.plans = [_offer(price, seen, now, on=price.slug == self._plan) for price in seen.offers.plans]
        self.add_ons = [_add_on(price, seen) for price in seen.offers.add_ons]
        self.rates = [_rate(rate, names) for rate in seen.rates.values()]
        self.as_of = moment_view(seen.offers.as_of, zone).exact if seen.offers.as_of else ""
        self.foreign = f"Rates are in {seen.foreign}, but this business uses {seen.currency}, " \
            "so usage is not charged. Contact support." if seen.foreign else ""  # fmt: skip


def _last_day(seen: CurrentPlan, zone: str) -> str:
    return f"{seen.subscription.period_end.astimezone(ZoneInfo(zone)):%-d %B %Y}" if seen.subscription else ""


def _later(found: Quoted, renews: str, *, resumes: bool) -> str:
    """Return what is paid after today: from the next renewal, or every month if the plan starts today."""
    monthly = f"{found.monthly} a month"
    if not renews:
        return f"Then {monthly}."
    credit = Money(-sum(line.amount.micros for line in found.lines), found.due.currency)
    left = f"The credit of {credit} is used for the next invoices. " if credit.micros > 0 else ""
    resumed = "This also resumes the plan. " if resumes else ""
    return f"{left}{resumed}From {renews}: {monthly}."


def _renewal(seen: CurrentPlan, end: str) -> str:
    row = seen.subscription
    if row is None:
        return ""
    if not seen.alive:
        return "The plan has ended. Its rates still apply to usage."
    if row.ends:
        return f"Ends on {end}. Everything keeps working until then."
    total = sum(item.micros for item in seen.items)
    return f"Renews on {end} for {Money(total, row.currency)}."


def _offer(price: CataloguePrice, seen: CurrentPlan, now: datetime, *, on: bool) -> OfferView:
    found = [seen.offers.rate(kind, price.slug, seen.add_ons, now) for kind in UsageKind]
    rates = tuple(_rate(rate, {}) for rate in found if rate)
    return OfferView(price.slug, price.name, price.description, f"{_amount(price)} a month", on, rates)


def _add_on(price: CataloguePrice, seen: CurrentPlan) -> OfferView:
    on = price.slug in seen.add_ons
    paid = next((item for item in seen.items if item.slug == price.slug), None) if on else None
    amount = Money(paid.micros, price.currency) if paid else _amount(price)
    return OfferView(price.slug, price.name, price.description, f"{amount} a month", on)


def _amount(price: CataloguePrice) -> Money:
    return Money(price.micros, price.currency)


def _rate(rate: Rate, names: dict[tuple[str, str], str]) -> RateView:
    offered, _, slug = rate.owner.partition(":")
    name, label = names.get((offered, slug), slug), WORDS[rate.kind].label
    return RateView(label, shown_rate(rate.micros, rate.currency), f"a {rate.unit}", name)
