"""Payouts: where a member's money goes, links in the mail about it, and the list to pay out."""

from settings_ui.gateways.ports import Clock, Limiter
from settings_ui.services.account.reauthentication import Reauthentication
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.payouts.links import PayoutLinks
from settings_ui.services.payouts.run import PayoutRun
from settings_ui.services.payouts.service import Saving


class Payouts(Saving):
    """Saving one's own destination, and beside it `links` and `run`."""

    def __init__(
        self, database: Database, clock: Clock, limiter: Limiter, links: Links, reauthentication: Reauthentication
    ) -> None:
        super().__init__(database, clock, limiter, links, reauthentication)
        self.links = PayoutLinks(database, clock, links)
        self.run = PayoutRun(database, clock)
