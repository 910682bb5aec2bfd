"""/calls?period=…&source=…&qualified=…&status=…&number=…"""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.block_dialog import block_dialog
from settings_ui.components.filters import filter_choice, filters, listed_or_wrong, pager
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import (
    badge,
    button,
    card,
    csv_download,
    dialog,
    empty,
    only,
    skeleton,
    step_link,
    table,
    var,
)
from settings_ui.domain.qualification import CallStatus
from settings_ui.pages.tabs import search_entries
from settings_ui.services.calls.log_filter import QUALIFIED
from settings_ui.state.block_dialog import BlockDialog
from settings_ui.state.blocked_callers import BlockedCallers
from settings_ui.state.calls import CallLog
from settings_ui.state.views.calls import CallView

STATUSES = {"": "Status: any"} | {status.value: status.value.title() for status in CallStatus}


def calls() -> rx.Component:
    """The page."""
    return frame(
        "Calls",
        rx.cond(CallLog.matching, CallLog.matching, "Newest first"),
        _filters(),
        rx.cond(
            CallLog.loaded,
            rx.fragment(listed_or_wrong(CallLog, _log()), _details(), rx.cond(CallLog.may_block, block_dialog())),
            skeleton(rows=10),
        ),
        here="/calls",
        entries=search_entries(),
        aside=csv_download(CallLog.export),
        wide=True,
    )


def _filters() -> rx.Component:
    number = CallLog.filter.number
    return filters(
        CallLog,
        filter_choice(
            CallLog,
            "Source",
            rx.fragment(
                rx.el.option("Source: any", value=""),
                rx.foreach(CallLog.sources, lambda source: rx.el.option(source, value=source)),
            ),
        ),
        filter_choice(CallLog, "Qualified", list(QUALIFIED.items())),
        filter_choice(CallLog, "Status", list(STATUSES.items())),
        search=rx.el.form(
            rx.el.input(
                type="search",
                name="number",
                class_name="input",
                placeholder="Caller's number",
                aria_label="Caller's number",
                default_value=number,
            ),
            on_submit=CallLog.look_up,
            role="search",
            custom_attrs={"data-follows": ""},
        ),
    )


def _log() -> rx.Component:
    return card(
        "Call log",
        rx.cond(
            CallLog.selected,
            rx.el.div(
                rx.el.b(var(CallLog.selected).length(), " selected"),
                button(
                    rx.fragment(
                        "Block ",
                        var(CallLog.selected).length(),
                        rx.cond(var(CallLog.selected).length() == 1, " number", " numbers"),
                    ),
                    on_click=BlockDialog.start(CallLog.selected),
                ),
                class_name="selected",
            ),
        ),
        rx.cond(
            CallLog.calls,
            table(
                ["-Select", "Day", "Time", "From", "+To", "Source", "#Duration", "Result", "#"],
                rx.foreach(CallLog.calls, _row),
                label="Calls",
                fits=750,
            ),
            rx.cond(
                CallLog.sources,
                empty("No matching calls", "Choose a longer period or remove a filter."),
                empty(
                    "No calls yet",
                    "Calls appear here as soon as your platform records them with an API key.",
                    rx.cond(CallLog.step.place, step_link(CallLog.step, "btn primary")),
                ),
            ),
        ),
        form=pager(CallLog),
        flush=True,
        anchor="call-log",
    )


def _row(call: ObjectVar[CallView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.cond(
                CallLog.may_block,
                rx.el.input(
                    type="checkbox",
                    default_checked=var(CallLog.selected).contains(call.number),
                    disabled=(call.entry != "") | ~call.blockable,
                    on_change=lambda chosen: CallLog.select(call.number, chosen),
                    aria_label=f"Select {call.caller}",
                    key=call.entry,  # a new box, without its tick, once the caller is blocked
                ),
            ),
            class_name="tick",
        ),
        rx.el.td(call.day, class_name="muted whitespace-nowrap"),
        rx.el.td(rx.el.time(call.time, date_time=call.started.iso, title=call.started.exact)),
        rx.el.td(rx.el.code(call.caller), class_name="lead"),
        rx.el.td(rx.el.code(call.dialled), class_name="muted wide-only"),
        rx.el.td(call.source, class_name="source"),
        rx.el.td(call.duration, class_name=rx.cond(call.told, "num told", "num")),
        rx.el.td(badge(call.result, call.kind), class_name="end"),
        rx.el.td(
            button(
                "Details",
                look="ghost",
                on_click=CallLog.show_details(call.id),
                aria_label=f"Details of the call from {call.caller} at {call.time}",
            ),
            _block(call),
            class_name="num",
        ),
        class_name="call",
        key=call.id,
    )


def _block(call: CallView | ObjectVar[CallView], *, look: str = "ghost") -> rx.Component:
    """Block or unblock the caller of a row, if the viewer may."""
    return rx.cond(
        CallLog.may_block,
        rx.cond(
            call.entry,
            button(
                "Unblock",
                look=look,
                on_click=BlockedCallers.unblock(only(call.entry)),
                aria_label=f"Unblock {call.caller}",
            ),
            rx.cond(
                call.blockable,
                button(
                    "Block",
                    look=look,
                    on_click=[CallLog.show_details(""), BlockDialog.start(only(call.number))],
                    aria_label=f"Block {call.caller}",
                ),
            ),
        ),
    )


def _details() -> rx.Component:
    call = CallLog.details
    lines = (
        ("From", rx.el.code(call.caller)),
        ("To", rx.el.code(call.dialled)),
        ("Source", call.source),
        ("Started", call.started.exact),
        ("Duration", call.duration),
        (
            "Counts now as",
            rx.fragment(badge(rx.cond(call.kind == "good", "Qualified", "Not qualified"), call.kind), " ", call.reason),
        ),
        ("Counted then as", call.then),
        ("ID", rx.el.code(call.id)),
    )
    return dialog(
        "Call details",
        rx.el.dl(
            *[rx.fragment(rx.el.dt(name), rx.el.dd(value)) for name, value in lines],
            class_name="facts",
        ),
        rx.cond(
            CallLog.may_block & ~call.blockable,
            rx.el.p(
                "This caller's network sent no full number, so only a prefix can block it.", class_name="muted mt-3"
            ),
        ),
        rx.cond(
            call.ask,
            rx.el.p(
                link("Ask support about this call", to=call.ask, class_name="link", on_click=CallLog.show_details("")),
                class_name="mt-3",
            ),
        ),
        opened=call.id != "",
        on_close=CallLog.show_details(""),
        actions=[_block(call, look=""), button("Close", on_click=CallLog.show_details(""))],
    )
