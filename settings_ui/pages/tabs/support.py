"""Settings → Support."""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.browser import Answers, Follow
from settings_ui.components.fields import field, prose, select
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.tickets import files, sent_once, thread, ticket_list, upload_path
from settings_ui.components.vocabulary import badge, button, dialog, skeleton
from settings_ui.domain.text import NAME_LENGTH
from settings_ui.domain.tickets import CATEGORY_LABELS, Category, Priority
from settings_ui.pages.tabs.api_keys import REFERENCE
from settings_ui.services.support.listing import Show
from settings_ui.state.support import Support
from settings_ui.state.views.tickets import PATH, TicketView

SUBJECT = "ticket-subject"
DOCS = [[REFERENCE, "API reference", "api key keys request requests screening screen 401 403 409 422 429"]]
LABELS = {
    Show.UNSOLVED: "Unsolved",
    Show.PENDING: "Waiting for you",
    Show.OPEN: "Open",
    Show.SOLVED: "Solved",
    Show.CLOSED: "Closed",
    Show.ALL: "All",
}


def support() -> rx.Component:
    """The tab: the list, or the ticket in the URL."""
    new = _new()  # before the list, so that search leads from its fields to the card with New ticket
    return rx.cond(
        Support.loaded,
        rx.fragment(
            rx.cond(
                Support.missing | (Support.thread.ticket.id != ""),
                thread(
                    Support,
                    back=PATH,
                    upload=upload_path(Support.business),
                    at_desk=False,
                    gone="It may belong to another of your businesses. Switch to that business in the sidebar.",
                ),
                rx.fragment(_list(), new, rx.cond(Support.led, Follow.create(to=PATH))),
            ),
            rx.cond(Support.sees_changes, recent_changes(Support.changes)),
        ),
        skeleton(rows=5),
    )


def _list() -> rx.Component:
    return ticket_list(
        Support,
        title="Tickets",
        about=rx.fragment("We answer within one working day. ", Support.waiting),
        labels=LABELS,
        at_desk=False,
        nothing=("No unsolved tickets", "Open one if something does not work as it should."),
        aside=button("New ticket", look="primary", on_click=Support.ask(True)),
    )


def _new() -> rx.Component:
    """The form stays on the page while its dialog is closed, and with it what was typed; a reload brings that back."""
    return dialog(
        "New ticket",
        rx.el.form(
            field(
                "Subject",
                name="subject",
                anchor=SUBJECT,
                value=Support.beginning.subject,
                wrong=Support.new_errors["subject"],
                max_length=NAME_LENGTH,
                placeholder="What it is about, in a few words",
                custom_attrs={"data-first": ""},
                on_change=lambda value: Support.typed({"subject": value}).debounce(300),
            ),
            Answers.create(
                rx.cond(
                    Support.alike,
                    rx.el.div(
                        rx.el.span("Similar tickets: ", class_name="muted"),
                        rx.el.ul(rx.foreach(Support.alike, _like)),
                    ),
                ),
                field=SUBJECT,
                heading="This may help:",
                docs=DOCS,
                on_leave=Support.ask(False),
            ),
            rx.el.div(
                select(
                    "Category",
                    [(category.value, CATEGORY_LABELS[category]) for category in Category],
                    name="category",
                    anchor="ticket-category",
                    value=Support.beginning.category,
                ),
                select(
                    "Priority",
                    [(priority.value, priority.value.title()) for priority in Priority],
                    name="priority",
                    anchor="ticket-priority",
                    value=Priority.NORMAL.value,
                ),
                class_name="grid2",
            ),
            prose(
                "Description",
                name="description",
                anchor="ticket-description",
                wrong=Support.new_errors["description"],
                rows="5",
            ),
            _about(),
            files(upload_path(Support.business), Support.new_errors["attachments"]),
            sent_once(Support.new_errors),
            rx.el.div(
                button("Cancel", on_click=Support.ask(False)),
                rx.el.button("Create ticket", type="submit", class_name="btn primary"),
                class_name="dialog-foot",
            ),
            on_submit=Support.create,
            no_validate=True,
            tab_index=-1,
            class_name="stack-form",
            custom_attrs={
                "data-draft": "",
                "data-answered": Support.created,
                "data-kept": f"{Support.keeper}:{Support.business}",
            },
        ),
        opened=Support.asks,
        on_close=Support.ask(False),
        on_forgotten=Support.keep_open,
        keeps=True,
    )


def _about() -> rx.Component:
    """What the ticket is related to; support sees it as facts."""
    return rx.el.div(
        select(
            "Related to",
            rx.fragment(
                rx.el.option("Nothing in particular", value=""),
                rx.foreach(Support.abouts, lambda kind: rx.el.option(kind[1], value=kind[0])),
            ),
            name="about_kind",
            value=Support.beginning.kind,
            anchor="ticket-about-kind",
        ),
        field(
            "Which one",
            name="about",
            value=Support.beginning.reference,
            anchor="ticket-about",
            wrong=Support.new_errors["about"],
            max_length=200,
            hint="Support sees its details, but no secrets.",
        ),
        class_name="grid2",
    )


def _like(ticket: ObjectVar[TicketView]) -> rx.Component:
    return rx.el.li(
        link(ticket.subject, to=ticket.href, class_name="link"),
        " ",
        badge(ticket.status, ticket.look),
        key=ticket.id,
    )
