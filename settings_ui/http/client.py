"""Where a request comes from."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """Return a header's value, repeated ones joined as HTTP does; empty if absent."""
    values = [value for key, value in scope.get("headers", ()) if key == name]
    return (b"; " if name == b"cookie" else b", ").join(values).decode("latin-1")


def client_address(scope: Scope, trusted_hops: int) -> str:
    """Return the client's address; X-Forwarded-For counts only as far as our own proxies wrote it."""
    if trusted_hops:
        forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
        if len(forwarded) >= trusted_hops:
            return forwarded[-trusted_hops]
    client = scope.get("client")
    return client[0] if client else ""
