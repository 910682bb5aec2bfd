"""What an address shows at which there is nothing."""

import reflex as rx

from settings_ui.components.outside import outside


def nowhere() -> rx.Component:
    """Says so, and leads to where the visitor belongs: the first page, or the sign-in page."""
    return outside(
        "There is nothing here",
        "The address may be mistyped, or what it led to is gone.",
        rx.el.a("Go to Switchboard", href="/", class_name="btn primary wide"),
    )
