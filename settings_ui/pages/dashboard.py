"""/dashboard?days=…"""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.chart import Bars, stats, stats_skeleton
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import card, empty, skeleton, step_link, table
from settings_ui.pages.tabs import search_entries
from settings_ui.state.dashboard import PERIODS, Dashboard
from settings_ui.state.views.dashboard import SourceView, StepView


def dashboard() -> rx.Component:
    """The page."""
    return frame(
        "Dashboard",
        rx.fragment(Dashboard.days),
        rx.cond(
            Dashboard.loaded,
            rx.fragment(rx.cond(Dashboard.steps, _first_steps()), stats(Dashboard.stats), _by_day(), _by_source()),
            rx.fragment(stats_skeleton(), skeleton(rows=6)),
        ),
        here="/dashboard",
        entries=search_entries(),
        aside=rx.el.nav(*[_period(days) for days in PERIODS], class_name="seg-links", aria_label="Period"),
        wide=True,
    )


def _first_steps() -> rx.Component:
    return card(
        "First steps",
        rx.el.ol(rx.foreach(Dashboard.steps, _step), class_name="steps"),
        about="Complete these steps to start counting calls.",
        anchor="first-steps",
    )


def _step(step: ObjectVar[StepView]) -> rx.Component:
    look = rx.cond(step.next, "btn primary", "btn")
    return rx.el.li(
        rx.cond(
            step.done,
            rx.icon("circle-check", size=18, aria_hidden="true"),
            rx.icon("circle", size=18, aria_hidden="true"),
        ),
        rx.el.div(
            rx.el.b(step.label),
            rx.cond(step.done, rx.el.span(" Done", class_name="sr-only")),
            rx.el.div(step.reason, class_name="hint"),
        ),
        rx.cond(
            step.done,
            rx.fragment(),
            step_link(step, look),
        ),
        class_name=rx.cond(step.done, "done", ""),
        key=step.label,
    )


def _period(days: str) -> rx.Component:
    return link(
        f"{days} days",
        to=f"/dashboard?days={days}&basis={Dashboard.basis}",
        aria_current=rx.cond(Dashboard.period == days, "page", "false"),
    )


def _by_day() -> rx.Component:
    return card(
        "Calls by day",
        Bars.create(
            bars=Dashboard.bars,
            label="Calls by day",
            names=["Qualified", "Not qualified"],
            columns=["Day", "Calls", "Qualified", "Stopped"],
        ),
        aside=rx.el.nav(
            _basis("now", "At today's threshold"),
            _basis("then", "As counted then"),
            class_name="seg-links",
            aria_label="Threshold",
        ),
        anchor="by-day",
    )


def _basis(basis: str, label: str) -> rx.Component:
    return link(
        label,
        to=f"/dashboard?days={Dashboard.period}&basis={basis}",
        aria_current=rx.cond(Dashboard.basis == basis, "page", "false"),
    )


def _by_source() -> rx.Component:
    return card(
        "By source",
        rx.cond(
            Dashboard.sources,
            table(
                ["Source", "#Calls", "#Qualified", "#Rate", "#Stopped"],
                rx.foreach(Dashboard.sources, _source),
                label="Calls by source",
                fits=330,
            ),
            empty("No calls in this period", "Calls are counted here as soon as your platform records them."),
        ),
        flush=True,
        anchor="by-source",
    )


def _source(line: ObjectVar[SourceView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.source),
        *[
            rx.el.td(value, class_name="num", custom_attrs={"data-label": label})
            for label, value in (
                ("calls", line.calls),
                ("qualified", line.qualified),
                ("rate", line.rate),
                ("stopped", line.stopped),
            )
        ],
        key=line.source,
    )
