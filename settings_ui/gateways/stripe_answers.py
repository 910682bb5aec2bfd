"""Common to all calls to Stripe: keys, error translation, and parsing of answers."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe import StripeError

from settings_ui.gateways.ports import ProviderRefused, ProviderUnavailable

log = logging.getLogger(__name__)
PAGE = 100


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of a call to Stripe to ProviderRefused or ProviderUnavailable."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        if error.http_status in (409, 429):  # a call with the same key is in progress, or a rate limit
            raise ProviderUnavailable("The payment provider is busy. Try again in a moment.") from error
        code = _decline(error) or error.code or type(error).__name__
        log.warning("Stripe refused a call: %s %s", error.http_status, code)
        raise ProviderRefused(code) from error
    except StripeError as error:
        log.warning("Stripe gave no answer: %s %s", error.http_status, type(error).__name__)
        raise ProviderUnavailable("The payment provider is not responding.") from error


def _decline(error: StripeError) -> str | None:
    said: Any = error.json_body
    return said["error"].get("decline_code") if isinstance(said, dict) and "error" in said else None


def once(key: str) -> dict[str, Any]:
    """Return the options of a call that is done only once for this key."""
    return {"idempotency_key": key}


def id_of(found: dict[str, Any] | str | None) -> str | None:
    """Return the id of an object that may be expanded or already an id."""
    return str(found["id"]) if isinstance(found, dict) else found


def moment_of(seconds: int) -> datetime:
    """Return the moment for a Stripe timestamp."""
    return datetime.fromtimestamp(seconds, UTC)
