"""The routes that are not pages."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from settings_ui.bootstrap import Services, services
from settings_ui.http import (
    activity,
    attachments,
    auth,
    avatars,
    billing,
    blocked_callers,
    calls,
    invitations,
    login_email,
    operating,
    password,
    payouts,
    sign_in_link,
    webhooks,
)
from settings_ui.http.billing import TRANSACTIONS_PATH, USAGE_PATH
from settings_ui.http.errors import TooLarge, failed, json_error, too_large
from settings_ui.http.observing import NOBODY_WAITED
from settings_ui.http.webhooks import WEBHOOK_PATH
from settings_ui.services.account.avatars import UPLOAD_PATH
from settings_ui.services.account.login_email import REVERT_PATH, VERIFY_PATH
from settings_ui.services.account.password import RESET_PATH
from settings_ui.services.account.sign_in_link import LINK_PATH
from settings_ui.services.blocked_callers.import_file import IMPORT_PATH
from settings_ui.services.business.invitations import JOIN_PATH
from settings_ui.services.payouts.mail import CANCEL_PATH, CONFIRM_PATH
from settings_ui.services.support.attachments import ATTACHMENTS_PATH

Handler = Callable[[Request, Services], Awaitable[Response]]


def routes() -> Starlette:
    """Return the application of plain routes; Reflex mounts itself behind them."""
    return Starlette(
        routes=[
            Route("/auth/sign-in", _with_services(auth.sign_in), methods=["POST"]),
            Route("/auth/sign-out", _with_services(auth.sign_out), methods=["POST"]),
            Route(CANCEL_PATH, _with_services(payouts.cancel), methods=["GET", "POST"]),
            Route(CONFIRM_PATH, _with_services(payouts.confirm), methods=["GET", "POST"]),
            Route(LINK_PATH, _with_services(sign_in_link.ask), methods=["POST"]),
            Route(LINK_PATH, _with_services(sign_in_link.open_link), methods=["GET"]),
            Route("/auth/forgot-password", _with_services(password.forgot), methods=["POST"]),
            Route(RESET_PATH, _with_services(password.open_link), methods=["GET"]),
            Route(RESET_PATH, _with_services(password.reset), methods=["POST"]),
            Route(JOIN_PATH, _with_services(invitations.open_link), methods=["GET"]),
            Route(JOIN_PATH, _with_services(invitations.join), methods=["POST"]),
            Route(VERIFY_PATH, _with_services(login_email.verify), methods=["GET", "POST"]),
            Route(REVERT_PATH, _with_services(login_email.revert), methods=["GET", "POST"]),
            Route(UPLOAD_PATH, _with_services(avatars.upload), methods=["POST"]),
            Route("/avatars/{file}", _with_services(avatars.show), methods=["GET"]),
            Route(ATTACHMENTS_PATH, _with_services(attachments.upload), methods=["POST"]),
            Route(f"{ATTACHMENTS_PATH}/{{attachment}}", _with_services(attachments.download), methods=["GET"]),
            Route(IMPORT_PATH, _with_services(blocked_callers.import_file), methods=["POST"]),
            Route("/activity.csv", _with_services(activity.export), methods=["GET"]),
            Route("/calls.csv", _with_services(calls.export), methods=["GET"]),
            Route(TRANSACTIONS_PATH, _with_services(billing.transactions), methods=["GET"]),
            Route(USAGE_PATH, _with_services(billing.usage), methods=["GET"]),
            Route(WEBHOOK_PATH, _with_services(webhooks.stripe), methods=["POST"]),
            Route("/health", _with_services(operating.health), methods=["GET"]),
            Route("/health/live", operating.live, methods=["GET"]),
            Route("/health/ready", _with_services(operating.ready), methods=["GET"]),
            Route("/metrics", _with_services(operating.measures), methods=["GET"]),
            Route("/api/{path:path}", no_such_endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        exception_handlers={TooLarge: cut_off, ClientDisconnect: left, Exception: broken},
    )


async def no_such_endpoint(_request: Request) -> Response:
    """404 in JSON for every path under /api without a route."""
    return json_error(404, "not_found", "This endpoint does not exist.")


async def cut_off(_request: Request, error: Exception) -> Response:
    """413 for a body that turns out to be too large while a route reads it."""
    assert isinstance(error, TooLarge)  # noqa: S101 Starlette types every handler for any exception
    return too_large(error.limit)


async def left(_request: Request, _error: Exception) -> Response:
    """499 for a client that disconnects, or sends nonsense, in the middle of its body: no error of ours."""
    return Response(status_code=NOBODY_WAITED)


async def broken(request: Request, _error: Exception) -> Response:
    """500 for what no service raised; the edge logs it."""
    return failed(request)


def _with_services(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler(request, services())

    return endpoint
