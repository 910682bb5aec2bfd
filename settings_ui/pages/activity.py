"""/activity?period=…&what=…&who=…"""

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.filters import Options, choice, days, filters, pager
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import ago, badge, button, card, download, empty, notice, skeleton, table
from settings_ui.pages.tabs import search_entries
from settings_ui.services.calls.log_filter import PERIODS
from settings_ui.state.activity import Activity
from settings_ui.state.views.activity import ActivityView


def activity() -> rx.Component:
    """The page."""
    return frame(
        "Activity",
        "Who changed what, when, and what it did. Kept for 400 days.",
        _filters(),
        rx.cond(
            Activity.wrong,
            notice(Activity.wrong, kind="bad", role="alert", below="mb-3.5"),
        ),
        rx.cond(Activity.loaded, _changes(), skeleton(rows=8)),
        here="/business",
        entries=search_entries(),
        aside=download("Download CSV", Activity.export),
        wide=True,
    )


def _filters() -> rx.Component:
    shown = Activity.filter
    return filters(
        _choice("Period", "period", shown.period, list(PERIODS.items())),
        _choice("What", "what", shown.what, _options("What: any", Activity.sections)),
        _choice("Who", "who", shown.who, _options("Who: anyone", Activity.people)),
        rx.cond(shown.period == "custom", days(shown.first, shown.last, on_submit=Activity.look_up)),
    )


def _options(every: str, choices: rx.Var[list]) -> rx.Component:
    return rx.fragment(
        rx.el.option(every, value=""),
        rx.foreach(choices, lambda choice: rx.el.option(choice.label, value=choice.value)),
    )


def _choice(label: str, part: str, value: rx.Var[str], options: Options) -> rx.Component:
    return choice(label, value, options, on_choose=lambda chosen: Activity.choose(part, chosen))


def _changes() -> rx.Component:
    return card(
        "Changes",
        rx.cond(
            Activity.changes,
            table(["When", "Who", "What", "Where", "#"], rx.foreach(Activity.changes, _row), label="Changes"),
            empty("No changes match", "Choose a longer period, or take a filter away."),
        ),
        form=pager(Activity.newer, Activity.older),
        flush=True,
        anchor="changes",
    )


def _row(row: rx.Var[ActivityView]) -> rx.Component:
    change = row.change
    return rx.el.tr(
        rx.el.td(ago(change.at), class_name="beside"),
        rx.el.td(rx.el.b(change.who), class_name="who"),
        rx.el.td(
            change.what,
            rx.cond(change.detail, rx.el.span(" · ", change.detail, class_name="muted")),
            rx.cond(
                row.effect,
                rx.el.div(
                    badge(rx.fragment(row.effect, rx.cond(row.moment.iso, rx.fragment(" ", ago(row.moment))))),
                    class_name="mt-[3px]",
                ),
            ),
            class_name="whole",
        ),
        rx.el.td(
            rx.cond(row.place, link(row.section, to=row.place, class_name="link"), row.section), class_name="where"
        ),
        rx.el.td(
            rx.cond(
                row.undo,
                button(
                    row.undo,
                    look="ghost",
                    on_click=Activity.undo(change.id),
                    aria_label=f"Undo: {change.who} {change.what}, {row.undo}",
                ),
            ),
            class_name="num",
        ),
        key=change.id,
    )
