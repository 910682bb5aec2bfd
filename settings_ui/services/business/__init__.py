"""The business: details, members, invitations, and the page frame."""

from dataclasses import dataclass

from settings_ui.services.business.details import BusinessDetails
from settings_ui.services.business.first_run import FirstRun
from settings_ui.services.business.invitations import Invitations
from settings_ui.services.business.members import Members
from settings_ui.services.business.requests import AccessRequests
from settings_ui.services.business.shell import Shell
from settings_ui.services.business.team import Team


@dataclass(frozen=True)
class BusinessServices:
    """The services about the business and its members, for members and the operator, and the page frame."""

    details: BusinessDetails
    first_run: FirstRun
    invitations: Invitations
    members: Members
    requests: AccessRequests
    shell: Shell
    team: Team
