"""The money of a business: balance, usage and payments."""

from settings_ui.gateways.ports import Clock, Limiter, Payments
from settings_ui.services.billing.cards import Cards
from settings_ui.services.billing.catalogue import Catalogue
from settings_ui.services.billing.charging import Charging
from settings_ui.services.billing.customers import Customers
from settings_ui.services.billing.events import Events
from settings_ui.services.billing.funds import Funds
from settings_ui.services.billing.ledger import untrue_balances
from settings_ui.services.billing.levels import Levels
from settings_ui.services.billing.open_top_ups import OpenTopUps
from settings_ui.services.billing.plan import Plan
from settings_ui.services.billing.provider_limits import ProviderLimits
from settings_ui.services.billing.recharge import AutoRecharge
from settings_ui.services.billing.statement import Statement
from settings_ui.services.billing.subscription import Subscriptions
from settings_ui.services.billing.usage import Usage
from settings_ui.services.kit.database import Database


class Billing:
    """Balance, top-ups, cards, and the provider's events. `back_to` is the URL to return to from the provider's pages,
    `connected` says whether a provider is configured."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        limiter: Limiter,
        payments: Payments,
        back_to: str,
        *,
        connected: bool = True,
    ) -> None:
        customers, limits = Customers(database, payments, clock), ProviderLimits(limiter)
        self.catalogue = Catalogue(database, clock, payments)
        self.subscriptions = Subscriptions(database, clock, payments, back_to)
        self.cards = Cards(database, clock, payments, customers, limits, back_to)
        self.funds = Funds(database, clock, limiter, payments, customers, back_to)
        self.plan = Plan(database, clock, payments, customers, self.subscriptions, limits, back_to)
        self.open_top_ups = OpenTopUps(database, clock, payments, self.funds)
        self.events = Events(
            database, clock, payments, customers, self.open_top_ups, self.catalogue, self.subscriptions
        )
        self.charging = Charging(database, clock)
        self.recharge = AutoRecharge(database, clock, self.funds, back_to)
        self.levels = Levels(database, clock, back_to)
        self.usage = Usage(database, clock)
        self.statement = Statement(database, clock)
        self.connected = connected
        self._database = database

    def untrue(self) -> list[str]:
        """Return the businesses whose balance is not the sum of their ledger, for `check`."""
        with self._database.read() as session:
            return untrue_balances(session)
