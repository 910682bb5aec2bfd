"""What the Billing tab shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class CardView:
    """A saved card. `warning` says that it has expired or will soon."""

    id: str = ""
    name: str = ""
    expires: str = ""
    warning: str = ""
    default: bool = False


@dataclass(frozen=True)
class TopUpView:
    """A top-up that is not credited: `kind` is good, warn or bad; `way_on` is the label of its button, empty for
    none."""

    id: str
    amount: str
    text: str
    kind: str
    way_on: str


@dataclass(frozen=True)
class TransactionView:
    """A line of the ledger; `ask` is where support is asked about it."""

    id: str
    text: str
    amount: str
    balance: str
    receipt: str
    day: str
    at: MomentView
    number: str
    ask: str
