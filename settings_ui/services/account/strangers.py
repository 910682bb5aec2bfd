"""Rate limits on opening windows, per network without a session and per signed-in user."""

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.ports import Limit, Limiter

PER_NETWORK = Limit(300, 600)
PER_PERSON = Limit(1000, 600)
"""Each window creates a state that is kept for an hour, whatever becomes of its socket; up to 85 kB for a signed-in
user."""


class Strangers:
    """Counts opened windows, anonymous and signed-in."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def may_begin(self, network: str) -> bool:
        """Count a new window and return whether it may open. Fails open: if the counts are unavailable, states are
        too, and the window says so."""
        return self._may(PER_NETWORK, "windows-of-strangers", network)

    def person_may_begin(self, user_id: str) -> bool:
        """Do the same for a window of a signed-in user, on any network."""
        return self._may(PER_PERSON, "windows-of-people", user_id)

    def _may(self, limit: Limit, *key: str) -> bool:
        try:
            return self._limiter.count(limit, *key)
        except Unavailable:
            return True
