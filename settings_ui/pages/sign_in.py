"""/sign-in"""

import reflex as rx

from settings_ui.components.browser import SignInForm
from settings_ui.components.vocabulary import field
from settings_ui.config import config
from settings_ui.services import demo


def sign_in() -> rx.Component:
    """The form, and under DEMO the accounts to try."""
    return rx.el.main(
        rx.el.div(
            rx.el.div(rx.el.i(), "Switchboard", class_name="brand"),
            rx.el.h1("Sign in"),
            rx.el.p("Use your login email.", class_name="muted"),
            SignInForm.create(
                rx.el.section(
                    rx.el.div(
                        field(
                            "Email",
                            name="email",
                            type="email",
                            auto_complete="username",
                            auto_focus=True,
                            spell_check=False,
                            max_length=320,
                        ),
                        field("Password", name="password", type="password", auto_complete="current-password"),
                        rx.el.button("Sign in", type="submit", class_name="btn primary wide"),
                        class_name="card-body",
                    ),
                    class_name="card",
                    aria_label="Sign in",
                ),
                _accounts() if config().demo else rx.fragment(),
                action="/auth/sign-in",
            ),
            class_name="narrow",
        ),
        class_name="center",
    )


def _accounts() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "Demo accounts, all with the password ",
            rx.el.code(demo.PASSWORD),
            class_name="hint",
            style={"margin_top": "18px"},
        ),
        rx.el.div(
            *[
                rx.el.button(
                    email,
                    rx.el.span(role.title(), class_name="muted"),
                    type="button",
                    custom_attrs={"data-account": email, "data-password": demo.PASSWORD},
                )
                for email, _, role in demo.PEOPLE
            ],
            class_name="accounts",
            role="group",
            aria_label="Demo accounts",
        ),
    )
