"""Support: tickets of the businesses, the desk that answers them, and their files."""

from dataclasses import dataclass

from settings_ui.services.support.attachments import Attachments
from settings_ui.services.support.desk import Desk
from settings_ui.services.support.staff import Staff
from settings_ui.services.support.tickets import Tickets


@dataclass(frozen=True)
class Support:
    """Tickets for members, the desk for support staff, attachments, and who is staff."""

    tickets: Tickets
    desk: Desk
    attachments: Attachments
    staff: Staff
