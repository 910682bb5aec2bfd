"""Where no provider of payments is set: nothing can be paid, and what there is can be read."""

from typing import Any, NoReturn

from settings_ui.domain.errors import Invalid
from settings_ui.domain.payments import ProviderEvent
from settings_ui.gateways.ports import ProviderUnavailable

NOT_SET = "Payments are not set up here. The operator sets STRIPE_SECRET_KEY."


class NoPayments:
    """A provider that never answers, and says why."""

    def verified(self, body: bytes, signature: str) -> ProviderEvent:
        """Raise Invalid: nobody signs anything here."""
        raise Invalid(NOT_SET)

    def __getattr__(self, name: str) -> Any:
        return _refuse


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise ProviderUnavailable(NOT_SET)
