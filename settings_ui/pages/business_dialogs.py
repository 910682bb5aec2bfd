"""The dialogs of the Business page."""

from typing import Any

import reflex as rx

from settings_ui.components.fields import field, select
from settings_ui.components.vocabulary import button, deed, dialog, form_dialog
from settings_ui.pages.business_cards import role_options
from settings_ui.state.business import Business
from settings_ui.state.shell import Shell

CLOSE = ("", "")
MAY = (
    "Owners can do everything. Admins can do everything except change owners and admins. Managers see calls, set the "
    "threshold and contact support. Viewers see calls. Publishers see only their own payouts."
)


def business_dialogs() -> rx.Component:
    """The dialogs."""
    return rx.fragment(_invite(), _own_role(), _remove(), _withdraw())


def _invite() -> rx.Component:
    return form_dialog(
        Business,
        "invite",
        "Invite a member",
        field(
            "Email",
            name="email",
            anchor="invite-email",
            type="email",
            wrong=Business.errors["email"],
            placeholder="name@example.com",
            auto_focus=True,
            max_length=320,
        ),
        select(
            "Role",
            role_options(),
            name="role",
            anchor="invite-role",
            value="viewer",
            wrong=Business.errors["role"],
            hint=MAY,
        ),
        on_submit=Business.invite,
        on_close=Business.ask(*CLOSE),
        on_forgotten=Business.keep_open,
        deed="Send invitation",
    )


def _own_role() -> rx.Component:
    return _question(
        "role",
        "Change your own role?",
        "You immediately lose access to everything your new role does not allow. An owner can change it back.",
        keep="Keep my role",
        label="Change my role",
        on_deed=Business.give_role,
    )


def _remove() -> rx.Component:
    who = Business.target
    return _question(
        "remove",
        f"Remove {who.name}?",
        rx.fragment(
            rx.el.b(who.name),
            " loses access to ",
            Shell.home.name,
            " at their next click. Their past changes stay in the activity, and they keep their account.",
        ),
        keep="Keep",
        label=f"Remove {who.name}",
        on_deed=Business.remove,
    )


def _withdraw() -> rx.Component:
    return _question(
        "withdraw",
        "Withdraw this invitation?",
        rx.fragment("The link sent to ", rx.el.b(Business.invitation.email), " stops working."),
        keep="Keep",
        label="Withdraw invitation",
        on_deed=Business.withdraw,
    )


def _question(
    name: str,
    title: str | rx.Var[str],
    body: rx.Component | str,
    *,
    keep: str,
    label: str | rx.Var[str],
    on_deed: Any,
) -> rx.Component:
    return dialog(
        title,
        rx.el.p(body),
        rx.cond(Business.errors[""], rx.el.p(Business.errors[""], class_name="wrong", role="alert")),
        opened=Business.dialog == name,
        on_close=Business.ask(*CLOSE),
        actions=[
            button(keep, on_click=Business.ask(*CLOSE)),
            deed(label, on_click=on_deed, answered=Business.answered),
        ],
    )
