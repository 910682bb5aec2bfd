"""Paging through the call log in tests."""

from datetime import datetime, timedelta

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.services.calls.log import Filter, LogPage
from tests.support import START

EVERY = Filter()


def minutes_ago(n: float) -> datetime:
    """Return a time this long before the tests' noon."""
    return START - timedelta(minutes=n)


def ids(page: LogPage) -> list[str]:
    """Return the platform's ids of the calls on a page."""
    return [seen.call.id for seen in page.calls]


def all_older(services: Services, actor: Actor, wanted: Filter = EVERY, limit: int = 3) -> list[str]:
    """Return the ids on every page, newest first."""
    page = services.calls.log.page(actor, wanted, limit=limit)
    found = ids(page)
    while page.older:
        page = services.calls.log.page(actor, wanted, cursor=page.older, limit=limit)
        found += ids(page)
    return found
