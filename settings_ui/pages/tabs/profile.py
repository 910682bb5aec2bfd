"""Settings → Profile."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.browser import PhotoPicker
from settings_ui.components.fields import account_of, current_password, field
from settings_ui.components.vocabulary import (
    ago,
    badge,
    button,
    card,
    deed,
    dialog,
    draft,
    mail_sent,
    skeleton,
    table,
    var,
)
from settings_ui.domain.passwords import LEAST
from settings_ui.services.account.avatars import MOST_BYTES, UPLOAD_PATH
from settings_ui.state.profile import Profile
from settings_ui.state.shell import MAIL_CARD
from settings_ui.state.views.profile import NoticeChoiceView, SessionView


def profile() -> rx.Component:
    """The tab."""
    return rx.cond(
        Profile.loaded,
        rx.fragment(
            _photo(), _name(), _login_email(), _password(), rx.cond(Profile.notices, _mail()), _sessions(), _question()
        ),
        rx.fragment(skeleton(), skeleton(), skeleton(fields=2)),
    )


def _photo() -> rx.Component:
    return card(
        "Photo",
        PhotoPicker.create(
            rx.cond(Profile.user.photo, button("Remove", look="ghost", on_click=Profile.remove_photo)),
            action=UPLOAD_PATH,
            max_bytes=MOST_BYTES,
            current=Profile.user.photo,
            initials=Profile.user.initials,
            on_done=Profile.photo_uploaded,
        ),
        about="Shown in the header and next to your activity.",
        anchor="photo",
        words="avatar picture image upload",
    )


def _name() -> rx.Component:
    return card(
        "Name",
        about="How you appear to your team, in every business.",
        anchor="name",
        form=draft(
            field(
                "Full name",
                name="name",
                value=Profile.user.name,
                wrong=Profile.name_errors["name"],
                auto_complete="name",
                words="first last display",
            ),
            on_submit=Profile.rename,
            on_discard=Profile.discard("name"),
            answered=Profile.name_answered,
            wrong=Profile.name_errors[""],
        ),
    )


def _login_email() -> rx.Component:
    return card(
        "Login email",
        about=rx.fragment(
            "You sign in with ", rx.el.b(Profile.user.email), ". If you change it, we notify the old address."
        ),
        aside=rx.cond(Profile.user.verified, badge("Verified", "good"), badge("Not verified", "warn")),
        anchor="login-email",
        words="address sign in username verify",
        form=rx.fragment(
            rx.cond(
                ~Profile.user.verified,
                rx.el.div(
                    mail_sent(Profile.user.email, "verify", Profile.send_verification, answered=Profile.answered),
                    class_name="card-body above-form",
                ),
            ),
            draft(
                account_of(Profile.user.email),
                rx.el.div(
                    field(
                        "New email",
                        name="email",
                        anchor="new-email",
                        type="email",
                        wrong=Profile.email_errors["email"],
                        placeholder="name@company.com",
                        auto_complete="email",
                        spell_check=False,
                    ),
                    current_password("email-password", Profile.email_errors["password"]),
                    class_name="grid2",
                ),
                on_submit=Profile.change_email,
                on_discard=Profile.discard("email"),
                answered=Profile.email_answered,
                wrong=Profile.email_errors[""],
                hint="Use the new address the next time you sign in.",
                save="Change email",
            ),
        ),
    )


def _password() -> rx.Component:
    return card(
        "Password",
        about="Changing it signs you out everywhere else.",
        anchor="password",
        words="passphrase security",
        form=draft(
            account_of(Profile.user.email),
            rx.el.div(
                current_password("password-current", Profile.password_errors["password"]),
                field(
                    "New password",
                    name="new_password",
                    anchor="password-new",
                    type="password",
                    wrong=Profile.password_errors["new_password"],
                    auto_complete="new-password",
                    hint=f"At least {LEAST} characters. A few unrelated words work well.",
                ),
                class_name="grid2",
            ),
            on_submit=Profile.change_password,
            on_discard=Profile.discard("password"),
            answered=Profile.password_answered,
            wrong=Profile.password_errors[""],
            save="Change password",
        ),
    )


def _mail() -> rx.Component:
    return card(
        "Email notifications",
        rx.el.ul(rx.foreach(Profile.notices, _notice), class_name="toggles"),
        about="What we email you about, in every business. Changes are saved immediately.",
        anchor=MAIL_CARD,
        words="notifications notices email preferences unsubscribe",
    )


def _notice(notice: ObjectVar[NoticeChoiceView]) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=notice.on,
                disabled=notice.fixed,
                on_change=lambda on: Profile.choose_mail(notice.name, on),
            ),
            rx.el.b(notice.label),
        ),
        rx.el.p(
            notice.when,
            rx.cond(notice.fixed, " This protects your account and cannot be turned off.", ""),
            class_name="hint",
        ),
        key=notice.name,
    )


def _sessions() -> rx.Component:
    return card(
        "Sessions",
        table(
            ["Device", "Network", "Last seen", "#"],
            rx.foreach(Profile.sessions, _session),
            label="Sessions",
            fits=480,
        ),
        rx.cond(
            var(Profile.session_count) > var(Profile.sessions).length(),
            rx.el.div(
                button(f"Show all {Profile.session_count}", look="ghost", on_click=Profile.show_every_session),
                class_name="card-foot",
            ),
        ),
        about="Browsers that are signed in to your account.",
        aside=rx.cond(
            var(Profile.session_count) > 1,
            button("Sign out all others", look="danger", on_click=Profile.ask_to_end_others(True)),
        ),
        flush=True,
        anchor="sessions",
        words="devices sign out log out",
    )


def _session(session: ObjectVar[SessionView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(session.device, " ", rx.cond(session.this, badge("This device"))),
        rx.el.td(rx.el.code(session.network), class_name="muted"),
        rx.el.td(
            rx.cond(session.this, rx.el.span("now", class_name="muted"), ago(session.seen)),
            custom_attrs={"data-before": "seen"},
        ),
        rx.el.td(
            rx.cond(
                session.this,
                rx.fragment(),
                button(
                    "Sign out",
                    look="ghost",
                    on_click=Profile.end_session(session.id),
                    answered=Profile.answered,
                    aria_label=f"Sign out {session.device}, {session.network}, last seen {session.seen.exact}",
                ),
            ),
            class_name="num",
        ),
        key=session.id,
    )


def _question() -> rx.Component:
    return dialog(
        "Sign out all other sessions?",
        rx.el.p("Every other browser has to sign in again. Unsaved changes there are lost."),
        opened=Profile.asks_to_end_others,
        on_close=Profile.ask_to_end_others(False),
        actions=[
            button("Keep them signed in", on_click=Profile.ask_to_end_others(False)),
            deed("Sign out all others", on_click=Profile.end_others),
        ],
    )
