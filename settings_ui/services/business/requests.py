"""Requests for access: the owners are told who asks for which section, and can grant it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from settings_ui.domain.access import Actor, Capability, Grant, Page, Role, Tab, allows, require, roles_with
from settings_ui.domain.errors import Conflict, Forbidden, TooMany
from settings_ui.domain.membership import as_role
from settings_ui.gateways.ports import Clock
from settings_ui.models import Activity, Business, Membership, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.mail import enqueue

TOPIC = "members"
ASKED = "asked for access"
SECTION = "Section"
ONCE_IN = timedelta(days=1)
OPEN_FOR = timedelta(days=7)


class AccessRequests:
    """Sent by a member, at most once a day per section; shown to those who manage members for seven days."""

    def __init__(self, database: Database, clock: Clock, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._links = links

    def was_sent(self, actor: Actor, section: Tab | Page) -> bool:
        """Whether the actor asked for the section within the last day."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        with self._database.read() as session:
            return self._was_sent(session, actor, section)

    def send(self, actor: Actor, section: Tab | Page) -> Changed[int]:
        """Email every owner and return how many. Raises Conflict if the actor may open the section, TooMany within a
        day of the last request."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        now = self._clock.now()
        with self._database.write() as session:
            home = lock_business(session, actor.business_id)
            member, user = self._asking(session, actor)
            if allows(
                section.capability,
                Role(member.role),
                pay_per_call=home.pay_per_call and member.pay_per_call_access,
            ):
                raise Conflict(f"You already have access to {section.label}. Reload the page.")
            if self._was_sent(session, actor, section):
                raise TooMany(
                    f"You already asked for {section.label} within the last day, and the owners were told.",
                    retry_after_s=int(ONCE_IN.total_seconds()),
                )
            owners = _owners(session, home.id)
            for owner in owners:
                enqueue(session, now, owner.email, *self._mail(home, member, user, owner, section))
            record(session, TOPIC, ASKED, at=now, actor=actor, after={SECTION: section.label}, about=[member.id])
        return Changed(len(owners), topics(home.id))

    def _asking(self, session: Session, actor: Actor) -> tuple[Membership, User]:
        found = session.exec(
            select(Membership, User)
            .join(User, col(User.id) == Membership.user_id)
            .where(Membership.business_id == actor.business_id, Membership.user_id == actor.user_id)
        ).first()
        if found is None:
            raise Forbidden
        return found

    def _was_sent(self, session: Session, actor: Actor, section: Tab | Page) -> bool:
        since = self._clock.now() - ONCE_IN
        asked = _requests(actor.business_id, since).where(Activity.user_id == actor.user_id)
        return any(row.after.get(SECTION) == section.label for row in session.exec(asked))

    def _mail(
        self, home: Business, member: Membership, user: User, owner: User, section: Tab | Page
    ) -> tuple[str, str]:
        holding = " and ".join(f"{role}s" for role in roles_with(section.capability, Grant.YES))
        if roles_with(section.capability, Grant.ADD_ON):
            holding += " and members with access to Pay Per Call"
        link = self._links.address(f"{Page.BUSINESS.path}?member={member.id}")
        return (
            f"{user.name} asks for access to {section.label}",
            f"Hello {owner.name},\n\n{user.name} ({user.email}) is {as_role(member.role)} of {home.name} and asks for "
            f"access to {section.label}, which {holding} have.\n\n"
            f"To change their role or Pay Per Call access:\n\n{link}\n\n"
            "To leave everything as it is, do nothing.\n",
        )


def open_requests(
    session: Session, business: Business, members: Collection[Membership], now: datetime
) -> Mapping[str, tuple[str, ...]]:
    """Return the sections that members asked for in the last seven days and may not open, by member."""
    asked: dict[str, list[str]] = {}
    for row in session.exec(_requests(business.id, now - OPEN_FOR).order_by(col(Activity.at))):
        for member in row.about or ():
            asked.setdefault(member, []).append(row.after.get(SECTION, ""))
    sections = {section.label: section for section in (*Tab, *Page)}
    return {
        member.id: tuple(
            label
            for label in dict.fromkeys(asked.get(member.id, ()))
            if label in sections
            and not allows(
                sections[label].capability,
                Role(member.role),
                pay_per_call=business.pay_per_call and member.pay_per_call_access,
            )
        )
        for member in members
    }


def _requests(business_id: str, since: datetime) -> SelectOfScalar[Activity]:
    return select(Activity).where(
        Activity.business_id == business_id,
        Activity.topic == TOPIC,
        col(Activity.at) > since,
        Activity.what == ASKED,
    )


def _owners(session: Session, business_id: str) -> Sequence[User]:
    query = (
        select(User)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(
            Membership.business_id == business_id,
            Membership.role == Role.OWNER.value,
            col(User.disabled_at).is_(None),
        )
        .order_by(col(Membership.created_at), col(Membership.id))
    )
    return session.exec(query).all()
