"""/sign-in, /sign-in-link, /forgot-password and /reset-password"""

import reflex as rx

from settings_ui.components.browser import Unless
from settings_ui.components.fields import field
from settings_ui.components.outside import back_to_sign_in, outside, post_card
from settings_ui.config import config
from settings_ui.domain.passwords import LEAST
from settings_ui.services.demo import seeding as demo


def sign_in() -> rx.Component:
    """The form, and with DEMO the demo accounts."""
    return outside(
        "Sign in",
        Unless.create(
            parameter="next", text="Use your login email.", otherwise="You are signed out. Sign in to go on."
        ),
        post_card(
            "Sign in",
            _email(),
            field(
                "Password",
                name="password",
                type="password",
                auto_complete="current-password",
                aside=rx.el.a("Forgot password?", href="/forgot-password", class_name="field-aside"),
            ),
            deed="Sign in",
            action="/auth/sign-in",
            from_query="next",
            below=_accounts() if config().demo else None,
        ),
        rx.el.p(
            "Too many attempts? ",
            rx.el.a("Get a sign-in link by email", href="/sign-in-link", class_name="link"),
            class_name="hint mt-4",
        ),
    )


def sign_in_link() -> rx.Component:
    """Requests a link that lets the right password through while others' guesses are rate-limited."""
    return outside(
        "Sign-in link",
        "Lets you sign in with your password even while someone else is guessing it.",
        post_card(
            "Sign-in link",
            _email(),
            deed="Send link",
            action="/auth/sign-in-link",
            from_query="next",
        ),
        back_to_sign_in(),
    )


def forgot_password() -> rx.Component:
    """Requests a link to set a new password."""
    return outside(
        "Reset your password",
        "We email you a link to set a new one.",
        post_card(
            "Reset your password",
            _email(),
            deed="Send link",
            action="/auth/forgot-password",
            from_query="next",
        ),
        back_to_sign_in(),
    )


def reset_password() -> rx.Component:
    """Sets a new password, with the token of the link."""
    return outside(
        "Set a new password",
        "This signs you out of every browser.",
        post_card(
            "Set a new password",
            field(
                "New password",
                name="new_password",
                type="password",
                auto_complete="new-password",
                auto_focus=True,
                hint=f"At least {LEAST} characters. A few unrelated words work well.",
            ),
            deed="Set password",
            action="/auth/reset-password",
            from_query="token",
            below=back_to_sign_in(),
            ends=True,
        ),
    )


def _email() -> rx.Component:
    return field(
        "Email",
        name="email",
        type="email",
        auto_complete="username",
        auto_focus=True,
        spell_check=False,
        max_length=320,
    )


def _accounts() -> rx.Component:
    return rx.fragment(
        rx.el.p("Demo accounts, all with the password ", rx.el.code(demo.PASSWORD), class_name="hint mt-4"),
        rx.el.div(
            *[
                rx.el.button(
                    email,
                    rx.el.span(role.capitalize(), class_name="muted"),
                    type="button",
                    custom_attrs={"data-account": email, "data-password": demo.PASSWORD},
                )
                for email, _, role in demo.ACCOUNTS
            ],
            class_name="accounts",
            role="group",
            aria_label="Demo accounts",
        ),
    )
