"""What usage cost, by day and kind and by price: kept with the ledger, so that a page adds up days and never calls."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from settings_ui.domain.rates import UsageKind
from settings_ui.models.base import CLUSTERED, ID_LENGTH, text
from settings_ui.models.plan import PROVIDER_ID_LENGTH

_KINDS = ", ".join(f"'{kind}'" for kind in UsageKind)


class UsageDay(SQLModel, table=True):
    """The usage of one kind on a day in the business's time zone. `quantity` is charged seconds for minutes, otherwise
    pieces; `micros` is what the ledger charged."""

    __tablename__ = "usage_days"
    __table_args__ = (CheckConstraint(f"kind in ({_KINDS})", name="kind"), CLUSTERED)

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    day: date = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=32)
    quantity: int = Field(default=0, sa_type=BigInteger)
    micros: int = Field(default=0, sa_type=BigInteger)


class UsagePrice(SQLModel, table=True):
    """What the ledger took, in all, for what a business used at a price of the catalogue."""

    __tablename__ = "usage_prices"
    __table_args__ = (CLUSTERED,)

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    price: str = text(PROVIDER_ID_LENGTH, primary_key=True)
    micros: int = Field(default=0, sa_type=BigInteger)
