"""Errors in Stripe's format."""

from typing import Any

Object = dict[str, Any]


class Refused(Exception):
    """An answer other than 200: the status, and `error` as Stripe writes it."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: Object = {"type": kind, "message": message} | {k: v for k, v in more.items() if v is not None}

    @property
    def executed(self) -> bool:
        """Whether the call started executing before it failed, so that its idempotency key stores this answer."""
        return self.status == 402 or self.status >= 500


def invalid(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> Refused:
    """Return the error for a parameter."""
    return Refused(status, "invalid_request_error", message, param=param, code=code)


def missing(kind: str, name: str, param: str) -> Refused:
    """Return the error for an id that does not exist: 404 in the path, 400 in a parameter."""
    words = kind.replace(".", "_").replace("_", " ")
    status = 404 if param in ("id", "intent") else 400
    return invalid(f"No such {words}: '{name}'", param, "resource_missing", status)
