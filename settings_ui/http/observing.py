"""What the operator sees of each answer: a count and a duration always, a log line when it matters."""

import logging

from starlette.types import Scope

from settings_ui.telemetry import metrics

log = logging.getLogger(__name__)
NOBODY_WAITED = 499
"""The status of a request whose client disconnected before the answer."""
QUIET = {"GET", "HEAD", "OPTIONS"}
NOT_WORTH_A_LINE = {404, 429}
"""Statuses that anyone can cause at will."""
SLOW_S = 1.0
"""An answer on a hot path that takes longer than this is logged even if it succeeded."""


def answered(scope: Scope, route: str, status: int, seconds: float, *, hot: bool = False) -> None:
    """Count the answer; log it if it could have changed something or was a refusal. Never the query: it has tokens.

    On a `hot` path a log line would cost twice the answer, so only refusals and slow answers are logged there.
    """
    status = status or NOBODY_WAITED
    metrics.request(route, status, seconds)
    matters = status >= 400 or (seconds >= SLOW_S if hot else scope["method"] not in QUIET)
    if matters and status not in NOT_WORTH_A_LINE and log.isEnabledFor(logging.INFO):
        facts = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1000, 1)}
        log.info("%s %s %d", scope["method"], route.rpartition(" ")[2], status, extra={"facts": facts})
