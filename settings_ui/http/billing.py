"""The transactions of the balance and the cost of usage as CSV files."""

from decimal import Decimal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.domain.money import Money
from settings_ui.domain.rates import MINUTE_S, MINUTES, WORDS, UsageKind
from settings_ui.http.actor import actor_of, still
from settings_ui.http.errors import refusal
from settings_ui.http.sheet import sheet
from settings_ui.models import LedgerTransaction, UsageDay

TRANSACTIONS_PATH = "/billing/transactions.csv"
USAGE_PATH = "/billing/usage.csv"
USAGE_COLUMNS = ("day", "kind", "quantity", "unit", "cost", "currency")
COLUMNS = ("number", "at", "kind", "description", "amount", "balance", "currency", "reference")


async def transactions(request: Request, services: Services) -> Response:
    """GET every transaction of the business as CSV, newest first, streamed; 401 or 403.

    Amounts are exact, to the millionth. `business` is the one shown in the window.
    """
    try:
        actor = await actor_of(request, services, request.query_params.get("business"))
        require(actor, Capability.MANAGE_BILLING)
    except DomainError as error:
        return refusal(request, error, title="Could not download the file")
    rows = map(_cells, services.billing.statement.rows(actor))
    return sheet(
        "transactions", services.clock.now(), COLUMNS, rows, still(request, services, actor, Capability.MANAGE_BILLING)
    )


async def usage(request: Request, services: Services) -> Response:
    """GET usage and its cost as CSV, a row per day and kind, newest first; 401 or 403.

    Minutes are charged minutes. `business` is the one shown in the window.
    """
    try:
        actor = await actor_of(request, services, request.query_params.get("business"))
        require(actor, Capability.MANAGE_BILLING)
    except DomainError as error:
        return refusal(request, error, title="Could not download the file")
    currency = await run_in_threadpool(lambda: services.billing.statement.balance(actor).currency)
    rows = (_used(row, currency) for row in services.billing.usage.rows(actor))
    return sheet(
        "usage", services.clock.now(), USAGE_COLUMNS, rows, still(request, services, actor, Capability.MANAGE_BILLING)
    )


def _used(row: UsageDay, currency: str) -> tuple[object, ...]:
    kind = UsageKind(row.kind)
    quantity = Decimal(row.quantity) / MINUTE_S if kind in MINUTES else row.quantity
    return row.day, row.kind, quantity, WORDS[kind].unit, Decimal(Money(row.micros, currency).exact), currency


def _cells(row: LedgerTransaction) -> tuple[object, ...]:
    amount, balance = (Decimal(Money(micros, row.currency).exact) for micros in (row.amount_micros, row.balance_micros))
    return row.number, row.at, row.kind, row.description, amount, balance, row.currency, row.reference or ""
