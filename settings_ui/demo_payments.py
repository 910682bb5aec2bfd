"""Three months of payments for the demo, made through the product's own code while the sandbox's clock moves."""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select, update

from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.email_address import fold
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import BillingAccount, Business, Call, Membership, User
from settings_ui.services.demo.seeding import NORTHWIND, PEOPLE

CARDS = (("5555 5555 5555 4444", "11 / 29"), ("4242 4242 4242 4242", "08 / 30"))
PLAN, ADD_ONS = "growth", ("pay_per_call",)
BEGAN = timedelta(days=89)
PAID = {88: "1000", 61: "750", 40: "250", 39: "250", 22: "500", 4: "250"}
"""How many days ago, and how much."""
EVERY_DAYS = 7
"""How often calls are charged in between; each day's calls separately, as always."""
REFUNDED = 39
"""The second of the two on consecutive days."""


@dataclass
class MovingClock:
    """A clock that shows the time it was set to."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def seed_payments(config: Config, now: datetime) -> bool:
    """Give the demo's first business three months of plan, payments and charges, unless it has any; return whether it
    did.

    The sandbox is reset, and its clock ends at `now`.
    """
    access = config.stripe
    if not config.sandboxed or access is None:
        return False
    clock = MovingClock(now - BEGAN)
    services = build(config, clock=clock)
    try:
        owner = _owner(services)
        if owner is None:
            return False
        control = _Control(access.api_base)
        control("reset", now=int(clock.moment.timestamp()))
        card = _begin(services, owner, control)
        for ago in sorted({*range(0, BEGAN.days, EVERY_DAYS), *PAID}, reverse=True):
            since = clock.moment
            _move(control, clock, now - timedelta(days=ago, hours=3, minutes=ago) if ago else now)
            _use(services, owner, since, clock.moment)
            if ago in PAID:
                paid = services.billing.funds.charge(owner, PAID[ago], card, f"demo-payment-{ago:04}").value
            if ago == REFUNDED:
                control("refund", payment_intent=paid.payment)
                services.billing.events.reconcile()
        services.billing.events.reconcile()
        services.billing.subscriptions.refresh(owner.business_id)
        services.billing.recharge.save(owner, on=True, threshold="50", amount="100", cap="500", alert_level="100")
    finally:
        services.database.close()
    return True


def _begin(services: Services, owner: Actor, control: "_Control") -> str:
    """Save two cards, subscribe with the newer one, and return it."""
    for number, expiry in CARDS:
        control.submit(services.billing.cards.add(owner), number, expiry)
    services.billing.cards.refresh(owner)
    card = services.billing.statement.overview(owner).cards[0].id
    services.billing.cards.make_default(owner, card)
    services.billing.catalogue.refresh()
    services.billing.plan.choose(owner, PLAN, ADD_ONS, card, "demo-subscription")
    return card


def _use(services: Services, owner: Actor, since: datetime, until: datetime) -> None:
    """Charge the calls in between as if the platform had reported each when it ended."""
    come_in = (
        col(Call.business_id) == owner.business_id,
        col(Call.started_at) > since,
        col(Call.started_at) <= until,
        col(Call.status) != CallStatus.STOPPED.value,
    )
    with services.database.write() as session:
        session.exec(update(Call).where(*come_in).values(due_at=until))
    services.billing.charging.run()


def _owner(services: Services) -> Actor | None:
    """Return the owner of the demo's first business, or None if it does not exist or has already paid."""
    email = fold(PEOPLE[0][0])
    query = (
        select(User, Business)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Business, col(Business.id) == Membership.business_id)
        .where(User.email_folded == email, Business.name == NORTHWIND, Membership.role == Role.OWNER.value)
    )
    with services.database.read() as session:
        found = session.exec(query).first()
        if found is None or session.get(BillingAccount, found[1].id) is not None:
            return None
    return Actor(found[0].id, "", found[1].id, Role.OWNER, pay_per_call=True)


def _move(control: "_Control", clock: MovingClock, then: datetime) -> None:
    control("advance", days=round((then - clock.moment).total_seconds() / 86_400, 6))
    clock.moment = then


class _Control:
    """A client for the sandbox's control and its pages."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def __call__(self, deed: str, **values: Any) -> None:
        headers = {"Content-Type": "application/json", "Origin": self._origin}
        self._post(f"{self._origin}/_sandbox/{deed}", json.dumps(values).encode(), headers)

    def submit(self, url: str, number: str, expiry: str) -> None:
        """Enter a card on a page."""
        card = urllib.parse.urlencode({"number": number, "expiry": expiry, "cvc": "123"}).encode()
        self._post(url, card, {"Origin": self._origin})

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        request = urllib.request.Request(url, body, headers)  # noqa: S310 the sandbox on this machine
        opener = urllib.request.build_opener(_Stay)
        with opener.open(request, timeout=10):
            pass


class _Stay(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects to pages that are not served yet."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp

    http_error_303 = http_error_302
