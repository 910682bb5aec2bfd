"""A business's month on the sandbox's clock. Whatever happens to its money, the ledger, the Billing tab and both
exports agree with each other, and with the test's own independent tally, to the micro-unit."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import col, select

from settings_ui.domain.days import local_day
from settings_ui.domain.money import Money
from settings_ui.http.billing import TRANSACTIONS_PATH, USAGE_PATH
from settings_ui.models import LedgerBalance, LedgerTransaction, TopUp
from settings_ui.state.billing import Billing
from settings_ui.state.billing_usage import BillingUsage
from tests.http.site import Site
from tests.services.billing.line import LOCAL, TOLL_FREE, Line
from tests.services.billing.test_recharge import decide
from tests.services.billing.till import Till
from tests.state.billing.windows import opened
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.support import mails

MICROS = 1_000_000
MINUTE, TOLL_FREE_MINUTE, CALL, NUMBER = 45_001, 65_000, 10_000, 3_000_000
"""The Starter rates, with a local minute at 4.5001 ¢, so that every sum has fractions of a cent."""


@dataclass
class Month:
    """An independent tally: micro-units by day and kind, and what was paid in and refunded."""

    till: Till
    used: Counter[tuple[date, str]] = field(default_factory=Counter)
    paid: int = 0

    def talk(self, seconds: int, *, toll_free: bool = False) -> None:
        """Report a completed call."""
        Line(self.till).call(seconds, to=TOLL_FREE if toll_free else LOCAL, id=self.till.attempt())
        kind, rate = ("toll_free_minute", TOLL_FREE_MINUTE) if toll_free else ("local_minute", MINUTE)
        self.used[self.today, kind] += -(-seconds // 60) * rate
        self.used[self.today, "call"] += CALL

    def go_on(self) -> None:
        """Report calls, run the jobs, then advance two days."""
        self.talk(6_000 + 37 * self.today.day)
        self.talk(47 * self.today.day, toll_free=True)
        self.jobs()
        self.till.clock.tick(days=2)
        self.till.sandbox.control("advance", days=2)

    def jobs(self) -> None:
        """Run charging and auto-recharge."""
        billing = self.till.services.billing
        billing.charging.run()
        billing.recharge.run()

    @property
    def today(self) -> date:
        return local_day(self.till.clock.now(), "UTC")

    @property
    def balance(self) -> Money:
        return Money(self.paid - self.used.total(), "USD")

    def spend(self, since: date) -> Money:
        """Total usage from this day onwards."""
        return Money(sum(micros for (day, _), micros in self.used.items() if day >= since), "USD")


async def test_ledger_tab_and_files_agree_through_a_month(
    pipeline: Pipeline, people: People, owner: Person, till: Till
) -> None:
    """Calls, numbers, recharges, a declined card that is then replaced, a refund, a renewal."""
    billing, month = till.services.billing, Month(till)
    till.sandbox.control("prices", lookup_key="rate_starter_local_minute", unit_amount_decimal="4.5001")
    good = till.card()
    till.plan("starter", card=good)
    began = month.today
    first = till.charge(good, "25")
    month.paid += 25 * MICROS
    till.services.numbers.add(till.owner, "+12125550123", "Google Ads")
    month.used[month.today, "local_number"] += NUMBER
    decide(till, threshold="10", amount="50")

    while not _recharges(till):
        month.go_on()
    month.paid += 50 * MICROS
    await agree(pipeline, people, owner, month, since=began)

    billing.cards.make_default(till.owner, till.card("pm_card_chargeCustomerFail"))
    while not _mails(till):
        month.go_on()
    await agree(pipeline, people, owner, month, since=began)
    assert month.balance.micros < 10 * MICROS, "a declined card adds nothing"
    billing.cards.make_default(till.owner, good)
    month.go_on()
    month.paid += 50 * MICROS
    assert (_mails(till), _recharges(till)) == (["Auto-recharge failed"], 2)

    till.sandbox.control("refund", payment_intent=first.payment, amount=725)
    till.reconcile()
    month.paid -= 7_250_000
    await agree(pipeline, people, owner, month, since=began)

    renewed = began + timedelta(days=31)
    while month.today < renewed:
        recharged = _recharges(till)
        month.go_on()
        month.paid += 50 * MICROS * (_recharges(till) - recharged)
    till.reconcile()
    month.used[renewed, "local_number"] += NUMBER
    month.talk(61)
    month.jobs()
    await agree(pipeline, people, owner, month, since=renewed)
    assert set(till.kinds()) == {"top_up", "usage", "refund"}
    assert sorted(till.charged()) == sorted([2_900, 2_900, 2_500, *[5_000] * _recharges(till)]), "and nothing else"


def _mails(till: Till) -> list[str]:
    return [mail.subject.partition(": ")[2] for mail in mails(till.services)]


def _recharges(till: Till) -> int:
    with till.services.database.read() as session:
        return len(session.exec(select(TopUp.id).where(TopUp.automatic, TopUp.state == "succeeded")).all())


async def agree(pipeline: Pipeline, people: People, owner: Person, month: Month, *, since: date) -> None:
    """Compare every place that shows money; `since` is when the billing period began."""
    owner = replace(owner, cookie=people.sign_in(owner))
    rows = _ledger(month)
    assert sum(row.amount_micros for row in rows) == rows[0].balance_micros == month.balance.micros
    usage = [row for row in rows if row.kind == "usage"]
    assert sum(row.amount_micros for row in usage) == -month.used.total()

    transactions = await _file(pipeline, owner, TRANSACTIONS_PATH)
    assert [(line["number"], _micros(line["amount"]), _micros(line["balance"])) for line in transactions] == [
        (str(row.number), row.amount_micros, row.balance_micros) for row in rows
    ]
    used = await _file(pipeline, owner, USAGE_PATH)
    assert {(date.fromisoformat(line["day"]), line["kind"]): _micros(line["cost"]) for line in used} == month.used

    window = await opened(pipeline, owner)
    shown = _amounts(window)
    assert window.shows(Billing)["balance"] == str(month.balance)
    while window.shows(Billing)["older"]:
        await window.emit(Billing.show_older)
        shown += _amounts(window)
    assert shown == [(_signed(row.amount_micros), Money(row.balance_micros, "USD").full) for row in rows]
    card = window.shows(BillingUsage)
    assert card["spend"] == str(month.spend(since))
    assert sum(bar["first"] + bar["second"] for bar in card["bars"]) == month.spend(since).micros
    assert sum(_micros(kind["cost"].removeprefix("$")) for kind in card["kinds"]) == month.spend(since).micros
    await window.close()


def _ledger(month: Month) -> list[LedgerTransaction]:
    services = month.till.services
    with services.database.read() as session:
        rows = session.exec(select(LedgerTransaction).order_by(col(LedgerTransaction.number).desc())).all()
        kept = session.get_one(LedgerBalance, month.till.owner.business_id)
    assert (kept.balance_micros, kept.transactions) == (rows[0].balance_micros, len(rows))
    assert services.billing.untrue() == []
    return list(rows)


async def _file(pipeline: Pipeline, owner: Person, path: str) -> list[dict[str, str]]:
    async with Site(pipeline.services).browser(owner.cookie) as browser:
        answer = await browser.get(path, params={"business": owner.business_id})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def _amounts(window: Window) -> list[tuple[str, str]]:
    lines = window.shows(Billing)["transactions"]
    assert all(len({len(line[column].partition(".")[2]) for line in lines}) == 1 for column in ("amount", "balance"))
    return [(line["amount"].rstrip(), line["balance"].rstrip()) for line in lines]


def _micros(amount: str) -> int:
    exact = Decimal(amount) * MICROS
    assert exact == int(exact)
    return int(exact)


def _signed(micros: int) -> str:
    return f"{'+' if micros > 0 else ''}{Money(micros, 'USD').full}"
