"""Auto-recharge and alert settings of a business, and which alerts were sent."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from settings_ui.models.base import ID_LENGTH, moment, text


class BillingSettings(SQLModel, table=True):
    """When to recharge automatically, and below which balance to alert. Amounts are cents of the business's currency.

    After a failed charge nothing is tried until `paused_until`; `judged` is the last automatic top-up whose outcome was
    handled, with its state. `told_zero`, `told_low` and `told_cap` (the month) prevent repeated alerts.
    """

    __tablename__ = "billing_settings"

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    recharge: bool = False
    threshold_cents: int = 2_500
    amount_cents: int = 10_000
    cap_cents: int = 100_000
    alert_cents: int = 0
    failures: int = 0
    paused_until: datetime | None = moment(default=None)
    problem: str = text(200, default="")
    judged: str = text(64, default="")
    told_zero: bool = False
    told_low: bool = False
    told_cap: date | None = None
