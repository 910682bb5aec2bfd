"""The Billing tab: balance, open top-ups, cards and transactions. Nothing here calls the provider before the tab is
shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.errors import Conflict
from settings_ui.domain.money import Money, in_a_column, prefix
from settings_ui.domain.payments import PaymentState, Via
from settings_ui.domain.times import short_day, with_days_in_words
from settings_ui.models import SavedCard, TopUp
from settings_ui.services.billing.customers import is_expired, shown_card
from settings_ui.services.billing.settling import TOPIC
from settings_ui.services.billing.statement import PAGE, Overview, StatementLine
from settings_ui.services.kit.activity import RecentChange
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.support.about import AboutKind
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import Binding, current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.tab import TabState
from settings_ui.state.views.billing import CardView, TopUpView, TransactionView
from settings_ui.state.views.common import ChangeView, change_view, moment_view
from settings_ui.state.views.tickets import asking

NEW_CARD = "new"
FRESH_FOR = timedelta(minutes=1)
SOON = timedelta(days=45)
MOST_LOOKS = 8


class Billing(TabState, rx.State):
    """The money of the business. `dialog` is the open dialog: funds or remove. `looks` counts how often this window has
    asked the provider for updates since it was loaded; `attempt` is the token of the form for funds."""

    _requires: ClassVar[Capability | None] = Capability.MANAGE_BILLING
    balance: str = ""
    sign: str = ""
    connected: bool = True
    open_top_ups: list[TopUpView] = []
    cards: list[CardView] = []
    cards_as_of: str = ""
    away: str = ""
    expects_news: bool = False
    looks: int = 0
    transactions: list[TransactionView] = []
    older: int = 0
    newer: list[int] = []
    dialog: str = ""
    target: CardView = CardView()
    errors: dict[str, str] = {}
    answered: int = 0
    attempt: str = ""
    changes: list[ChangeView] = []
    _before: int = 0
    _looked_at: datetime | None = None

    @event
    async def ask_to_add(self) -> None:
        """Open the form for funds. Its submissions are idempotent: sent repeatedly, even from several windows, it
        adds funds once."""
        await self._load(current_actor())
        await self._begin_attempt()
        self.errors, self.dialog = {}, "funds"

    @event
    async def keep_open(self, attempt: str) -> None:
        """Open the form for funds that the page still shows after a restart, unless another dialog was opened since.
        What was sent from it without an answer is not charged again."""
        if not self.dialog:
            await self._begin_attempt(attempt)
            self.errors, self.dialog = {}, "funds"

    @event
    async def ask_to_remove(self, card: str) -> None:
        """Open the dialog to remove a card."""
        self.target = next((shown for shown in self.cards if shown.id == card), CardView())
        self.dialog = "remove" if self.target.id else ""

    @event
    def close(self) -> None:
        """Close the dialog."""
        self.dialog = ""

    @event
    async def add_funds(self, form: dict[str, Any]) -> None:
        """Charge the chosen card, or go to checkout for a new one."""
        actor, attempt = current_actor(), self.attempt
        amount, card = text(form, "amount"), text(form, "card")
        funds = services().billing.funds
        try:
            if card == NEW_CARD:
                visit = await call(lambda: funds.checkout(actor, amount, attempt))
                await self._leave(visit.value)
            else:
                done = (await call(lambda: funds.charge(actor, amount, card, attempt))).value
                await self._say(done)
        except Refused as refused:
            self.errors = refused.errors
            if refused.code == Conflict.code:  # the refusal has been shown: submitting again is a new payment
                await self._begin_attempt()
        await self._load(actor)
        self.answered += 1

    @event
    async def finish(self, top_up: str) -> None:
        """Go to checkout for a top-up that a card could not pay, or that is open there."""
        actor = current_actor()
        try:
            visit = await call(lambda: services().billing.funds.finish(actor, top_up))
            await self._leave(visit.value)
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
            await self._load(actor)
            self.answered += 1

    @event
    async def add_card(self) -> None:
        """Go to the provider's page to add a card."""
        actor = current_actor()
        try:
            await self._leave(await call(lambda: services().billing.cards.add(actor)))
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
            self.answered += 1

    @event
    async def make_default(self, card: str) -> None:
        """Make a card the default."""
        actor = current_actor()
        try:
            await call(lambda: services().billing.cards.make_default(actor, card))
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)
        self.answered += 1

    @event
    async def remove(self) -> None:
        """Remove the card in the dialog."""
        actor, card = current_actor(), self.target.id
        self.dialog = ""
        try:
            removed = await call(lambda: services().billing.cards.remove(actor, card))
            await self._toast(f"{removed.value} removed")
        except Refused as refused:
            await self._toast(str(refused), kind="bad")
        await self._load(actor)

    @event
    async def look(self) -> None:
        """Fetch from the provider what may have changed: open payments and newly added cards."""
        actor = current_actor()
        self.looks, self._looked_at = self.looks + 1, services().clock.now()
        try:
            await call(lambda: _news(actor))
            self.away = ""
        except Refused as refused:
            self.away = str(refused)
        await self._load(actor)

    @event
    async def show_older(self) -> None:
        """Show older transactions."""
        self.newer = [*self.newer, self._before]
        self._before = self.older
        await self._load(current_actor())

    @event
    async def show_newer(self) -> None:
        """Show newer transactions."""
        if self.newer:
            *self.newer, self._before = self.newer
        await self._load(current_actor())

    async def _begin_attempt(self, kept: str = "") -> None:
        actor = current_actor()
        self.attempt = await in_thread(lambda: services().billing.funds.form(actor, kept))

    async def _leave(self, url: str) -> None:
        self.errors, self.dialog = {}, ""
        (await self.get_state(Binding)).away = url

    async def _say(self, done: TopUp) -> None:
        """Report the outcome of a charge. A decline stays in the form, where another card can be chosen; the next
        attempt is a new top-up."""
        amount = Money.of_cents(done.cents, done.currency)
        self.errors = {}
        if done.state == PaymentState.FAILED:
            self.errors = {"card": done.problem}
            await self._begin_attempt()
            return
        self.dialog = ""
        if done.state == PaymentState.SUCCEEDED:
            await self._toast(f"{amount} added")

    def _reader(self, actor: Actor) -> Callable[[], Any]:
        before = self._before
        return lambda: Billing._read(actor, before)

    @staticmethod
    def _read(actor: Actor, before: int) -> tuple[Overview, list[StatementLine], list[RecentChange], bool, datetime]:
        statement = services().billing.statement
        lines = statement.page(actor, before=before or None, limit=PAGE + 1)
        changes = services().activity.recent(actor, TOPIC)
        return statement.overview(actor), lines, changes, services().billing.connected, services().clock.now()

    def _show(
        self, _actor: Actor, loaded: tuple[Overview, list[StatementLine], list[RecentChange], bool, datetime]
    ) -> None:
        seen, lines, changes, self.connected, now = loaded
        zone = seen.time_zone
        if self._looked_at and now - self._looked_at > FRESH_FOR:
            self.looks = 0
        self.balance, self.sign = str(seen.balance), prefix(seen.balance.currency).strip()
        self.open_top_ups = [_top_up(row) for row in seen.open_top_ups]
        self.cards = [_card(card, seen.default_card, now) for card in seen.cards]
        self.cards_as_of = moment_view(seen.cards_as_of, zone).exact if seen.cards_as_of else ""
        is_stale = seen.cards_as_of is None or now - seen.cards_as_of > FRESH_FOR
        waits = any(row.state == PaymentState.PENDING for row in seen.open_top_ups)
        self.expects_news = self.connected and (waits or (is_stale and self.looks == 0)) and self.looks < MOST_LOOKS
        self.transactions = _transactions(lines[:PAGE], zone)
        self.older = lines[PAGE - 1].row.number if len(lines) > PAGE else 0
        self.changes = [change_view(change, zone) for change in changes]


def _news(actor: Actor) -> Changed[None]:
    billing = services().billing
    settled = billing.open_top_ups.settle_of(actor.business_id)
    cards = billing.cards.refresh(actor)
    return Changed(None, settled.topics | (topics(actor.business_id) if cards.value else frozenset()))


def _top_up(row: TopUp) -> TopUpView:
    amount = str(Money.of_cents(row.cents, row.currency))
    with_card = f" with {row.card_shown}" if row.card_shown else ""
    if row.state == PaymentState.NEEDS_ACTION:
        said = f"{amount}{with_card} was not charged. {row.problem}"
        return TopUpView(row.id, amount, said, "warn", "Finish in checkout")
    if row.state == PaymentState.FAILED:
        way_on = "Pay in checkout" if row.via == Via.CARD else ""
        return TopUpView(row.id, amount, f"{amount}{with_card} was not charged. {row.problem}", "bad", way_on)
    if row.via == Via.CHECKOUT:
        said = f"{amount} is pending: checkout is not finished, or the payment is not confirmed yet."
        return TopUpView(row.id, amount, said, "", "Continue in checkout")
    said = (
        f"{amount}{with_card} is pending: the payment provider has not answered yet. It is added once "
        "the payment is confirmed, "
        "and never charged twice."
    )
    return TopUpView(row.id, amount, said, "", "")


def _card(card: SavedCard, default: str | None, now: datetime) -> CardView:
    later = now + SOON
    warning = "Expired" if is_expired(card, now) else "Expires soon" if is_expired(card, later) else ""
    expires = f"{card.exp_month:02}/{card.exp_year % 100:02}"
    return CardView(card.id, shown_card(card), expires, warning, card.id == default)


def _transactions(lines: list[StatementLine], zone: str) -> list[TransactionView]:
    rows = [line.row for line in lines]
    signed = [f"{'+' if row.amount_micros > 0 else ''}{Money(row.amount_micros, row.currency).full}" for row in rows]
    balances = in_a_column([Money(row.balance_micros, row.currency).full for row in rows])
    columns = zip(lines, in_a_column(signed), balances, strict=True)
    return [_transaction(line, amount, balance, zone) for line, amount, balance in columns]


def _transaction(line: StatementLine, amount: str, balance: str, zone: str) -> TransactionView:
    row = line.row
    return TransactionView(
        id=row.id,
        text=with_days_in_words(row.description),
        amount=amount,
        balance=balance,
        receipt=line.receipt_url or "",
        day=short_day(row.at.astimezone(ZoneInfo(zone))),
        at=moment_view(row.at, zone),
        number=f"#{row.number}",
        ask=asking(AboutKind.TRANSACTION, str(row.number)),
    )
