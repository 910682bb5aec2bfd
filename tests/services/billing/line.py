"""A business's phone line, whose calls are charged."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlmodel import col, select

from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import LedgerTransaction, UsageDay, UsagePrice
from settings_ui.services.billing.ledger import untrue_balances
from settings_ui.services.calls.reported import NewCall
from tests.services.billing.till import Till

LOCAL, TOLL_FREE, CALLER = "+12125550100", "+18005550100", "+14155550132"


@dataclass
class Line:
    """The business's phone line, and what its calls cost."""

    till: Till
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def call(
        self,
        seconds: int,
        *,
        to: str = LOCAL,
        status: CallStatus = CallStatus.COMPLETED,
        at: datetime | None = None,
        id: str = "",
    ) -> NewCall:
        """Report a completed call."""
        began = at or self.till.clock.now()
        new = NewCall(id or f"call-{next(self._ids)}", CALLER, to, began, seconds, status)
        self.till.services.calls.recording.record(self.platform, new)
        return new

    @property
    def platform(self) -> KeyActor:
        """The calling platform, which reports calls."""
        return KeyActor("key", self.till.owner.business_id, "Platform", KeyAccess.SCREENING)

    def run(self) -> int:
        """Charge what is due."""
        return self.till.services.billing.charging.run().value

    def ledger(self) -> list[tuple[str, int, str]]:
        """Return the kind, micro-units and description of each usage charge, oldest first."""
        with self.till.services.database.read() as session:
            rows = session.exec(
                select(LedgerTransaction)
                .where(LedgerTransaction.kind == "usage")
                .order_by(col(LedgerTransaction.number))
            ).all()
            assert untrue_balances(session) == []
            days, prices = (sum(session.exec(select(kept.micros)).all()) for kept in (UsageDay, UsagePrice))
        assert days == prices == -sum(row.amount_micros for row in rows), "the usage card matches the ledger"
        return [(row.reference or "", row.amount_micros, row.description) for row in rows]

    def cost(self) -> dict[str, int]:
        """Run charging, and return the total micro-units charged so far, by kind."""
        self.run()
        sums: dict[str, int] = {}
        for kind, micros, _ in self.ledger():
            sums[kind] = sums.get(kind, 0) - micros
        return sums


def numbers(line: Line) -> list[tuple[str, int, str]]:
    line.run()
    return [row for row in line.ledger() if row[0].endswith("number")]
