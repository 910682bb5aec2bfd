"""Around every page: the banner while the server cannot be reached, and the page for a rendering error."""

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_too_many_connection_errors

WRAPS = {
    (55, "ErrorBoundary"): lambda _stateful: ErrorBoundary.create(fallback_render=rx.Var.create(_broken())),
    (5, "Overlay"): lambda _stateful: rx.fragment(_offline()),  # the banner goes next to the content, not around it
}
"""Reflex's own would show a stack trace, need an icon and toasts that our policy forbids, and look unlike our pages.
Nothing is shown for the first failed reconnect: a server restart is over before the second."""


def _offline() -> rx.Component:
    return rx.el.div(
        rx.cond(
            has_too_many_connection_errors,
            rx.el.div(
                rx.el.b("Connection lost. "), "Reconnecting… What you typed is still here.", class_name="note warn"
            ),
        ),
        class_name="offline",
        role="status",
    )


def _broken() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.div(rx.el.i(), "Switchboard", class_name="brand"),
            rx.el.h1("This page could not be shown"),
            rx.el.p("The error has been reported. Nothing that you saved is lost.", class_name="muted"),
            rx.el.button(
                "Reload",
                type="button",
                class_name="btn primary wide",
                on_click=rx.call_function(rx.Var("(() => location.reload())")),
            ),
            class_name="narrow",
            role="alert",
        ),
        class_name="center",
    )
