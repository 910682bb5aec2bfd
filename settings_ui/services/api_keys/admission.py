"""Who may come in at the API: a good key, within its limit. Bad ones are counted by the network that they come from."""

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
"""Finds who calls, by a key and the network that it came from, as KeyCheck.caller does."""
REFUSED = "This API key is missing or not valid. Send an active key as Authorization: Bearer cs_key_…"


class Admission:
    """`limit` is how often each key may ask. `spare` counts in this process while `limiter` cannot be reached:
    a platform that asks whether to connect a call gets its answer."""

    def __init__(self, check: KeyCheck, limiter: Limiter, spare: Limiter, limit: Limit) -> None:
        self._check = check
        self._limiter = limiter
        self._spare = spare
        self.limit = limit
        self._known: dict[int, float] = {}
        self._networks: dict[str, str] = {}

    def knows(self, secret: str) -> bool:
        """Whether this key was good in this process before; no more than a hint, for what may be tried first."""
        return hash(secret) in self._known

    def enter(self, secret: str, address: str, find: Find | None = None) -> Caller:
        """Return who calls, as `find` or else the key check finds them, and count the request.

        Raises Unauthenticated, the same for every key that is not good; TooMany beyond the limit of the key, or for
        keys that have not been seen here, from a network that sent too many bad ones; Unavailable.
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
            message = f"This key may ask {self.limit.times:,} times in {self.limit.within_s} s. Try again in {wait} s."
            raise TooMany(message, retry_after_s=wait)
        self._check.count(caller.actor, address)
        return caller

    def refuse(self, address: str, why: str = REFUSED) -> Unauthenticated | TooMany:
        """Count a request that brought no key, or brought it where it must not be, and return what to raise."""
        return self._failure(self._network(address), why)

    def _failure(self, network: str, why: str = REFUSED) -> Unauthenticated | TooMany:
        wait = self._take(FAILURES, "api-failures", network)
        return _too_many_failures(wait) if wait else Unauthenticated(why)

    def _take(self, limit: Limit, *key: str) -> int:
        try:
            return take(self._limiter, limit, *key)
        except Unavailable:
            return take(self._spare, limit, *key)

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
    return TooMany("Too many requests from here had no valid key. Try again in a while.", retry_after_s=wait)
