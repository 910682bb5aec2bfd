"""The page for an unknown address."""

import reflex as rx

from settings_ui.components.outside import outside


def nowhere() -> rx.Component:
    """Says that nothing is there, and links to the visitor's first page or to the sign-in page."""
    return outside(
        "Page not found",
        "The address may be mistyped, or the page may have been removed.",
        rx.el.a("Go to Switchboard", href="/", class_name="btn primary wide"),
    )
