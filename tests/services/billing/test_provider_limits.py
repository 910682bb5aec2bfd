"""Rate limits on a business's requests to the provider, so that no business exhausts the shared API quota."""

from collections.abc import Callable

import pytest

from settings_ui.domain.errors import DomainError, TooMany
from settings_ui.gateways.ports import Limit
from settings_ui.services.billing import provider_limits
from tests.services.billing.till import Till

TWICE = Limit(times=2, within_s=60 * 60)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def tried(work: Callable[[], object]) -> type[DomainError] | None:
    try:
        work()
    except DomainError as error:
        return type(error)
    return None


def test_quotes_are_limited_and_pages_apart_from_them(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_limits, "QUOTES", TWICE)
    till.plan("starter")
    plan = till.services.billing.plan
    quotes = [tried(lambda: plan.quote(till.owner, "growth", ())) for _ in range(3)]
    assert quotes == [None, None, TooMany]
    assert tried(lambda: plan.quote(till.owner, "starter", ())) is TooMany, "refused before the provider is called"
    assert tried(lambda: till.services.billing.cards.add(till.owner)) is None


def test_pages_of_the_provider_are_limited_whichever_they_are(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_limits, "PAGES", TWICE)
    till.services.billing.catalogue.refresh()
    billing = till.services.billing
    pages = [
        tried(lambda: billing.cards.add(till.owner)),
        tried(lambda: billing.plan.checkout(till.owner, "starter", (), till.attempt())),
        tried(lambda: billing.cards.add(till.owner)),
        tried(lambda: billing.plan.checkout(till.owner, "starter", (), till.attempt())),
    ]
    assert pages == [None, None, TooMany, TooMany]
