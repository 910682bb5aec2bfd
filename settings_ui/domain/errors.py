"""Errors as facts of the domain. Each edge translates them once into a field message, a notice or a status."""


class DomainError(Exception):
    """An error that a person can act on.

    `code` is stable, for programs; `message` is shown to people; `field` names the input that it is about.
    """

    code = "invalid_request"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """The input is not valid; `field` says which."""


class Conflict(DomainError):
    """The request is valid but conflicts with the current state."""

    code = "conflict"


class NotFound(DomainError):
    """It does not exist, or it belongs to another business; the two cannot be told apart."""

    code = "not_found"

    def __init__(
        self, message: str = "This was not found. It may have been removed.", *, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)


class Forbidden(DomainError):
    """The actor's role does not allow it."""

    code = "forbidden"

    def __init__(self, message: str = "Your role does not allow this.") -> None:
        super().__init__(message)


class Unauthenticated(DomainError):
    """Nobody is signed in, or the credentials are wrong."""

    code = "unauthenticated"

    def __init__(self, message: str = "Sign in first.", *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class Gone(DomainError):
    """A link that has been used or has expired."""

    code = "gone"


class TooMany(DomainError):
    """A limit was reached; it resets in `retry_after_s` seconds."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.retry_after_s = retry_after_s


class TooLarge(DomainError):
    """The input is too large."""

    code = "too_large"


class Unavailable(DomainError):
    """A service that we depend on did not respond; nothing was changed."""

    code = "unavailable"

    def __init__(self, message: str = "We could not reach our database. Nothing was changed. Try again.") -> None:
        super().__init__(message)
