"""What the Business page shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class DetailsView:
    """The details of a business."""

    name: str = ""
    time_zone: str = ""
    region: str = ""
    currency: str = ""
    recounting: bool = False
    currency_fixed: bool = False


@dataclass(frozen=True)
class RoleView:
    """A role that can be assigned."""

    value: str
    label: str


@dataclass(frozen=True)
class MemberView:
    """A member; `mine` says that the viewer may change them, `self` that it is the viewer, `asks_for` names the
    sections that they asked for access to."""

    id: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    role_label: str = ""
    access: bool = True
    since: MomentView = MomentView()
    disabled: bool = False
    mine: bool = False
    self: bool = False
    asks_for: str = ""


@dataclass(frozen=True)
class InvitationView:
    """An open invitation; `role` in words."""

    id: str = ""
    email: str = ""
    role: str = ""
    by: str = ""
    sent: MomentView = MomentView()
    expires: MomentView = MomentView()
    expired: bool = False
    mine: bool = False
