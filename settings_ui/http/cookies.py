"""The session's cookie."""

from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from settings_ui.config import Config
from settings_ui.http.client import header
from settings_ui.services.account.access import ABSOLUTE


def cookie_name(config: Config) -> str:
    """Return the cookie's name; under https one that neither a subdomain nor plain http can set."""
    return "__Host-session" if config.secure else "session"


def session_token(config: Config, scope: Scope) -> str | None:
    """Return the session token of a connection, or None if it is absent or malformed.

    Looks at all Cookie headers together, everywhere: HTTP/2 may split them, and if pages looked at one and routes at
    another, they could serve two people. Finds ours whatever the format of other cookies; the standard library drops
    all of them if it cannot parse one.
    """
    token = cookie_parser(header(scope, b"cookie")).get(cookie_name(config), "")
    return token if 20 <= len(token) <= 200 else None


def set_session(config: Config, response: Response, token: str) -> None:
    """Give the browser the session: HttpOnly, SameSite=Lax, Secure under https, 30 days at most."""
    response.set_cookie(
        cookie_name(config),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=config.secure,
        httponly=True,
        samesite="lax",
    )


def clear_session(config: Config, response: Response) -> None:
    """Delete the session cookie."""
    response.delete_cookie(cookie_name(config), path="/", secure=config.secure, httponly=True, samesite="lax")
