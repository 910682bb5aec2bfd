"""Rate limits on a business's requests to the provider, so that no business exhausts the shared API quota."""

from collections.abc import Callable, Iterator

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, TooMany
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.services.billing.provider_limits import PAGES, QUOTES, ProviderLimits
from tests.services.billing.till import Till, payments_of
from tests.support import make_services

LEFT = 2

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def nearly_used_up(till: Till) -> Iterator[Services]:
    """A process in which the business has two quotes and two pages left for this hour."""
    limiter = MovingWindowLimiter()
    counted = ProviderLimits(limiter)
    for _ in range(QUOTES.times - LEFT):
        counted.quote(till.owner)
    for _ in range(PAGES.times - LEFT):
        counted.page(till.owner)
    url, payments = till.services.database.url, payments_of(till.sandbox)
    process = make_services(url, till.clock, payments=payments, limiter=limiter)
    yield process
    process.database.close()


def tried(work: Callable[[], object]) -> type[DomainError] | None:
    try:
        work()
    except DomainError as error:
        return type(error)
    return None


def test_quotes_are_limited_and_pages_apart_from_them(till: Till, nearly_used_up: Services) -> None:
    till.plan("starter")
    billing = nearly_used_up.billing
    plan = billing.plan
    quotes = [tried(lambda: plan.quote(till.owner, "growth", ())) for _ in range(3)]
    assert quotes == [None, None, TooMany]
    assert tried(lambda: plan.quote(till.owner, "starter", ())) is TooMany, "refused before the provider is called"
    assert tried(lambda: billing.cards.add(till.owner)) is None


def test_pages_of_the_provider_are_limited_whichever_they_are(till: Till, nearly_used_up: Services) -> None:
    till.services.billing.catalogue.refresh()
    billing = nearly_used_up.billing
    pages = [
        tried(lambda: billing.cards.add(till.owner)),
        tried(lambda: billing.plan.checkout(till.owner, "starter", (), till.attempt())),
        tried(lambda: billing.cards.add(till.owner)),
        tried(lambda: billing.plan.checkout(till.owner, "starter", (), till.attempt())),
    ]
    assert pages == [None, None, TooMany, TooMany]
