"""Charts: bars with accessible values, and rows of figures."""

from typing import Any

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.vocabulary import Given
from settings_ui.state.views.common import StatView

BARS = rx.asset("bars.jsx", shared=True)


class Bars(rx.Component):
    """Stacked bars of two parts named by `names`, with values on hover and with the arrow keys, and a table with
    `columns`."""

    library = f"$/public{BARS}"
    tag = "Bars"
    bars: rx.Var[list[Any]]
    label: rx.Var[str]
    names: rx.Var[list[str]]
    columns: rx.Var[list[str]]


def stats(figures: Given[list[StatView]]) -> rx.Component:
    """A row of figures."""
    return rx.el.dl(rx.foreach(figures, _stat), class_name="stats")


def stats_skeleton() -> rx.Component:
    """The placeholder of a row of figures while it loads."""
    return rx.el.div(*[rx.el.div() for _ in range(4)], class_name="stats bones", aria_hidden="true")


def _stat(stat: ObjectVar[StatView]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(stat.label),
        rx.el.dd(
            rx.el.b(stat.value),
            rx.el.span(rx.cond(stat.change, rx.el.i(stat.change, class_name=stat.trend)), " ", stat.remark),
        ),
        key=stat.label,
    )
