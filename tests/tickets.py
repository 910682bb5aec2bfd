"""Ticket helpers: members who open tickets, and staff who answer."""

from typing import Any

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, StaffActor
from settings_ui.models import User
from settings_ui.services.account.access import token_digest
from settings_ui.services.support.tickets import NewTicket
from tests.support import FakeClock, add_user, open_session

FORM: dict[str, Any] = {
    "subject": "Toll-free minutes billed twice",
    "category": "billing",
    "priority": "high",
    "description": "On 3 March the same call is there twice.",
}


def add_staff(services: Services, clock: FakeClock, email: str = "ada@support.example") -> tuple[StaffActor, str]:
    """Insert a staff account with a session; return the actor and the cookie."""
    user_id = add_user(services, email, "Ada Quist")
    with services.database.read() as session:
        services.support.staff.add(session.get_one(User, user_id).email)
    cookie = open_session(services, user_id, clock)
    staff = services.account.access.staff(token_digest(cookie))
    assert staff is not None
    return staff, cookie


def open_ticket(services: Services, actor: Actor, **form: Any) -> str:
    """Open a ticket and return its id."""
    return services.support.tickets.open(actor, NewTicket(**(FORM | form))).value
