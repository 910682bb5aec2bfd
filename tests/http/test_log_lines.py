"""What the log says of requests about accounts: who it was and how it ended, and no secret."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator

import pytest

from settings_ui.bootstrap import Services
from settings_ui.http import observing
from settings_ui.services.account.access import token_digest
from settings_ui.telemetry import logs
from tests.http.conftest import EMAIL
from tests.http.site import Site, session_in
from tests.support import PASSWORD


@contextlib.contextmanager
def written(format: type[logging.Formatter] = logs.JsonLines) -> Iterator[io.StringIO]:
    """Yield what requests write into the log, as the operator reads it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(format())
    log, before = observing.log, observing.log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


@pytest.mark.parametrize("format", [logs.JsonLines, logs.TextLines])
@pytest.mark.parametrize("path", ["/auth/reset-password", "/auth/forgot-password"])
def test_no_address_hides_the_status(path: str, format: type[logging.Formatter]) -> None:
    """What follows `password:` is taken for one, and removed."""
    with written(format) as log:
        observing.answered({"method": "POST", "path": path}, f"POST {path}", 422, 0.1)
    assert f"POST {path} 422" in log.getvalue()


async def test_who_signs_in_and_out_is_named(services: Services, site: Site, dana: str) -> None:
    """An operator who asks what someone did begins there; whoever guesses is nobody."""
    form = {"email": EMAIL, "password": PASSWORD}
    with written() as log:
        token = session_in(await site.browser().post("/auth/sign-in", data=form))
        actor = services.account.access.actor(token_digest(token))
        await site.browser(token).post("/auth/sign-out")
        await site.browser().post("/auth/sign-in", data={**form, "password": "a wrong one of hers"})
    assert actor is not None
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["message"], line.get("actor"), line.get("business")) for line in lines] == [
        ("POST /auth/sign-in 303", dana, actor.business_id),
        ("POST /auth/sign-out 303", dana, actor.business_id),
        ("POST /auth/sign-in 401", None, None),
    ]
    for secret in (token, PASSWORD, "a wrong one", EMAIL):
        assert secret not in log.getvalue()
