"""API keys: managing them, checking them at each request, and idempotent answers."""

from collections.abc import Sequence

from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.services.api_keys.admission import Admission
from settings_ui.services.api_keys.check import KeyCheck
from settings_ui.services.api_keys.expiry import ExpiryMails
from settings_ui.services.api_keys.idempotency import Idempotency
from settings_ui.services.api_keys.service import Keys
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links


class ApiKeys:
    """Managing keys, and checking requests.

    `limiter` counts the requests of each key, `spare` if that cannot be reached.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        pepper: str,
        limiter: Limiter,
        spare: Limiter,
        limit: Limit,
        links: Links,
        *,
        former_peppers: Sequence[str] = (),
    ) -> None:
        self.keys = Keys(database, clock, pepper)
        self.check = KeyCheck(database, clock, pepper, *former_peppers)
        self.admission = Admission(self.check, limiter, spare, limit)
        self.idempotency = Idempotency(database, clock)
        self.expiry_mails = ExpiryMails(database, clock, links)
