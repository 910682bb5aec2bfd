"""Authentication: from a request's headers to its caller."""

import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote_plus

import anyio.to_thread
from starlette.types import Scope

from settings_ui.bootstrap import Services
from settings_ui.domain.api_key import PREFIX as KEY_PREFIX
from settings_ui.http.client import client_address
from settings_ui.services.api_keys.check import Caller
from settings_ui.telemetry import trail

P = ParamSpec("P")
T = TypeVar("T")
BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)
NAMES_OF_KEYS = frozenset({"api_key", "apikey", "api-key", "key", "token", "access_token"})
IN_ADDRESS = (
    "A key was sent in the URL, where it ends up in logs and browser histories. Send it as "
    "Authorization: Bearer cs_key_…, "
    "and rotate it if it is real."
)


async def admit(scope: Scope, services: Services) -> Caller:
    """Return the caller, and count the request; raise Unauthenticated, TooMany or Unavailable."""
    caller = await quick(services, services.api_keys.admission.enter, *credentials(scope, services))
    noted(scope, caller)
    return caller


def credentials(scope: Scope, services: Services) -> tuple[str, str]:
    """Return the key that was sent, and the address that it came from."""
    return bearer(scope), client_address(scope, services.config.trusted_proxy_hops)


def noted(scope: Scope, caller: Caller) -> None:
    """Keep who asked, for the answer's headers and for the log lines of this request."""
    scope["api_caller"] = caller
    trail.acting(caller.actor.key_id, caller.actor.business_id)


async def quick(services: Services, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one indexed read: on the event loop if it takes microseconds, in a thread if it goes over a network."""
    if services.database.embedded and not services.config.redis_url:
        return call(*args, **kwargs)
    return await anyio.to_thread.run_sync(lambda: call(*args, **kwargs))


def bearer(scope: Scope) -> str:
    """Return the key from the Authorization header, or an empty string for none, several, or another scheme."""
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(found) != 1 or (match := BEARER.fullmatch(found[0])) is None:
        return ""
    return match[1].decode("latin-1")


def has_key_in_address(scope: Scope) -> bool:
    """Whether anything in the URL looks like a key, or is named like one."""
    if KEY_PREFIX in scope["path"]:
        return True
    if not scope["query_string"]:
        return False
    query = scope["query_string"].decode("latin-1")
    names = (name.lower() for name, _ in parse_qsl(query, keep_blank_values=True, separator="&"))
    return KEY_PREFIX in unquote_plus(query) or any(name in NAMES_OF_KEYS for name in names)
