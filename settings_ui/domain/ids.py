"""Opaque identifiers: a prefix that says what a row is, then 120 random bits."""

import base64
import secrets


def new_id(prefix: str) -> str:
    """Return `prefix_` and 24 characters of lower-case base32. Unique and unguessable."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(15)).decode().lower()}"
