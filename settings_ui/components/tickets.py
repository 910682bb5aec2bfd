"""Tickets for members and staff: the list, the thread, and the reply form."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router import link

from settings_ui.components.browser import Files, Title
from settings_ui.components.fields import prose
from settings_ui.components.filters import choice, list_search, page_turns
from settings_ui.components.vocabulary import ago, badge, button, card, deed, dialog, empty, notice, table
from settings_ui.domain.attachments import MOST_BYTES
from settings_ui.domain.tickets import MOST_ATTACHMENTS
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from settings_ui.services.support.listing import Show
from settings_ui.state.views.tickets import FactView, FileView, ThreadEntryView, TicketView

REPLY = "ticket-reply"
FILES_HINT = (
    f"Up to {MOST_ATTACHMENTS} images, PDFs or text files of up to {MOST_BYTES // 1024 // 1024} MB each. "
    "You can also drop or paste them here."
)


def ticket_list(
    state: Any,
    *,
    title: str,
    about: Any,
    labels: dict[Show, str],
    at_desk: bool,
    nothing: tuple[str, str],
    aside: rx.Component | None = None,
) -> rx.Component:
    """A page of tickets with search and a status filter."""
    headings = (
        ["Subject", "Business", "Status", "Updated"] if at_desk else ["Subject", "Status", "Opened by", "Updated"]
    )
    return card(
        title,
        list_search(
            state,
            choice(
                "Show",
                rx.cond(state.show, state.show, next(iter(labels)).value),
                [(show.value, label) for show, label in labels.items()],
                on_choose=state.choose,
            ),
            label="Search tickets",
            placeholder="Search tickets",
        ),
        rx.cond(
            state.tickets,
            table(headings, rx.foreach(state.tickets, lambda ticket: _row(ticket, at_desk)), label=title, fits=660),
            rx.cond(
                state.search | state.show,
                empty("No matching tickets", "Try other words, or show all tickets."),
                empty(*nothing),
            ),
        ),
        about=about,
        aside=aside,
        form=rx.cond((state.offset > 0) | state.more, page_turns(state)),
        flush=True,
        anchor="tickets",
        words="help ticket question problem contact support",
    )


def _row(ticket: ObjectVar[TicketView], at_desk: bool) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            link(rx.el.b(ticket.subject), to=ticket.href, class_name="row-link"),
            rx.el.div(_facts_line(ticket), class_name="muted small"),
        ),
        rx.el.td(ticket.business) if at_desk else rx.fragment(),
        rx.el.td(
            badge(ticket.status, ticket.look),
            rx.cond(
                ticket.waits,
                rx.el.div(
                    rx.cond(ticket.waits == ticket.status, "", rx.fragment(ticket.waits, " ")),
                    ago(ticket.since, lasts=True),
                    class_name="muted small",
                ),
            ),
            class_name="whole",
        ),
        rx.fragment() if at_desk else rx.el.td(ticket.opener, class_name="muted", custom_attrs={"data-before": "by"}),
        rx.el.td(ago(ticket.updated), custom_attrs={"data-before": "updated"}),
        class_name="ticket",
        key=ticket.id,
    )


def _facts_line(ticket: ObjectVar[TicketView]) -> rx.Component:
    return rx.fragment(
        ticket.number,
        rx.el.span(" · ", ticket.kind, class_name="kind"),
        rx.cond(ticket.priority, rx.fragment(" · ", ticket.priority), ""),
    )


def thread(state: Any, *, back: str, upload: Any, at_desk: bool, gone: str) -> rx.Component:
    """The open ticket, or a notice that it was not found; `back` is the URL of the list, `upload` that of the upload
    route."""
    ticket = state.thread.ticket
    return rx.fragment(
        rx.el.p(link("‹ All tickets", to=back, class_name="link"), class_name="back"),
        rx.cond(
            state.missing,
            notice(rx.el.b("This ticket was not found."), " ", gone, role="status", below="mb-5"),
            rx.fragment(
                Title.create(text=f"{ticket.number} {ticket.subject}"),
                card(
                    ticket.subject,
                    rx.cond(state.facts, rx.el.dl(rx.foreach(state.facts, _fact), class_name="facts boxed")),
                    rx.cond(
                        state.thread.earlier > 0,
                        rx.el.p(
                            button(
                                rx.fragment("Show earlier (", state.thread.earlier, ")"), on_click=state.show_earlier
                            )
                        ),
                    ),
                    rx.el.ol(
                        rx.foreach(state.entries, _entry), class_name="thread", aria_label="Thread", aria_live="polite"
                    ),
                    about=rx.fragment(
                        _facts_line(ticket),
                        " · opened ",
                        ago(state.thread.opened),
                        " by ",
                        ticket.opener,
                        rx.fragment(" at ", rx.el.b(ticket.business)) if at_desk else "",
                    ),
                    aside=_status(ticket),
                    form=rx.fragment(
                        _reply(state, upload),
                        rx.cond(
                            state.thread.closes,
                            rx.fragment(),
                            rx.el.div(
                                rx.el.span("This ticket is closed. To write again, open a new one.", class_name="hint"),
                                class_name="card-foot",
                            ),
                        ),
                    ),
                    anchor="ticket",
                ),
                _question(state),
            ),
        ),
    )


def _status(ticket: ObjectVar[TicketView]) -> rx.Component:
    return rx.el.div(
        badge(ticket.status, ticket.look),
        rx.cond(ticket.waits, rx.el.span(" ", ago(ticket.since, lasts=True), class_name="small")),
        class_name="status",
    )


def _fact(fact: ObjectVar[FactView]) -> rx.Component:
    return rx.fragment(rx.el.dt(fact.name), rx.el.dd(fact.value))


def _entry(entry: ObjectVar[ThreadEntryView]) -> rx.Component:
    return rx.cond(
        entry.did,
        rx.el.li(rx.el.b(entry.author), " ", entry.did, " ·\u00a0", ago(entry.at), class_name="deed", key=entry.id),
        rx.el.li(
            rx.el.span(entry.initials, class_name="avatar", aria_hidden="true"),
            rx.el.div(
                rx.el.div(
                    rx.el.b(entry.author),
                    rx.cond(entry.staff, badge("Support", "good")),
                    ago(entry.at),
                    class_name="said-by",
                ),
                rx.el.div(entry.body, class_name="said"),
                rx.cond(entry.files, rx.el.ul(rx.foreach(entry.files, _file), class_name="attached")),
            ),
            class_name=rx.cond(entry.staff, "from-staff", ""),
            key=entry.id,
        ),
    )


def _file(file: ObjectVar[FileView]) -> rx.Component:
    return rx.el.li(
        A.create(file.name, href=file.href, download=True, class_name="link"),
        rx.el.span(" ", file.size, class_name="muted"),
        key=file.id,
    )


def _reply(state: Any, upload: Any) -> rx.Component:
    """The reply form; on a closed ticket it is shown only if something was typed before it was closed."""
    open_now = state.thread.closes
    return rx.el.form(
        rx.el.div(
            prose("Reply", name="reply", anchor=REPLY, wrong=state.errors["reply"], rows="4"),
            files(upload, state.errors["attachments"]),
            sent_once(state.errors),
            class_name="card-body answer",
        ),
        rx.el.div(
            rx.el.span(state.thread.hint, class_name="hint while-clean"),
            rx.el.span(
                rx.cond(open_now, "Not sent yet", "Not sent: the ticket was closed meanwhile."),
                class_name="hint while-dirty",
            ),
            rx.cond(open_now, button("Close ticket", look="ghost", on_click=state.ask_to_close(True))),
            rx.cond(state.thread.solves, button("Mark as solved", on_click=state.solve)),
            rx.cond(state.thread.reopens, button("Reopen", on_click=state.reopen)),
            rx.cond(
                open_now,
                rx.el.button("Reply", type="submit", class_name="btn primary"),
                rx.el.button("Discard", type="reset", class_name="btn ghost"),
            ),
            class_name="card-foot",
        ),
        on_submit=state.reply,
        no_validate=True,
        tab_index=-1,
        class_name=rx.cond(open_now, "", "ended"),
        key=state.thread.ticket.id,
        custom_attrs={
            "data-draft": "",
            "data-answered": state.answered,
            "data-kept": f"{state.keeper}:{state.thread.ticket.id}",
        },
    )


def _question(state: Any) -> rx.Component:
    number = state.thread.ticket.number
    return dialog(
        "Close this ticket?",
        rx.el.p("Nobody can reply to it again. It stays in the list for reference."),
        opened=state.closing,
        on_close=state.ask_to_close(False),
        actions=[
            button("Keep it open", on_click=state.ask_to_close(False)),
            deed(f"Close {number}", on_click=state.close),
        ],
    )


def files(upload: Any, wrong: Any) -> rx.Component:
    """The attachments of a form; `upload` is the URL of the upload route."""
    return Files.create(
        action=upload,
        name="attachments",
        label="Attachments",
        hint=FILES_HINT,
        wrong=wrong,
        max_bytes=MOST_BYTES,
        most=MOST_ATTACHMENTS,
    )


def sent_once(errors: Any) -> rx.Component:
    """The id of a form's draft (forms.jsx), by which a repetition is recognized, and what is wrong with the form as a
    whole."""
    return rx.fragment(
        rx.el.input(type="hidden", name="draft"),
        *[
            rx.cond(errors[field], rx.el.p(errors[field], class_name="wrong", role="alert", custom_attrs=marks))
            for field, marks in (("", {"data-refused": ""}), ("draft", {"data-refused": "", "data-spent": ""}))
        ],
    )


def upload_path(business: Any = None) -> Any:
    """Return the URL of the upload route, for the window's business or for the desk."""
    return ATTACHMENTS_PATH if business is None else f"{ATTACHMENTS_PATH}?business={business}"
