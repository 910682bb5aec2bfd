"""The dialog that blocks callers, on the tab and in the call log."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.fields import described, field, labelled
from settings_ui.components.vocabulary import dialog, notice
from settings_ui.domain.block_pattern import NOTE_LENGTH
from settings_ui.state.block_dialog import FIELD, BlockDialog
from settings_ui.state.views.blocked_callers import ReadingView


def block_dialog() -> rx.Component:
    """Numbers, note and end; shows how each number is read and what it would have stopped before anything is
    blocked."""
    return dialog(
        "Block callers",
        _form(),
        opened=BlockDialog.opened,
        on_close=BlockDialog.close,
        on_forgotten=BlockDialog.keep_open,
    )


def _form() -> rx.Component:
    wrong = BlockDialog.errors["numbers"]
    return rx.el.form(
        labelled(
            "Number",
            rx.el.textarea(
                name="numbers",
                default_value=BlockDialog.initial,
                rows="2",
                placeholder="(415) 555-0132",
                auto_focus=True,
                spell_check=False,
                class_name="input lines",
                on_change=lambda value: BlockDialog.typed({"numbers": value}).debounce(250),
                **described(FIELD, wrong),
            ),
            anchor=FIELD,
            wrong=wrong,
            hint="One per line. End a prefix with a star, like +1 415 555*. “Anonymous” stops hidden numbers.",
        ),
        rx.cond(BlockDialog.readings, rx.el.ul(rx.foreach(BlockDialog.readings, _reading), class_name="readings")),
        rx.el.div(
            field(
                "Note",
                name="note",
                anchor="block-note",
                placeholder="Why",
                max_length=NOTE_LENGTH,
                wrong=BlockDialog.errors["note"],
            ),
            field(
                "Until",
                name="until",
                anchor="block-until",
                type="date",
                hint="Leave empty to block until you unblock.",
                wrong=BlockDialog.errors["until"],
            ),
            class_name="grid2 mt-4",
        ),
        rx.el.div(
            rx.cond(BlockDialog.preview, notice(BlockDialog.preview)),
            class_name="mt-4",
            role="status",
            aria_live="polite",
        ),
        rx.cond(
            BlockDialog.errors[""],
            rx.el.div(
                notice(BlockDialog.errors[""], kind="warn"),
                class_name="mt-3",
                role="alert",
                custom_attrs={"data-refused": ""},
            ),
        ),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="btn", on_click=BlockDialog.close),
            rx.el.button(
                rx.cond(BlockDialog.errors[""], "Block anyway", "Block"), type="submit", class_name="btn primary"
            ),
            class_name="dialog-foot",
        ),
        on_submit=BlockDialog.block,
        no_validate=True,
        tab_index=-1,
        custom_attrs={"data-answered": BlockDialog.answered},
    )


def _reading(reading: ObjectVar[ReadingView]) -> rx.Component:
    return rx.el.li(
        reading.input,
        " → ",
        rx.el.b(reading.shown, class_name=rx.cond(reading.wrong, "wrong", "")),
        rx.cond(reading.remark, rx.el.span(" ", reading.remark, class_name="muted")),
    )
