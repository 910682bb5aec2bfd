"""Settings → Qualified Calls."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.browser import Slider
from settings_ui.components.chart import Bars
from settings_ui.components.recent_changes import timeline
from settings_ui.components.vocabulary import card, draft, empty, skeleton, var
from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_THRESHOLD_S
from settings_ui.state.qualified_calls import FIELD, SLIDER, QualifiedCalls
from settings_ui.state.views.qualified_calls import CompareView

PRESETS = (30, 60, 90, 120)
SLIDER_MOST = 600


def qualified_calls() -> rx.Component:
    """The tab."""
    return rx.cond(QualifiedCalls.loaded, rx.fragment(_threshold(), _history()), skeleton(fields=3))


def _threshold() -> rx.Component:
    return card(
        "Duration threshold",
        about=rx.fragment(
            "A completed call of ",
            rx.el.b(QualifiedCalls.tried, rx.cond(QualifiedCalls.tried == 1, " second", " seconds"), " or longer"),
            " counts as qualified in the dashboard, the call log and reports.",
        ),
        anchor="duration-threshold",
        words="qualified seconds duration minimum length",
        form=rx.cond(
            QualifiedCalls.may_change,
            draft(
                rx.el.div(_controls(), _compare(), class_name="try"),
                _chart(),
                on_submit=QualifiedCalls.save,
                on_discard=QualifiedCalls.discard,
                answered=QualifiedCalls.answered,
                tried=QualifiedCalls.tried,
                wrong=QualifiedCalls.errors[""],
                hint="Applies immediately, to past calls too.",
            ),
            rx.fragment(
                rx.el.div(rx.el.div(_compare(), class_name="try"), _chart(), class_name="card-body"),
                rx.el.div(
                    rx.el.span("Only owners, admins and managers can change it.", class_name="hint"),
                    class_name="card-foot",
                ),
            ),
        ),
    )


def _controls() -> rx.Component:
    wrong = QualifiedCalls.errors["seconds"]
    return rx.el.div(
        rx.el.label("Seconds", html_for=FIELD),
        rx.el.div(
            rx.el.input(
                id=FIELD,
                name="seconds",
                type="text",
                input_mode="numeric",
                default_value=var(QualifiedCalls.seconds).to_string(),
                auto_complete="off",
                class_name="input",
                on_change=QualifiedCalls.type_in,
                aria_invalid=rx.cond(wrong, "true", "false"),
                aria_describedby=f"{FIELD}-wrong",
            ),
            rx.el.div(*[_preset(seconds) for seconds in PRESETS], class_name="seg", role="group", aria_label="Presets"),
            class_name="try-row",
        ),
        rx.el.p(wrong, id=f"{FIELD}-wrong", class_name="wrong", role="alert", hidden=~var(wrong).bool()),
        Slider.create(
            id=SLIDER,
            name="slider",
            label="Threshold",
            min=LEAST_THRESHOLD_S,
            max=rx.cond(QualifiedCalls.seconds > SLIDER_MOST, MOST_THRESHOLD_S, SLIDER_MOST),
            value=QualifiedCalls.seconds,
            on_move=QualifiedCalls.drag,
        ),
        class_name="field",
    )


def _preset(seconds: int) -> rx.Component:
    return rx.el.button(
        str(seconds),
        type="button",
        on_click=QualifiedCalls.choose(seconds),
        aria_pressed=rx.cond(QualifiedCalls.tried == seconds, "true", "false"),
    )


def _compare() -> rx.Component:
    return rx.el.div(
        _side(rx.fragment("Now at ", QualifiedCalls.now.at), QualifiedCalls.now),
        rx.cond(
            QualifiedCalls.change,
            rx.fragment(
                _side(rx.fragment("At ", QualifiedCalls.then.at), QualifiedCalls.then),
                rx.el.span(QualifiedCalls.change, class_name="delta"),
            ),
        ),
        class_name="compare",
        aria_live="polite",
    )


def _side(label: rx.Component, side: CompareView | ObjectVar[CompareView]) -> rx.Component:
    return rx.el.div(
        rx.el.div(label, class_name="muted"), rx.el.b(side.calls), " ", rx.el.span(side.share, class_name="muted")
    )


def _chart() -> rx.Component:
    return rx.cond(
        QualifiedCalls.bars,
        rx.fragment(
            Bars.create(
                bars=QualifiedCalls.bars,
                label="Completed calls by duration",
                names=["At or above the threshold", "Below it"],
                columns=["Duration", "Calls", "At or above"],
            ),
            rx.el.p(
                rx.cond(QualifiedCalls.moved, rx.fragment("Biggest changes: ", QualifiedCalls.moved, ". ")),
                "Last 30 days, ",
                QualifiedCalls.completed,
                ".",
                class_name="hint",
            ),
        ),
        empty(
            "No completed calls in the last 30 days",
            "Once there are some, you can see here what a threshold would change.",
        ),
    )


def _history() -> rx.Component:
    return card(
        "Recent changes",
        rx.cond(
            QualifiedCalls.history,
            timeline(QualifiedCalls.history, lambda change: rx.fragment(rx.el.b(change.who), " ", change.what)),
            empty("No changes yet", "Each threshold change is listed here with who made it and when."),
        ),
        anchor="threshold-history",
    )
