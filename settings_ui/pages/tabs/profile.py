"""Settings → Profile."""

import reflex as rx

from settings_ui.components.vocabulary import card, draft, field, skeleton
from settings_ui.state.profile import Profile


def profile() -> rx.Component:
    """The tab."""
    return rx.cond(Profile.loaded, _name(), skeleton())


def _name() -> rx.Component:
    return card(
        "Name",
        about="How you appear to your team, in every business.",
        anchor="name",
        form=draft(
            field(
                "Full name",
                name="name",
                value=Profile.name,
                wrong=Profile.errors["name"],
                auto_complete="name",
                max_length=1000,
            ),
            on_submit=Profile.rename,
            answered=Profile.answered,
            wrong=Profile.errors[""],
        ),
    )
