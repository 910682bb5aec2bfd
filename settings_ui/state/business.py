"""The Business page: details, members and invitations."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.membership import as_role
from settings_ui.services.business import details, requests, team
from settings_ui.services.business.invitations import OpenInvitation
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.kit.activity import RecentChange
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.paged import PagedState
from settings_ui.state.shell import Shell
from settings_ui.state.views.business import DetailsView, InvitationView, MemberView, RoleView
from settings_ui.state.views.common import ChangeView, change_view, moment_view

AN_ID = re.compile("mem_[a-z0-9]{1,28}")


class Seen(NamedTuple):
    """Everything that the page shows."""

    around: Surroundings
    details: details.Details
    team: team.MemberPage
    invitations: list[OpenInvitation]
    changes: list[RecentChange]


class Business(PagedState, rx.State):
    """`only` is the member named in the URL. `dialog` is the open dialog: invite, role, remove or withdraw; `target`
    and `invitation` say whom it is about, `role` is the new role."""

    _requires: ClassVar[Capability | None] = Capability.MANAGE_BUSINESS
    _page: ClassVar[int] = team.PAGE
    loaded: bool = False
    details: DetailsView = DetailsView()
    wrong: dict[str, str] = {}
    saved: int = 0
    members: list[MemberView] = []
    roles: list[RoleView] = []
    pay_per_call: bool = False
    only: str = ""
    invitations: list[InvitationView] = []
    dialog: str = ""
    target: MemberView = MemberView()
    invitation: InvitationView = InvitationView()
    role: str = ""
    errors: dict[str, str] = {}
    answered: int = 0
    changes: list[ChangeView] = []

    @event
    async def open(self) -> None:
        """Show the page as it is now, with only one member if the URL names one."""
        only = self.router.url.query_parameters.get("member", "")
        self.only = only if AN_ID.fullmatch(only) else ""
        if self.only:
            self.search, self.offset = "", 0
        await self._again()

    @event
    async def save(self, form: dict[str, Any]) -> None:
        """Save the details of the business, or show what is wrong with them."""
        actor = current_actor()
        given = [text(form, field) for field in ("name", "time_zone", "region", "currency")]
        seen = details.Details(**vars(self.details))
        try:
            await call(lambda: services().business.details.save(actor, *given, seen=seen))
            self.wrong = {}
        except Refused as refused:
            self.wrong = refused.errors
        await self._again()
        self.saved += 1

    @event
    def discard(self) -> None:
        """Drop what was wrong with the details of the business."""
        self.wrong = {}

    @event
    def ask(self, dialog: str, about: str) -> None:
        """Open a dialog about a member or an invitation, or to invite; close with any other name."""
        self.target = next((member for member in self.members if member.id == about), MemberView())
        self.invitation = next((waiting for waiting in self.invitations if waiting.id == about), InvitationView())
        known = {"invite": True, "remove": self.target.id, "withdraw": self.invitation.id}.get(dialog)
        self.errors, self.dialog = {}, dialog if known else ""

    @event
    def keep_open(self) -> None:
        """Open the invitation that the page still shows after a restart, unless another dialog was opened since."""
        self.dialog = self.dialog or "invite"

    @event
    async def choose_role(self, member: str, role: str) -> Any:
        """Change a member's role, with a confirmation first for one's own."""
        self.target = next((shown for shown in self.members if shown.id == member), MemberView())
        self.role, self.errors = role, {}
        if self.target.self and role != self.target.role:
            self.dialog = "role"
            self.answered += 1
            return None
        return await self._give_role()

    @event
    async def give_role(self) -> Any:
        """Change the role as confirmed in the dialog."""
        return await self._give_role()

    @event
    async def set_access(self, member: str, active: bool) -> None:
        """Turn a member's Pay Per Call access on or off."""
        actor = current_actor()
        word = "on" if active else "off"
        await self._do(
            lambda: services().business.team.set_access(actor, member, active=active), f"Pay Per Call turned {word}"
        )

    @event
    async def remove(self) -> Any:
        """Remove the member in the dialog."""
        actor, member = current_actor(), self.target
        work = lambda: services().business.team.remove(actor, member.id)  # noqa: E731
        return await self._do(work, f"{member.name} removed", himself=member.self)

    @event
    async def invite(self, form: dict[str, Any]) -> None:
        """Send an invitation."""
        actor, email, role = current_actor(), text(form, "email"), text(form, "role")
        await self._do(lambda: services().business.invitations.invite(actor, email, role), "Invitation sent")

    @event
    async def send_again(self, invitation: str) -> None:
        """Send a new link that replaces the previous one."""
        actor = current_actor()
        await self._do(lambda: services().business.invitations.send_again(actor, invitation), "Invitation resent")

    @event
    async def withdraw(self) -> None:
        """Withdraw the invitation in the dialog."""
        actor, invitation = current_actor(), self.invitation.id
        await self._do(lambda: services().business.invitations.withdraw(actor, invitation), "Invitation withdrawn")

    async def _give_role(self) -> Any:
        actor, member, role = current_actor(), self.target, self.role
        work = lambda: services().business.team.change_role(actor, member.id, role)  # noqa: E731
        return await self._do(work, f"{member.name} is {as_role(role)} now", himself=member.self)

    async def _do(self, work: Callable[[], Any], done: str, *, himself: bool = False) -> Any:
        """Run the service and show the page again; a person who changed their own rights sees it with the new ones."""
        shell = await self.get_state(Shell)
        try:
            await call(work)
        except Refused as refused:
            if self.dialog:
                self.errors = refused.errors
            else:
                shell._toast(str(refused), kind="bad")
        else:
            self.errors, self.dialog = {}, ""
            shell._toast(done)
            if himself:
                return Shell.look_again
        await self._again()
        self.answered += 1
        return None

    async def _again(self) -> None:
        actor, search, offset, only = current_actor(), self.search, self.offset, self.only
        seen = await in_thread(lambda: _read(actor, search, offset, only))
        (await self.get_state(Shell))._show(actor, seen.around)
        zone, found = seen.around.current.time_zone, seen.team
        self.details = DetailsView(**vars(seen.details))
        self.roles, self.pay_per_call = [RoleView(role.value, role.title()) for role in found.roles], found.pay_per_call
        self.members = [
            MemberView(
                id=member.id, name=member.name, email=member.email, role=member.role.value,
                role_label=member.role.title(), access=member.pay_per_call_access,
                since=moment_view(member.since, zone), disabled=member.disabled, mine=member.mine, self=member.self,
                asks_for=", ".join(member.asks_for),
            )
            for member in found.members
        ]  # fmt: skip
        self._count(len(self.members), found.matching)
        self.invitations = [
            InvitationView(
                id=one.id, email=one.email, role=one.role.title(), by=one.by, sent=moment_view(one.sent_at, zone),
                expires=moment_view(one.expires_at, zone), expired=one.expired, mine=one.mine,
            )
            for one in seen.invitations
        ]  # fmt: skip
        self.changes = [change_view(change, zone) for change in seen.changes]
        self.loaded = True


def _read(actor: Actor, search: str, offset: int, only: str) -> Seen:
    ours = services().business
    return Seen(
        ours.shell.see(actor),
        ours.details.see(actor),
        ours.team.see(actor, search=search, offset=offset, only=only),
        ours.invitations.open(actor),
        services().activity.recent(actor, requests.TOPIC, details.TOPIC),
    )
