"""What an address shows at which there is nothing."""

import reflex as rx

from settings_ui.components.outside import outside


def nowhere() -> rx.Component:
    """Says so, and leads to where the visitor belongs: the first page, or the sign-in page."""
    return outside(
        "Page not found",
        "The address may be mistyped, or the page may have been removed.",
        rx.el.a("Go to Switchboard", href="/", class_name="btn primary wide"),
    )
