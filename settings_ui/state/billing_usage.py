"""The cards Usage, Invoices and Auto-recharge of the Billing tab, and how long the balance lasts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.money import Money, in_a_column
from settings_ui.domain.plans import Invoice
from settings_ui.domain.rates import MINUTES, WORDS, UsageKind, shown_quantity
from settings_ui.services.billing.recharge import Kept, Recharge, kept_in
from settings_ui.services.billing.usage import Period
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import current_actor
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.billing_plan import InvoiceView, UsageView
from settings_ui.state.views.common import BarView, moment_view

WORDS_OF = {
    "paid": ("Paid", "good"),
    "open": ("Not paid", "bad"),
    "void": ("Void", ""),
    "uncollectible": ("Unpaid", "bad"),
}
MOST_DAYS_SAID = 3_650
"""A balance that lasts longer has no date: nobody’s pace stays the same for ten years."""


class BillingUsage(TabState, rx.State):
    """Usage of this billing period, invoices and auto-recharge. `asked` says that the plan and its invoices were
    fetched from the provider since the window was loaded."""

    _requires: ClassVar[Capability | None] = Capability.MANAGE_BILLING
    period: str = ""
    spend: str = ""
    kinds: list[UsageView] = []
    bars: list[BarView] = []
    runway: str = ""
    asked: bool = False
    invoices: list[InvoiceView] = []
    away: str = ""
    on: bool = False
    threshold: str = ""
    amount: str = ""
    cap: str = ""
    alert_level: str = ""
    this_month: str = ""
    trouble: str = ""
    errors: dict[str, str] = {}
    answered: int = 0
    _zone: str = "UTC"
    _kept: Kept | None = None

    @event
    async def look(self) -> None:
        """Fetch the plan and its invoices from the provider."""
        actor, plan = current_actor(), services().billing.plan
        self.asked = True
        try:
            await call(lambda: plan.refresh(actor))
            found = await call(lambda: plan.invoices(actor))
        except Refused as refused:
            self.away = str(refused)
            return
        self.away = ""
        self.invoices = [_invoice(each, self._zone) for each in found]

    @event
    async def save_recharge(self, form: dict[str, Any]) -> None:
        """Save when the balance recharges automatically and when to send alerts."""
        actor = current_actor()
        given = {name: text(form, name) for name in ("threshold", "amount", "cap", "alert_level")}
        on, seen = text(form, "on") == "on", self._kept
        self.errors = {}
        try:
            await call(lambda: services().billing.recharge.save(actor, on=on, **given, seen=seen))
        except Refused as refused:
            self.errors = refused.errors
        await self._load(actor)
        self.answered += 1

    @event
    def discard(self) -> None:
        """Drop what was wrong with the form of auto-recharge."""
        self.errors = {}

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        billing = services().billing
        return lambda: (billing.usage.period(actor), billing.recharge.see(actor), services().clock.now())

    def _show(self, _actor: Actor, loaded: tuple[Period, Recharge, datetime]) -> None:
        period, recharge, now = loaded
        self._zone = recharge.time_zone
        self.period = f"{period.first:%-d %B} to {period.last:%-d %B %Y}"
        self.spend = str(period.spend)
        self.kinds = _kinds(period)
        self.bars = _bars(period)
        self.runway = _lasts(period)
        row, currency = recharge.settings, recharge.currency
        self._kept = kept_in(row)
        self.on = row.recharge
        self.threshold, self.amount, self.cap = (
            Money.of_cents(cents, currency).exact for cents in (row.threshold_cents, row.amount_cents, row.cap_cents)
        )
        self.alert_level = Money.of_cents(row.alert_cents, currency).exact if row.alert_cents else ""
        self.this_month = f"{recharge.this_month} of {Money.of_cents(row.cap_cents, currency)} charged this month."
        self.trouble = _trouble(recharge, now)


def _kinds(period: Period) -> list[UsageView]:
    used = [(kind, *period.of(kind)) for kind in UsageKind if period.of(kind)[0]]
    costs = in_a_column([cost.full for _, _, cost in used])
    return [
        UsageView(WORDS[kind].label, shown_quantity(kind, quantity), cost)
        for (kind, quantity, _), cost in zip(used, costs, strict=True)
    ]


def _bars(period: Period) -> list[BarView]:
    minutes: dict[date, int] = {}
    for row in period.rows:
        if row.kind in MINUTES:
            minutes[row.day] = minutes.get(row.day, 0) + row.micros
    return [
        BarView(
            f"{day:%a %-d %b}",
            f"{day:%-d %b}",
            minutes.get(day, 0),
            cost.micros - minutes.get(day, 0),
            (cost.full, Money(minutes.get(day, 0), period.currency).full),
        )
        for day, cost in period.by_day()
    ]


def _lasts(period: Period) -> str:
    found = period.runway
    if found is None or found.days > MOST_DAYS_SAID:
        return ""
    day = period.last + timedelta(days=found.days)
    if found.recharge:
        return f"At this pace the next recharge of {found.recharge} is on {day:%-d %B %Y}."
    return f"At this pace it lasts until {day:%-d %B %Y}."


def _trouble(recharge: Recharge, now: datetime) -> str:
    row = recharge.settings
    if recharge.capped:
        return "The monthly cap is reached. Nothing more is charged automatically this month."
    if row.paused_until:
        until = moment_view(row.paused_until, recharge.time_zone).exact
        waits = row.paused_until > now
        then = f"on {until}, or as soon as you save." if waits else "once the balance is below the threshold."
        return f"The last recharge failed. {row.problem} We will try again {then}"
    if row.problem:  # with no pause left, this is why it is off
        return f"Turned off after several failed charges. {row.problem}"
    return ""


def _invoice(found: Invoice, zone: str) -> InvoiceView:
    words, look = WORDS_OF.get(found.status, (found.status.title(), ""))
    day = f"{found.created_at.astimezone(ZoneInfo(zone)):%-d %b %Y}"
    total = str(found.total)
    return InvoiceView(found.id, found.number, day, total, words, look, found.pdf_url or "", found.pay_url or "")
