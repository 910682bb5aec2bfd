"""Auto-recharge: charges a saved card when the balance falls below its threshold, one charge at a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.days import day_starts, local_day
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.ids import new_id
from settings_ui.domain.money import CENT, Money, parse_cents
from settings_ui.domain.payments import LEAST_CENTS, MOST_CENTS, PaymentState, Via
from settings_ui.domain.times import exact
from settings_ui.gateways.ports import Clock
from settings_ui.models import BillingAccount, BillingSettings, Business, LedgerBalance, SavedCard, TopUp
from settings_ui.services.billing.alerts import tell
from settings_ui.services.billing.customers import lock_account, saved_cards, shown_card
from settings_ui.services.billing.funds import Funds
from settings_ui.services.billing.ledger import balance_of
from settings_ui.services.billing.settling import TOPIC
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, business_topic, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.upsert import insert_into

MOST_THRESHOLD_CENTS, MOST_CAP_CENTS = 500_000, 5_000_000
WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""How long to pause after each consecutive failed charge; after one more it is turned off."""
COUNTS = [state.value for state in (PaymentState.SUCCEEDED, PaymentState.PENDING, PaymentState.NEEDS_ACTION)]
WRONG = [state.value for state in (PaymentState.FAILED, PaymentState.CANCELED, PaymentState.NEEDS_ACTION)]
OPEN = [PaymentState.PENDING.value, PaymentState.NEEDS_ACTION.value]
JUDGED_FOR = timedelta(days=7)
MEANWHILE = "These settings were changed in the meantime. Review them, then save again to use yours."
NO_CARD = "There is no saved card to charge."


@dataclass(frozen=True)
class Recharge:
    """The settings, and how much of this month's cap is used; `capped` says that the next recharge would exceed it."""

    settings: BillingSettings
    currency: str
    this_month: Money
    capped: bool
    has_card: bool
    time_zone: str


Kept = tuple[bool, int, int, int, int]


def kept_in(row: BillingSettings) -> Kept:
    """Return what people set, for comparison."""
    return row.recharge, row.threshold_cents, row.amount_cents, row.cap_cents, row.alert_cents


class AutoRecharge:
    """Automatic recharges according to each business's settings. `link` is where people fix failures."""

    def __init__(self, database: Database, clock: Clock, funds: Funds, link: str) -> None:
        self._database = database
        self._clock = clock
        self._funds = funds
        self._link = link

    def see(self, actor: Actor) -> Recharge:
        """Return the settings of the actor's business."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            found = session.get(BillingSettings, business.id) or BillingSettings(business_id=business.id)
            spent = self._this_month(session, business)
            return Recharge(
                settings=found,
                currency=business.currency,
                this_month=Money.of_cents(spent, business.currency),
                capped=found.recharge and spent + found.amount_cents > found.cap_cents,
                has_card=bool(saved_cards(session, business.id)),
                time_zone=business.time_zone,
            )

    def save(
        self,
        actor: Actor,
        *,
        on: bool,
        threshold: str,
        amount: str,
        cap: str,
        alert_level: str,
        seen: Kept | None = None,
    ) -> Changed[None]:
        """Save the settings, ending a pause after a failed charge. An empty alert level alerts at zero only.

        Raises Invalid at `threshold`, `amount`, `cap` or `alert_level`, Conflict if turned on without a saved card, or
        if they are not those that the actor has `seen` (default: those now): each is only right with the others.
        """
        require(actor, Capability.MANAGE_BILLING)
        with self._database.write() as session:
            lock_account(session, actor.business_id)
            business = session.get_one(Business, actor.business_id)
            row = lock_settings(session, business.id)
            before, kept = _shown(row, business.currency), kept_in(row)

            def cents(text: str, field: str, least: int, most: int) -> int:
                return parse_cents(text, business.currency, least=least, most=most, field=field)

            row.recharge = on
            row.threshold_cents = cents(threshold, "threshold", 0, MOST_THRESHOLD_CENTS)
            row.amount_cents = cents(amount, "amount", LEAST_CENTS, MOST_CENTS)
            row.cap_cents = cents(cap, "cap", LEAST_CENTS, MOST_CAP_CENTS)
            row.alert_cents = cents(alert_level, "alert_level", 0, MOST_THRESHOLD_CENTS) if alert_level.strip() else 0
            if row.cap_cents < row.amount_cents:
                raise Invalid("The monthly cap must be at least one recharge.", field="cap")
            if seen not in (None, kept) and kept_in(row) != kept:
                raise Conflict(MEANWHILE)
            if on and not saved_cards(session, business.id):
                raise Conflict("Add a card first: auto-recharge charges a saved card.")
            row.paused_until, row.failures, row.problem, row.told_cap = None, 0, "", None
            after = _shown(row, business.currency)
            session.add(row)
            if before != after:
                changed = [name for name in after if before[name] != after[name]]
                record(
                    session,
                    TOPIC,
                    "changed auto-recharge",
                    at=self._clock.now(),
                    actor=actor,
                    before={name: before[name] for name in changed},
                    after={name: after[name] for name in changed},
                )
        return Changed(None, topics(actor.business_id))

    def run(self) -> Changed[int]:
        """Recharge each business that is due, once, and return how many. Several processes may run it concurrently."""
        told: set[str] = set()
        for business_id in self._to_judge():
            if self._judge(business_id):
                told.add(business_id)
        due = self._due()
        for business_id in due:
            if (top_up := self._begin(business_id)) is not None:
                self._funds.ask(top_up)
                self._judge(business_id)
                told.add(business_id)
        return Changed(len(told), frozenset(map(business_topic, told)))

    def _due(self) -> list[str]:
        balance = func.coalesce(LedgerBalance.balance_micros, 0)
        paused = col(BillingSettings.paused_until)
        query = (
            select(BillingSettings.business_id)
            .outerjoin(LedgerBalance, col(LedgerBalance.business_id) == BillingSettings.business_id)
            .where(
                col(BillingSettings.recharge),
                balance < col(BillingSettings.threshold_cents) * CENT,
                paused.is_(None) | (paused <= self._clock.now()),
            )
        )
        with self._database.read() as session:
            return list(session.exec(query))

    def _begin(self, business_id: str) -> TopUp | None:
        """Write and commit one recharge; None if one is in flight or not allowed."""
        now = self._clock.now()
        with self._database.write() as session:
            account = lock_account(session, business_id)
            row, business = lock_settings(session, business_id), lock_business(session, business_id, shared=True)
            if self._in_flight(session, business_id):
                return None
            short = balance_of(session, business_id, business.currency).micros < row.threshold_cents * CENT
            if not row.recharge or not short or (row.paused_until and row.paused_until > now):
                return None
            if self._this_month(session, business) + row.amount_cents > row.cap_cents:
                self._tell_cap(session, row, business, now)
                return None
            card = _card(session, account)
            if card is None:
                self._pause(session, row, business, NO_CARD, now)
                return None
            top_up = TopUp(
                id=new_id("top"),
                business_id=business_id,
                attempt=new_id("auto"),
                via=Via.CARD,
                automatic=True,
                cents=row.amount_cents,
                currency=business.currency,
                customer=account.customer,
                card=card.id,
                card_shown=shown_card(card),
                created_at=now,
                changed_at=now,
            )
            session.add(top_up)
            return top_up

    @staticmethod
    def _in_flight(session: Session, business_id: str) -> bool:
        """Whether a recharge is in flight. Waits for one that is being settled, so that the balance read afterwards
        includes it."""
        mine = select(TopUp.id).where(TopUp.business_id == business_id, col(TopUp.automatic))
        return session.exec(mine.where(col(TopUp.state).in_(OPEN)).with_for_update()).first() is not None

    def _to_judge(self) -> list[str]:
        """Return the businesses with a failed recharge whose outcome has not been handled yet."""
        known = col(BillingSettings.judged) == col(TopUp.id) + " " + col(TopUp.state)
        query = (
            select(TopUp.business_id)
            .join(BillingSettings, col(BillingSettings.business_id) == TopUp.business_id)
            .where(
                col(TopUp.automatic),
                col(TopUp.state).in_(WRONG),
                col(TopUp.created_at) > self._clock.now() - JUDGED_FOR,
                ~known,
            )
            .distinct()
        )
        with self._database.read() as session:
            return list(session.exec(query))

    def _judge(self, business_id: str) -> bool:
        """Handle the outcome of the last recharge, once; return whether it did."""
        with self._database.write() as session:
            row = lock_settings(session, business_id)
            mine = select(TopUp).where(TopUp.business_id == business_id, col(TopUp.automatic))
            last = session.exec(mine.order_by(col(TopUp.created_at).desc(), col(TopUp.id)).limit(1)).one()
            if last.state == PaymentState.PENDING or row.judged == f"{last.id} {last.state}":
                return False
            row.judged = f"{last.id} {last.state}"
            session.add(row)
            if last.state == PaymentState.SUCCEEDED:
                row.failures, row.problem, row.paused_until = 0, "", None
            else:
                business = session.get_one(Business, business_id)
                problem = last.problem or "It was not finished in time."
                self._pause(session, row, business, f"{last.card_shown}: {problem}", self._clock.now())
        return True

    def _pause(self, session: Session, row: BillingSettings, business: Business, problem: str, now: datetime) -> None:
        """Pause after a failed charge, or turn it off, and tell those who can fix it."""
        row.problem, row.failures = problem[:200], row.failures + 1
        amount = Money.of_cents(row.amount_cents, business.currency)
        if row.failures > len(WAITS):
            row.recharge, row.paused_until = False, None
            then = "It failed several times in a row, so auto-recharge is now turned off."
            reason = {"Reason": row.problem}
            record(session, TOPIC, "turned off auto-recharge", at=now, business_id=business.id, after=reason)
        else:
            row.paused_until = now + WAITS[row.failures - 1]
            then = f"We will try again on {exact(row.paused_until, business.time_zone)}."
        session.add(row)
        body = f"The balance could not be recharged with {amount}. {problem}\n\n{then} Calls still go through."
        tell(session, business.id, "Auto-recharge failed", body, at=now, link=self._link)

    def _tell_cap(self, session: Session, row: BillingSettings, business: Business, now: datetime) -> None:
        month = local_day(now, business.time_zone).replace(day=1)
        if row.told_cap == month:
            return
        row.told_cap = month
        session.add(row)
        cap = Money.of_cents(row.cap_cents, business.currency)
        body = f"Another recharge this month would exceed the cap of {cap}. Add funds yourself, or raise the cap."
        tell(session, business.id, "Auto-recharge reached its monthly cap", body, at=now, link=self._link)

    def _this_month(self, session: Session, business: Business) -> int:
        """Return the cents charged, or still possibly charged, automatically this month in the business's time zone."""
        first: date = local_day(self._clock.now(), business.time_zone).replace(day=1)
        found = select(func.coalesce(func.sum(TopUp.cents), 0)).where(
            TopUp.business_id == business.id,
            col(TopUp.automatic),
            col(TopUp.created_at) >= day_starts(first, business.time_zone),
            col(TopUp.state).in_(COUNTS),
        )
        return int(session.exec(found).one())


def lock_settings(session: Session, business_id: str) -> BillingSettings:
    """Return the settings of a business, locked until the transaction ends."""
    first = insert_into(session, BillingSettings).values(BillingSettings(business_id=business_id).model_dump())
    session.connection().execute(first.on_conflict_do_nothing())
    held = select(BillingSettings).where(BillingSettings.business_id == business_id).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()


def _card(session: Session, account: BillingAccount) -> SavedCard | None:
    cards = saved_cards(session, account.business_id)
    return next((card for card in cards if card.id == account.default_card), cards[0] if cards else None)


def _shown(row: BillingSettings, currency: str) -> dict[str, str]:
    amounts = {
        "Below": row.threshold_cents,
        "Amount": row.amount_cents,
        "Monthly cap": row.cap_cents,
        "Alert level": row.alert_cents,
    }
    return {"Auto-recharge": "on" if row.recharge else "off"} | {
        name: str(Money.of_cents(cents, currency)) for name, cents in amounts.items()
    }
