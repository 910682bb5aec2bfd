"""The session's cookie."""

from starlette.requests import cookie_parser
from starlette.responses import Response

from settings_ui.config import Config
from settings_ui.services.account.access import ABSOLUTE


def cookie_name(config: Config) -> str:
    """Return the cookie's name: under https one that no subdomain and no plain http can set."""
    return "__Host-session" if config.secure else "session"


def session_token(config: Config, cookie_header: str) -> str | None:
    """Return the session's token from a Cookie header, or None for none and for garbage.

    Whatever form other cookies have, ours is found: the standard library gives all up for one that it cannot read.
    """
    token = cookie_parser(cookie_header).get(cookie_name(config), "")
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
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(config), path="/", secure=config.secure, httponly=True, samesite="lax")
