"""What the operator learns of each answer: a count and a duration always, a log line when it matters."""

import logging

from starlette.types import Scope

from settings_ui.telemetry import metrics

log = logging.getLogger(__name__)
NOBODY_WAITED = 499
"""The status of a request that its sender left before it was answered."""
QUIET = {"GET", "HEAD", "OPTIONS"}
NOT_WORTH_A_LINE = {404, 429}
"""What a stranger can have as often as they like."""


def answered(scope: Scope, route: str, status: int, seconds: float) -> None:
    """Count the answer; log it if it could have changed something or was a refusal. Never the query: it has tokens."""
    status = status or NOBODY_WAITED
    metrics.request(route, status, seconds)
    matters = status >= 400 or scope["method"] not in QUIET
    if matters and status not in NOT_WORTH_A_LINE and log.isEnabledFor(logging.INFO):
        facts = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1000, 1)}
        log.info("%s %s: %d", scope["method"], route, status, extra={"facts": facts})
