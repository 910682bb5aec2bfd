"""/staff, the desk of the platform's own support people"""

import reflex as rx
from reflex_components_core.el.elements.inline import A

from settings_ui.components.browser import After, FoldMenus, FormKeeper, Leave, PlainForm
from settings_ui.components.shell import TOAST_MS, theme_choice
from settings_ui.components.tickets import thread, ticket_list, upload_path
from settings_ui.components.vocabulary import avatar, notice, skeleton
from settings_ui.domain.access import DESK_PATH
from settings_ui.services.support.listing import Show
from settings_ui.state.binding import Binding
from settings_ui.state.desk import Desk
from settings_ui.state.views.common import ToastView

LABELS = {
    Show.OPEN: "Waits for us",
    Show.PENDING: "Waits for the business",
    Show.UNSOLVED: "Not solved",
    Show.SOLVED: "Solved",
    Show.CLOSED: "Closed",
    Show.ALL: "All",
}


def staff() -> rx.Component:
    """The page: the queue, or the ticket that the address asks for."""
    return rx.fragment(
        A.create("Skip to content", href="#content", class_name="skip"),
        _header(),
        rx.el.main(
            rx.el.h1("Staff desk"),
            rx.el.p("Tickets of all businesses", class_name="sub"),
            rx.cond(Binding.outage, notice(Binding.outage, kind="bad", role="alert", below="mb-5")),
            rx.cond(
                Desk.loaded,
                rx.cond(
                    Desk.missing | (Desk.thread.ticket.id != ""),
                    thread(Desk, back=DESK_PATH, upload=upload_path(), at_desk=True, gone="It may be mistyped."),
                    _queue(),
                ),
                skeleton(fields=4),
            ),
            id="content",
            class_name="main",
            tab_index=-1,
        ),
        rx.el.div(rx.foreach(Desk.toasts, _toast), class_name="toasts", role="status", aria_live="polite"),
        FormKeeper.create(
            title="Leave without sending?",
            text="What you typed here is not sent yet.",
            stay="Keep editing",
            leave="Leave",
        ),
        Leave.create(to=Binding.away),
        FoldMenus.create(),
    )


def _queue() -> rx.Component:
    return ticket_list(
        Desk,
        title="Tickets",
        about=rx.fragment(Desk.waiting),
        labels=LABELS,
        at_desk=True,
        nothing=("Nobody waits", "Tickets that members open or answer come here, the most pressing first."),
    )


def _header() -> rx.Component:
    return rx.el.header(
        rx.el.div(rx.el.i(), "Switchboard", class_name="brand at-desk"),
        rx.el.button(
            avatar(Desk.initials, ""),
            type="button",
            class_name="avatar-button",
            aria_label=rx.cond(Desk.name, f"Account of {Desk.name}", "Account"),
            custom_attrs={"popoverTarget": "account"},
        ),
        rx.el.div(
            rx.el.div(
                avatar(Desk.initials, ""),
                rx.el.div(rx.el.b(Desk.name), rx.el.div(Desk.email, class_name="muted")),
                class_name="menu-head",
            ),
            rx.el.div("Theme", class_name="hint px-2.5"),
            theme_choice(),
            PlainForm.create(
                rx.el.button(
                    "Sign out", rx.icon("log-out", size=15, aria_hidden="true"), type="submit", class_name="menu-item"
                ),
                action="/auth/sign-out",
                method="post",
            ),
            id="account",
            class_name="menu",
            custom_attrs={"popover": "auto"},
            role="group",
            aria_label="Account",
        ),
        class_name="top",
    )


def _toast(shown: rx.Var[ToastView]) -> rx.Component:
    return rx.el.div(
        rx.el.span(shown.text),
        After.create(ms=TOAST_MS, on_done=Desk.dismiss(shown.id)),
        rx.el.button(
            rx.icon("x", size=15, aria_hidden="true"),
            type="button",
            class_name="btn ghost icon",
            aria_label="Dismiss",
            on_click=Desk.dismiss(shown.id),
        ),
        class_name=f"toast {shown.kind}",
        key=shown.id,
    )
