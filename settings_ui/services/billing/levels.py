"""Alerting owners and admins when the balance is used up or low, once each time."""

from sqlmodel import col, select

from settings_ui.domain.money import CENT, Money
from settings_ui.gateways.ports import Clock
from settings_ui.models import BillingSettings, LedgerBalance
from settings_ui.services.billing.alerts import tell
from settings_ui.services.billing.recharge import lock_settings
from settings_ui.services.kit.database import Database

ZERO = "The balance is used up. Calls still go through, and what they cost is owed. Add funds to cover it."


class Levels:
    """Checks the balances of all businesses whose money has ever moved."""

    def __init__(self, database: Database, clock: Clock, link: str) -> None:
        self._database = database
        self._clock = clock
        self._link = link

    def run(self) -> int:
        """Send the alerts that are due and return for how many businesses."""
        query = (
            select(LedgerBalance, BillingSettings)
            .outerjoin(BillingSettings, col(BillingSettings.business_id) == LedgerBalance.business_id)
            .where(LedgerBalance.transactions > 0)
        )
        with self._database.read() as session:
            looked = [(balance.business_id, _levels(balance, row), _told(row)) for balance, row in session.exec(query)]
        return sum(self._tell(business_id) for business_id, now, told in looked if now != told)

    def _tell(self, business_id: str) -> bool:
        now = self._clock.now()
        with self._database.write() as session:
            row = lock_settings(session, business_id)
            balance = session.get_one(LedgerBalance, business_id)
            (zero, low), (told_zero, told_low) = _levels(balance, row), _told(row)
            row.told_zero, row.told_low = zero, low
            session.add(row)
            amount = Money(balance.balance_micros, balance.currency)
            if zero and not told_zero:
                tell(
                    session,
                    business_id,
                    "The balance is used up",
                    f"{ZERO}\n\nBalance: {amount}",
                    at=now,
                    link=self._link,
                )
                return True
            if low and not told_low and not zero:
                level = Money.of_cents(row.alert_cents, balance.currency)
                body = f"The balance is {amount}, below the alert level of {level}."
                tell(session, business_id, "The balance is low", body, at=now, link=self._link)
                return True
        return False


def _levels(balance: LedgerBalance, row: BillingSettings | None) -> tuple[bool, bool]:
    """Return whether the balance is used up, and whether it is below the alert level."""
    return balance.balance_micros <= 0, row is not None and balance.balance_micros < row.alert_cents * CENT


def _told(row: BillingSettings | None) -> tuple[bool, bool]:
    return (row.told_zero, row.told_low) if row else (False, False)
