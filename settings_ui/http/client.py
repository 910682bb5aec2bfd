"""Where a request comes from."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """Return a header's value, repeated ones joined as HTTP does; empty if absent."""
    values = [value for key, value in scope.get("headers", ()) if key == name]
    return (b"; " if name == b"cookie" else b", ").join(values).decode("latin-1")


def client_address(scope: Scope, trusted_hops: int) -> str:
    """Return the client's address, without a port; X-Forwarded-For counts only as far as our own proxies wrote it."""
    if trusted_hops:
        forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
        if len(forwarded) >= trusted_hops:
            return _without_port(forwarded[-trusted_hops])
    client = scope.get("client")
    return client[0] if client else ""


def _without_port(address: str) -> str:
    """Return 192.0.2.1 for 192.0.2.1:443 and 2001:db8::1 for [2001:db8::1]:443, as some proxies write them: with its
    port each connection would be counted as another client."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
