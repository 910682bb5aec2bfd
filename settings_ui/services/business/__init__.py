"""The business: who belongs to it, and what stands around each of its pages."""

from dataclasses import dataclass

from settings_ui.services.business.members import Members
from settings_ui.services.business.shell import Shell


@dataclass(frozen=True)
class BusinessServices:
    """Members, and the surroundings of a page."""

    members: Members
    shell: Shell
