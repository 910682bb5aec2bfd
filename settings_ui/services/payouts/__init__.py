"""Payouts: each member's PayPal email, the links in emails about it, and the list for a payout run."""

from settings_ui.gateways.ports import Clock, Limiter
from settings_ui.services.account.reauthentication import Reauthentication
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.payouts.links import PayoutLinks
from settings_ui.services.payouts.run import PayoutRun
from settings_ui.services.payouts.service import OwnDestinations


class Payouts:
    """Members' payout destinations, the links in emails about them, and the operator's payout run."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        self.destinations = OwnDestinations(database, clock, limiter, links, reauthentication)
        self.links = PayoutLinks(database, clock, links)
        self.run = PayoutRun(database, clock)
