"""Windows of people who have not signed in: how many may begin."""

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.ports import Limit, Limiter

PER_NETWORK = Limit(300, 600)
"""Each begins a state that is kept for an hour, whatever becomes of its socket."""


class Strangers:
    """Counts what anybody can begin without an account."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def may_begin(self, network: str) -> bool:
        """Count a window that begins and return whether it may. Nobody is kept out because the counts are away: where
        they are, states are too, and the window says so."""
        try:
            return self._limiter.count(PER_NETWORK, "windows-of-strangers", network)
        except Unavailable:
            return True
