"""The business: who belongs to it, and what stands around each of its pages."""

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
    """What members do about the business and each other, what the operator does, and the surroundings of a page."""

    details: BusinessDetails
    first_run: FirstRun
    invitations: Invitations
    members: Members
    requests: AccessRequests
    shell: Shell
    team: Team
