"""Used if no payment provider is configured: nothing can be paid, but stored data can be read."""

from typing import Any, NoReturn

from settings_ui.domain.errors import Invalid
from settings_ui.domain.payments import ProviderEvent
from settings_ui.gateways.ports import ProviderUnavailable

NOT_SET = "Payments are not set up. The operator must set STRIPE_SECRET_KEY."


class NoPayments:
    """A provider that is never available, and says why."""

    def verified(self, body: bytes, signature: str) -> ProviderEvent:
        """Raise Invalid: there are no signed events."""
        raise Invalid(NOT_SET)

    def __getattr__(self, name: str) -> Any:
        return _refuse


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise ProviderUnavailable(NOT_SET)
