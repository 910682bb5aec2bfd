"""What can go wrong, as facts. Each edge turns them into a field message, a notice or a status, once."""


class DomainError(Exception):
    """A refusal that a person can act on.

    `code` is stable and for machines, `message` is shown as it is, `field` names the input it belongs to.
    """

    code = "invalid_request"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """What was given cannot be used; `field` says which."""


class Conflict(DomainError):
    """It is well formed, but something stands in its way now."""

    code = "conflict"


class NotFound(DomainError):
    """No such thing, or it is another business's: they are indistinguishable."""

    code = "not_found"

    def __init__(self, message: str = "That is not here any more.", *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class Forbidden(DomainError):
    """The actor's role does not allow it."""

    code = "forbidden"

    def __init__(self, message: str = "Your role does not allow this.") -> None:
        super().__init__(message)


class Unauthenticated(DomainError):
    """Nobody is signed in, or the credentials are not right."""

    code = "unauthenticated"

    def __init__(self, message: str = "Sign in first.", *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class Gone(DomainError):
    """A link that was good once: used, or past its time."""

    code = "gone"


class TooMany(DomainError):
    """A limit was reached; `retry_after_s` seconds from now it is free again."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.retry_after_s = retry_after_s


class TooLarge(DomainError):
    """More was sent than is taken."""

    code = "too_large"


class Unavailable(DomainError):
    """Something that we depend on did not answer; nothing was changed."""

    code = "unavailable"

    def __init__(self, message: str = "We could not reach our database. Nothing was changed; try again.") -> None:
        super().__init__(message)
