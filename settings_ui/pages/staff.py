"""/staff, the desk of the platform's support staff"""

import reflex as rx

from settings_ui.components.tickets import thread, ticket_list, upload_path
from settings_ui.components.vocabulary import skeleton
from settings_ui.components.window import account, main, toast_list, window
from settings_ui.domain.access import DESK_PATH
from settings_ui.services.support.listing import Show
from settings_ui.state.desk import Desk

LABELS = {
    Show.OPEN: "Waiting for us",
    Show.PENDING: "Waiting for the business",
    Show.UNSOLVED: "Unsolved",
    Show.SOLVED: "Solved",
    Show.CLOSED: "Closed",
    Show.ALL: "All",
}


def staff() -> rx.Component:
    """The page: the queue, or the ticket in the URL."""
    return window(
        rx.el.header(
            rx.el.div(rx.el.i(), "Switchboard", class_name="brand at-desk"),
            account(Desk.name, Desk.email, Desk.initials),
            class_name="top",
        ),
        main(
            rx.fragment(rx.el.h1("Staff desk"), rx.el.p("Tickets from all businesses", class_name="sub")),
            rx.cond(
                Desk.loaded,
                rx.cond(
                    Desk.missing | (Desk.thread.ticket.id != ""),
                    thread(
                        Desk, back=DESK_PATH, upload=upload_path(), at_desk=True, gone="The address may be mistyped."
                    ),
                    _queue(),
                ),
                skeleton(rows=4),
            ),
            wide=True,
        ),
        toasts=toast_list(Desk.toasts, dismiss=Desk.dismiss),
        unsaved=("Leave without sending?", "What you typed here has not been sent."),
    )


def _queue() -> rx.Component:
    return ticket_list(
        Desk,
        title="Tickets",
        about=rx.fragment(Desk.waiting),
        labels=LABELS,
        at_desk=True,
        nothing=("No tickets waiting", "Tickets that members open or reply to appear here, the most urgent first."),
    )
