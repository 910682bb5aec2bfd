"""Settings → Blocked Callers."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.block_dialog import block_dialog
from settings_ui.components.browser import FileImport
from settings_ui.components.filters import choice, list_search, page_turns
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.vocabulary import ago, badge, button, card, dialog, empty, only, skeleton, table, var
from settings_ui.services.blocked_callers.import_file import IMPORT_PATH, MOST_BYTES
from settings_ui.state.block_dialog import BlockDialog
from settings_ui.state.blocked_callers import BlockedCallers
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from settings_ui.state.views.blocked_callers import EntryView

ORDERS = [("added", "Newest first"), ("stopped", "Most stopped"), ("last", "Last attempt"), ("number", "By number")]


def blocked_callers() -> rx.Component:
    """The tab."""
    return rx.cond(
        BlockedCallers.loaded,
        rx.fragment(_stats(), _list(), recent_changes(BlockedCallers.changes), block_dialog(), _import()),
        skeleton(rows=8),
    )


def _stats() -> rx.Component:
    return rx.el.dl(
        rx.el.div(
            rx.el.dt("Stopped, last 30 days"),
            rx.el.dd(
                rx.el.b(BlockedCallers.stopped),
                rx.el.span(
                    rx.foreach(
                        BlockedCallers.spark,
                        lambda percent: rx.el.i(custom_attrs={"style": {"height": percent.to_string() + "%"}}),
                    ),
                    class_name="spark",
                    aria_hidden="true",
                ),
            ),
        ),
        rx.el.div(rx.el.dt("Entries"), rx.el.dd(rx.el.b(BlockedCallers.count))),
        class_name="stats two",
    )


def _list() -> rx.Component:
    return card(
        "Blocked callers",
        list_search(
            BlockedCallers,
            choice("Order", BlockedCallers.sort, ORDERS, on_choose=BlockedCallers.order),
            label="Search blocked callers",
            placeholder="Search by number or note",
        ),
        rx.cond(
            BlockedCallers.selected,
            rx.el.div(
                rx.el.b(var(BlockedCallers.selected).length(), " selected"),
                button(
                    rx.fragment("Unblock ", var(BlockedCallers.selected).length()),
                    on_click=BlockedCallers.unblock(BlockedCallers.selected),
                ),
                class_name="selected",
            ),
        ),
        rx.cond(
            BlockedCallers.entries,
            table(
                ["-Select", "Number", "Note", "Added", "#Stopped, 30 d", "Last attempt", "#"],
                rx.foreach(BlockedCallers.entries, _row),
                label="Blocked callers",
                fits=750,
            ),
            rx.cond(
                BlockedCallers.search,
                empty("No matching entries", "Try another part of the number or note."),
                empty("No blocked callers", "Block a number here or from the call log to stop its calls."),
            ),
        ),
        about=rx.fragment("Calls from these numbers are stopped on every tracking number of ", Shell.home.name, "."),
        aside=rx.el.span(
            button("Import", on_click=BlockedCallers.ask_to_import(True)),
            button("Block a number", look="primary", on_click=BlockDialog.start([])),
            class_name="flex gap-2",
        ),
        form=rx.cond(BlockedCallers.entries, page_turns(BlockedCallers, BlockedCallers.range)),
        flush=True,
        anchor="blocked-callers",
        words="block spam number unwanted stop prefix anonymous import unblock",
    )


def _row(entry: ObjectVar[EntryView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.input(
                type="checkbox",
                default_checked=var(BlockedCallers.selected).contains(entry.id),
                on_change=lambda chosen: BlockedCallers.select(entry.id, chosen),
                aria_label=f"Select {entry.shown}",
            ),
            class_name="tick",
        ),
        rx.el.td(
            rx.el.code(entry.shown),
            " ",
            rx.cond(entry.kind, badge(entry.kind)),
            rx.cond(entry.ends.iso, badge(rx.fragment("Ends ", ago(entry.ends)), "warn")),
        ),
        rx.el.td(entry.note),
        rx.el.td(
            ago(entry.added),
            rx.el.div(entry.creator, class_name="muted small"),
            class_name="who",
            custom_attrs={"data-before": "added"},
        ),
        rx.el.td(entry.stopped, class_name="num", custom_attrs={"data-label": "stopped"}),
        rx.el.td(
            rx.cond(entry.last.iso, ago(entry.last), rx.el.span("no attempts", class_name="muted")),
            custom_attrs={"data-before": rx.cond(entry.last.iso, "tried", "")},
        ),
        rx.el.td(
            button(
                "Unblock",
                look="ghost",
                on_click=BlockedCallers.unblock(only(entry.id)),
                aria_label=f"Unblock {entry.shown}",
            ),
            class_name="num",
        ),
        class_name="caller",
        key=entry.id,
    )


def _import() -> rx.Component:
    return dialog(
        "Import from a file",
        FileImport.create(
            action=f"{IMPORT_PATH}?business={BlockedCallers.business}",
            max_bytes=MOST_BYTES,
            on_done=Settings.open,
        ),
        opened=BlockedCallers.importing,
        on_close=BlockedCallers.ask_to_import(False),
        on_forgotten=BlockedCallers.ask_to_import(True),
        actions=[button("Close", on_click=BlockedCallers.ask_to_import(False))],
    )
