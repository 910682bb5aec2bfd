"""A stale answer from the provider changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from tests.services.billing.plans import state
from tests.services.billing.test_catalogue import LOCAL, rate
from tests.services.billing.till import Till, payments_of
from tests.support import make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def slow(till: Till, name: str, meanwhile: Callable[[], object]) -> Services:
    """Return services in which, after the provider answers the first such call and before the call returns, something
    happens in another process."""
    payments, pending = payments_of(till.sandbox), [meanwhile]

    class Slow:
        def __getattr__(self, wanted: str) -> Any:
            return self._answer if wanted == name else getattr(payments, wanted)

        def _answer(self, *given: object) -> Any:
            answer = getattr(payments, name)(*given)
            if pending:
                till.tick(seconds=1)
                pending.pop()()
            return answer

    return make_services(till.services.database.url, till.clock, payments=Slow())


def test_a_plan_that_was_changed_meanwhile_stays_changed(till: Till) -> None:
    till.plan("starter")
    process = slow(till, "subscriptions", lambda: till.change_plan("growth"))
    assert not process.billing.subscriptions.refresh(till.owner.business_id)
    process.database.close()
    assert state(till)[1] == "growth"


@on_sqlite
def test_a_card_that_was_saved_meanwhile_stays_saved(till: Till) -> None:
    till.card()
    process = slow(till, "cards", lambda: till.card("pm_card_mastercard"))
    assert not process.billing.cards.refresh(till.owner).value
    process.database.close()
    assert [card.last4 for card in till.services.billing.statement.overview(till.owner).cards] == ["4444", "4242"]


@on_sqlite
def test_a_rate_that_was_changed_meanwhile_stays_changed(till: Till) -> None:
    till.plan("starter")

    def reprice() -> None:
        till.sandbox.control("prices", lookup_key="rate_starter_local_minute", unit_amount_decimal="4.75")
        till.services.billing.catalogue.refresh()

    process = slow(till, "catalogue", reprice)
    assert not process.billing.catalogue.refresh().value
    process.database.close()
    assert rate(till, LOCAL) == 47_500
