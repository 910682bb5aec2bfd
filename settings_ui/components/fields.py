"""Labelled form fields; errors are shown at the field and announced with it."""

from typing import Any

import reflex as rx

from settings_ui.components.browser import Select
from settings_ui.components.search import field_is_found
from settings_ui.components.vocabulary import Text, var
from settings_ui.domain.tickets import MOST_TEXT

MOST_PASTED = MOST_TEXT * 3 // 2
"""Above the accepted maximum, so that too long a paste gets an error; a browser would silently truncate it."""


def field(
    label: str,
    *,
    name: str,
    type: str = "text",
    value: Text = "",
    wrong: Text = "",
    hint: Text = "",
    anchor: str = "",
    words: str = "",
    aside: rx.Component | None = None,
    auto_complete: str = "off",
    sign: Text = "",
    **options: Any,
) -> rx.Component:
    """A labelled input. `value` is the saved value; `wrong` is the error at the field. `sign` stands before the
    input. Both are announced with the field."""
    anchor = anchor or f"field-{name}"
    field_is_found(anchor, label, words)
    control = rx.el.input(
        name=name,
        type=type,
        default_value=value,
        auto_complete=auto_complete,
        class_name="input",
        **described(anchor, wrong),
        **options,
    )
    if isinstance(sign, rx.Var) or sign:
        control = rx.el.div(rx.el.span(sign, id=f"{anchor}-sign", aria_hidden="true"), control, class_name="signed")
    return labelled(label, control, anchor=anchor, wrong=wrong, hint=hint, aside=aside)


def current_password(anchor: str, wrong: Text) -> rx.Component:
    """The current password, to confirm a sensitive action."""
    kept = "current-password"
    return field("Current password", name="password", anchor=anchor, type="password", wrong=wrong, auto_complete=kept)


def account_of(email: Text) -> rx.Component:
    """Tells password managers which account's password a form asks for."""
    return rx.el.input(type="text", name="username", value=email, auto_complete="username", read_only=True, hidden=True)


def select(
    label: str,
    options: list[tuple[str, str]] | rx.Component,
    *,
    name: str,
    value: Text = "",
    anchor: str = "",
    hint: Text = "",
    wrong: Text = "",
    words: str = "",
) -> rx.Component:
    """A labelled select: pairs of value and label, or option elements. `value` is the saved value."""
    anchor = anchor or f"field-{name}"
    field_is_found(anchor, label, words)
    items = [rx.el.option(text, value=key) for key, text in options] if isinstance(options, list) else [options]
    control = Select.create(*items, name=name, value=value, class_name="input", **described(anchor, wrong))
    return labelled(label, control, anchor=anchor, wrong=wrong, hint=hint)


def prose(label: str, *, name: str, anchor: str, wrong: Any, rows: str, **options: Any) -> rx.Component:
    """A labelled multi-line field."""
    control = rx.el.textarea(
        name=name,
        rows=rows,
        default_value="",
        max_length=MOST_PASTED,
        class_name="input prose",
        **described(anchor, wrong),
        **options,
    )
    return labelled(label, control, anchor=anchor, wrong=wrong)


def labelled(
    label: str, control: rx.Component, *, anchor: str, wrong: Text, hint: Text = "", aside: rx.Component | None = None
) -> rx.Component:
    """A `described` control under its label, with its error and a hint."""
    return rx.el.div(
        rx.el.label(label, html_for=anchor),
        aside or rx.fragment(),
        control,
        rx.el.p(wrong, id=f"{anchor}-wrong", class_name="wrong", role="alert", hidden=~var(wrong).bool()),
        rx.el.p(hint, id=f"{anchor}-hint", class_name="hint") if isinstance(hint, rx.Var) or hint else rx.fragment(),
        class_name="field",
    )


def described(anchor: str, wrong: Text) -> dict[str, Any]:
    """Attributes that connect a control with its label, hint and error."""
    return {
        "id": anchor,
        "aria_invalid": rx.cond(wrong, "true", "false"),
        "aria_describedby": f"{anchor}-sign {anchor}-wrong {anchor}-hint",
    }
