"""The layout of pages that need no sign-in."""

import reflex as rx

from settings_ui.components.browser import PostForm


def outside(title: str, about: str | rx.Component, *content: rx.Component) -> rx.Component:
    """A narrow page headed by the product's name."""
    return rx.el.main(
        rx.el.div(
            rx.el.div(rx.el.i(), "Switchboard", class_name="brand"),
            rx.el.h1(title),
            rx.el.p(about, class_name="muted"),
            *content,
            class_name="narrow",
        ),
        class_name="center",
    )


def post_card(
    label: str,
    *fields: rx.Component,
    deed: str,
    action: str,
    from_query: str,
    below: rx.Component | None = None,
    ends: bool = False,
) -> rx.Component:
    """A form in a card that posts to a plain route; `from_query` is the query parameter sent along.

    Where success `ends` it, a link to sign in takes the place of the card and what is `below` it.
    """
    return PostForm.create(
        rx.el.section(
            rx.el.div(
                *fields, rx.el.button(deed, type="submit", class_name="btn primary wide"), class_name="card-body"
            ),
            class_name="card",
            aria_label=label,
        ),
        below or rx.fragment(),
        action=action,
        from_query=from_query,
        ends=ends,
    )


def back_to_sign_in() -> rx.Component:
    """The link back to the sign-in page."""
    return rx.el.p(rx.el.a("Back to sign in", href="/sign-in", class_name="link"), class_name="mt-4")
