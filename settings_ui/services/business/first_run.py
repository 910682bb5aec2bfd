"""The first steps of a new business."""

from dataclasses import dataclass

from sqlalchemy import Exists
from sqlmodel import col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.gateways.ports import Clock
from settings_ui.models import ApiKey, Call, Invitation, Membership, TrackingNumber
from settings_ui.services.kit.database import Database


@dataclass(frozen=True)
class Steps:
    """Which of the first steps are done."""

    number: bool
    key: bool
    call: bool
    team: bool

    @property
    def over(self) -> bool:
        """Whether the steps are complete: calls come in, and the business has another member."""
        return self.call and self.team


class FirstRun:
    """Checks the actor's business, in one statement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def see(self, actor: Actor) -> Steps:
        """Return which steps are done; an open invitation counts as a team."""
        require(actor, Capability.MANAGE_BUSINESS)
        here, now = actor.business_id, self._clock.now()
        waiting = (
            select(Invitation.id)
            .where(Invitation.business_id == here, col(Invitation.withdrawn_at).is_(None), Invitation.expires_at >= now)
            .exists()
        )
        others = select(Membership.id).where(Membership.business_id == here, Membership.user_id != actor.user_id)
        with self._database.read() as session:
            number, key, call, team = session.exec(
                select(
                    _any(TrackingNumber, TrackingNumber.business_id == here, col(TrackingNumber.released_at).is_(None)),
                    _any(ApiKey, ApiKey.business_id == here, col(ApiKey.revoked_at).is_(None)),
                    select(Call.seq).where(Call.business_id == here).exists(),
                    others.exists() | waiting,
                )
            ).one()
        return Steps(number, key, call, team)


def _any(model: type[TrackingNumber] | type[ApiKey], *conditions: object) -> Exists:
    return select(model.id).where(*conditions).exists()  # type: ignore[arg-type]
