"""Admission to the API: a valid key within its limit. Invalid keys are counted by network."""

import time
from collections.abc import Callable

from settings_ui.domain.api_key import is_well_formed
from settings_ui.domain.errors import TooMany, Unauthenticated, Unavailable
from settings_ui.gateways.ports import Limit, Limiter
from settings_ui.services.account.sign_in import network_of
from settings_ui.services.api_keys.check import Caller, KeyCheck
from settings_ui.services.kit.limits import take

FAILURES = Limit(times=60, within_s=60)
KNOWN_FOR_S, MOST_KNOWN, MOST_NETWORKS = 3600.0, 10_000, 10_000
Find = Callable[[str, str], Caller | None]
"""Finds the caller by a key and its network, like KeyCheck.caller."""
REFUSED = "This API key is missing or not valid. Send an active key as Authorization: Bearer cs_key_…"


class KeyLimited(TooMany):
    """A key has used up its limit."""


class Admission:
    """`limit` is the rate limit per key. `spare` counts in this process if `limiter` cannot be reached, so that
    screening keeps working."""

    def __init__(self, check: KeyCheck, limiter: Limiter, spare: Limiter, limit: Limit) -> None:
        self._check = check
        self._limiter = limiter
        self._spare = spare
        self.limit = limit
        self._known: dict[int, float] = {}
        self._networks: dict[str, str] = {}

    def knows(self, secret: str) -> bool:
        """Whether this key was valid in this process before; only a hint for which path to try first."""
        return hash(secret) in self._known

    def enter(self, secret: str, address: str, find: Find | None = None) -> Caller:
        """Return the caller, found by `find` or the key check, and count the request.

        Raises Unauthenticated, the same for every invalid key; KeyLimited beyond the key's limit; TooMany for a key not
        seen here from a network that sent too many invalid ones; Unavailable.
        """
        network = self._network(address)
        # A keyed hash from which the key cannot be recovered: it lets a good key pass a network's limit, and opens
        # nothing, since the key itself is looked up every time.
        known = hash(secret)
        if known not in self._known:
            if not is_well_formed(secret):
                raise self._failure(network)
            if wait := self._wait(network):
                raise _too_many_failures(wait)
        caller = (find or self._check.caller)(secret, network)
        if caller is None:
            self._known.pop(known, None)
            raise self._failure(network)
        self._remember(known)
        if wait := self._take(self.limit, "api-key", caller.actor.key_id):
            limit = f"{self.limit.times:,} requests in {self.limit.within_s} s"
            raise KeyLimited(f"This key is limited to {limit}. Try again in {wait} s.", retry_after_s=wait)
        caller.left = self._left(caller.actor.key_id)
        self._check.count(caller.actor, address)
        return caller

    def refuse(self, address: str, why: str = REFUSED) -> Unauthenticated | TooMany:
        """Count a request without a key, or with a key in the wrong place, and return the error to raise."""
        return self._failure(self._network(address), why)

    def _failure(self, network: str, why: str = REFUSED) -> Unauthenticated | TooMany:
        wait = self._take(FAILURES, "api-failures", network)
        return _too_many_failures(wait) if wait else Unauthenticated(why)

    def _take(self, limit: Limit, *key: str) -> int:
        try:
            return take(self._limiter, limit, *key)
        except Unavailable:
            return take(self._spare, limit, *key)

    def _left(self, key_id: str) -> tuple[int, int]:
        try:
            return self._limiter.left(self.limit, "api-key", key_id)
        except Unavailable:
            return self._spare.left(self.limit, "api-key", key_id)

    def _wait(self, network: str) -> int:
        try:
            return self._limiter.wait_s(FAILURES, "api-failures", network)
        except Unavailable:
            return self._spare.wait_s(FAILURES, "api-failures", network)

    def _network(self, address: str) -> str:
        network = self._networks.get(address)
        if network is None:
            if len(self._networks) >= MOST_NETWORKS:
                self._networks.clear()
            network = self._networks[address] = network_of(address)
        return network

    def _remember(self, known: int) -> None:
        now = time.monotonic()
        if known not in self._known and len(self._known) >= MOST_KNOWN:
            self._known = {one: at for one, at in self._known.items() if now - at < KNOWN_FOR_S}
        if len(self._known) < MOST_KNOWN or known in self._known:
            self._known[known] = now


def _too_many_failures(wait: int) -> TooMany:
    return TooMany("Too many requests from your network had no valid key. Try again later.", retry_after_s=wait)
