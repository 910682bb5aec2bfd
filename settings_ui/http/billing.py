"""The transactions of a balance as a file."""

from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.domain.money import Money
from settings_ui.http.actor import actor_of, still
from settings_ui.http.errors import refusal
from settings_ui.http.sheet import sheet
from settings_ui.models import LedgerTransaction

TRANSACTIONS_PATH = "/billing/transactions.csv"
COLUMNS = ("number", "at", "kind", "description", "amount", "balance", "currency", "reference")


async def transactions(request: Request, services: Services) -> Response:
    """GET every transaction of the business as CSV, newest first, as they are read; 401 or 403.

    Amounts are exact, to the millionth. `business` names the one of the window.
    """
    try:
        actor = await actor_of(request, services, request.query_params.get("business"))
        require(actor, Capability.MANAGE_BILLING)
    except DomainError as error:
        return refusal(request, error, title="No file")
    rows = map(_cells, services.billing.statement.rows(actor))
    return sheet(
        "transactions", services.clock.now(), COLUMNS, rows, still(request, services, actor, Capability.MANAGE_BILLING)
    )


def _cells(row: LedgerTransaction) -> tuple[object, ...]:
    amount, balance = (Decimal(Money(micros, row.currency).exact) for micros in (row.amount_micros, row.balance_micros))
    return row.number, row.at, row.kind, row.description, amount, balance, row.currency, row.reference or ""
