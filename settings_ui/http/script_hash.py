"""Inline scripts in a Content Security Policy."""

import base64
import hashlib


def script_hash(script: str | bytes) -> str:
    """Return what allows exactly this inline script, as a source of `script-src`."""
    body = script.encode() if isinstance(script, str) else script
    return f"'sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}'"
