"""The details of a business: name, time zone, region, currency."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Conflict
from settings_ui.domain.places import parse_currency, parse_region, parse_time_zone
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock
from settings_ui.models import BillingAccount, Business, TopUp
from settings_ui.services.billing.current_plan import current_plan
from settings_ui.services.billing.customers import may_have_paid
from settings_ui.services.billing.ledger import has_moved
from settings_ui.services.business.team import role_in_hand
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, meanwhile, topics
from settings_ui.services.kit.database import Database

TOPIC = "business"


@dataclass(frozen=True)
class Details:
    """`recounting` says that daily counts are being recalculated for a new time zone, `currency_fixed` that money has
    moved, or is about to."""

    name: str
    time_zone: str
    region: str
    currency: str
    recounting: bool = False
    currency_fixed: bool = False


LABELS = {"name": "Name", "time_zone": "Time zone", "region": "Region", "currency": "Currency"}


class BusinessDetails:
    """Reads and changes the details."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def see(self, actor: Actor) -> Details:
        """Return the details of the actor's business."""
        require(actor, Capability.MANAGE_BUSINESS)
        with self._database.read() as session:
            home = session.get_one(Business, actor.business_id)
            fixed = _is_fixed(session, home, self._clock.now())
        return Details(home.name, home.time_zone, home.region, home.currency, home.recount_since is not None, fixed)

    def save(
        self, actor: Actor, name: str, time_zone: str, region: str, currency: str, *, seen: Details | None = None
    ) -> Changed[None]:
        """Change what differs from the details that the actor has `seen` (default: those now); raise Invalid at `name`,
        `time_zone`, `region` or `currency`, Conflict at `currency` once the business pays in another, and at what
        someone else has changed since.

        Another time zone moves the start of days, so daily counts become due for recounting.
        """
        require(actor, Capability.MANAGE_BUSINESS)
        given = {
            "name": clean_name(name, field="name", what="Name"),
            "time_zone": parse_time_zone(time_zone, field="time_zone"),
            "region": parse_region(region, field="region"),
            "currency": parse_currency(currency, field="currency"),
        }
        now = self._clock.now()
        with self._database.write() as session:
            role_in_hand(session, actor)
            home = session.exec(select(Business).where(col(Business.id) == actor.business_id)).one()
            before = {field: getattr(home, field) for field in given}
            wanted = [field for field in given if given[field] != (getattr(seen, field) if seen else before[field])]
            changed = [field for field in wanted if before[field] != given[field]]
            for field in changed:
                if seen and before[field] != getattr(seen, field):
                    raise Conflict(meanwhile(before[field]), field=field)
            if not changed:
                return Changed(None, frozenset())
            if "currency" in changed and _is_fixed(session, home, now):
                raise Conflict(
                    f"This business already pays in {home.currency}, so the currency cannot be changed.",
                    field="currency",
                )
            for field in changed:
                setattr(home, field, given[field])
            if "time_zone" in changed:
                home.recount_since = now
            record(
                session,
                TOPIC,
                "changed the business",
                at=now,
                actor=actor,
                before={LABELS[field]: before[field] for field in changed},
                after={LABELS[field]: given[field] for field in changed},
            )
        return Changed(None, topics(actor.business_id))


def _is_fixed(session: Session, home: Business, now: datetime) -> bool:
    """Whether money was booked in the currency, a payment in it has started, or a plan charges in it: usage would be
    free in another one."""
    begun = select(TopUp.id).where(TopUp.business_id == home.id).limit(1)
    if has_moved(session, home.id) or session.exec(begun).first() is not None:
        return True
    account, plan = session.get(BillingAccount, home.id), current_plan(session, home.id, now)
    return (account is not None and may_have_paid(account, now)) or (
        plan.subscription is not None and plan.foreign is None
    )
