"""Card, button, field, notice, badge, table, empty, skeleton, avatar: what each looks like and how it is announced."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from settings_ui.components.browser import Ago, Dialog
from settings_ui.components.search import card_is_found, field_is_found

Text = str | rx.Var[str]


def card(
    title: Text,
    *body: rx.Component,
    about: Text | rx.Component = "",
    aside: rx.Component | None = None,
    flush: bool = False,
    form: rx.Component | None = None,
    anchor: str,
    words: str = "",
) -> rx.Component:
    """A region named by its heading: heading and one sentence, body, and a form that brings its own footer.

    `anchor` is the id of the heading, unique on the page; `words` are what else people call it, for search.
    """
    card_is_found(anchor, title, words)
    return rx.el.section(
        rx.el.header(
            rx.el.div(
                rx.el.h2(title, id=anchor),
                rx.el.p(about) if about is not None and about != "" else rx.fragment(),
            ),
            aside or rx.fragment(),
        ),
        rx.el.div(*body, class_name="card-body flush" if flush else "card-body") if body else rx.fragment(),
        form or rx.fragment(),
        class_name="card",
        aria_labelledby=anchor,
    )


def draft(
    *fields: rx.Component,
    on_submit: Any,
    answered: rx.Var[int],
    hint: Text = "",
    wrong: Text = "",
    save: str = "Save",
    tried: Any = "",
    on_discard: Any = None,
) -> rx.Component:
    """A form inside a card: fields, then a footer with the hint, Discard and Save.

    It knows by itself whether it differs from what is saved. `answered` counts the server's answers; `wrong` is what
    is refused about the form as a whole. `tried` changes whenever the server changes a field.
    """
    return rx.el.form(
        rx.el.div(
            *fields,
            rx.cond(wrong, rx.el.p(wrong, class_name="wrong", role="alert", custom_attrs={"data-refused": ""})),
            class_name="card-body",
        ),
        rx.el.div(
            rx.el.span(hint, class_name="hint while-clean"),
            rx.el.span("Unsaved changes", class_name="hint while-dirty"),
            rx.el.span("Saved", class_name="hint while-saved", role="status"),
            rx.el.button("Discard", type="reset", class_name="btn ghost while-dirty", on_click=on_discard),
            rx.el.button(save, type="submit", class_name="btn primary save"),
            class_name="card-foot",
        ),
        on_submit=on_submit,
        no_validate=True,
        tab_index=-1,
        custom_attrs={"data-draft": "", "data-answered": answered, "data-tried": tried},
    )


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
    **options: Any,
) -> rx.Component:
    """A labelled input. `value` is what is saved; `wrong` is shown at it and announced with it."""
    anchor = anchor or f"field-{name}"
    field_is_found(anchor, label, words)
    described = f"{anchor}-wrong {anchor}-hint"
    return rx.el.div(
        rx.el.label(label, html_for=anchor),
        aside or rx.fragment(),
        rx.el.input(
            id=anchor,
            name=name,
            type=type,
            default_value=value,
            auto_complete=auto_complete,
            class_name="input",
            aria_invalid=rx.cond(wrong, "true", "false"),
            aria_describedby=described,
            **options,
        ),
        rx.el.p(wrong, id=f"{anchor}-wrong", class_name="wrong", role="alert", hidden=~rx.Var.create(wrong).bool()),
        rx.el.p(hint, id=f"{anchor}-hint", class_name="hint") if hint != "" else rx.fragment(),
        class_name="field",
    )


def account_of(email: rx.Var[str]) -> rx.Component:
    """Tells password managers whose password a form asks for."""
    return rx.el.input(type="text", name="username", value=email, auto_complete="username", read_only=True, hidden=True)


def button(label: Text, *, look: str = "", answered: rx.Var[int] | str | None = None, **options: Any) -> rx.Component:
    """A button; `look` is "", primary, danger or ghost.

    Where `answered` counts the server's answers, it shows that it works until the next one, and takes no second click.
    """
    options.setdefault("type", "button")
    if answered is not None:
        options["custom_attrs"] = {"data-answered": answered}
    return rx.el.button(label, class_name=f"btn {look}".strip(), **options)


def deed(label: Text, *, on_click: Any, answered: rx.Var[int] | str = "") -> rx.Component:
    """What destroys, at the end of its dialog: works until that closes, or until `answered` counts a refusal."""
    return button(label, look="danger sure", on_click=on_click, answered=answered)


def download(label: Text, address: Text) -> rx.Component:
    """A link to a file, which looks like a button; the page stays."""
    return A.create(label, href=address, class_name="btn", download=True)  # a link of the router would look for a page


def notice(
    *content: Any, kind: str = "", action: rx.Component | None = None, below: str = "", **options: Any
) -> rx.Component:
    """A boxed remark; `kind` is "", good, warn or bad, `below` the class of the room under it."""
    look = " ".join(filter(None, ["note", kind, below]))
    return rx.el.div(rx.el.div(*content), action or rx.fragment(), class_name=look, **options)


def mail_sent(email: rx.Var[str], deed: str, on_again: Any) -> rx.Component:
    """Says that a mail with a link waits at an address, and offers to send it again."""
    return notice(
        "We sent a mail to ",
        rx.el.b(email),
        f" with a link to {deed} that it is yours. ",
        rx.el.button("Send it again", type="button", class_name="link", on_click=on_again),
    )


def badge(text: Text, kind: str | rx.Var[str] = "") -> rx.Component:
    """A small label; `kind` is "", good, warn or bad."""
    return rx.el.span(text, class_name=f"pill {kind}")


def avatar(initials: Text, photo: Text = "", *, large: bool = False) -> rx.Component:
    """The photo in a circle, or the initials; decoration beside a name."""
    look = "avatar xl" if large else "avatar"
    return rx.cond(
        photo,
        rx.el.img(src=photo, alt="", class_name=look),
        rx.el.span(initials, class_name=look, aria_hidden="true"),
    )


def empty(title: str, text: Text) -> rx.Component:
    """What a list says while there is nothing in it."""
    return rx.el.div(rx.el.b(title), rx.el.span(text), class_name="empty")


def dialog(
    title: Text,
    *body: Any,
    opened: rx.Var[bool],
    on_close: Any,
    actions: list[rx.Component] | None = None,
    locked: bool = False,
    keeps: bool = False,
) -> rx.Component:
    """A modal dialog that state opens; its buttons stand at the end. A `locked` one closes by them alone.

    What is in it is on the page only while it is open, unless it `keeps` it: what was typed, or is put in from outside.
    """
    foot = rx.el.div(*actions, class_name="dialog-foot") if actions else rx.fragment()
    return Dialog.create(*body, foot, open=opened, title=title, locked=locked, keeps=keeps, on_close=on_close)


def dialog_form(
    *fields: rx.Component,
    on_submit: Any,
    on_close: Any,
    answered: rx.Var[int],
    wrong: Text = "",
    deed: str,
    look: str = "primary",
) -> rx.Component:
    """A form inside a dialog, with Cancel and the deed at its end; `wrong` is what is refused about it as a whole."""
    return rx.el.form(
        *fields,
        rx.cond(wrong, rx.el.p(wrong, class_name="wrong", role="alert", custom_attrs={"data-refused": ""})),
        rx.el.div(
            button("Cancel", on_click=on_close),
            rx.el.button(deed, type="submit", class_name=f"btn {look}"),
            class_name="dialog-foot",
        ),
        on_submit=on_submit,
        no_validate=True,
        tab_index=-1,
        custom_attrs={"data-answered": answered},
    )


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
    """A labelled choice: pairs of value and label, or option elements. `value` is what is saved."""
    anchor = anchor or f"field-{name}"
    field_is_found(anchor, label, words)
    items = [rx.el.option(text, value=key) for key, text in options] if isinstance(options, list) else [options]
    return rx.el.div(
        rx.el.label(label, html_for=anchor),
        rx.el.select(
            *items,
            id=anchor,
            name=name,
            default_value=value,
            key=value,  # another saved value takes a new element: React sets a default once
            class_name="input",
            aria_invalid=rx.cond(wrong, "true", "false"),
            aria_describedby=f"{anchor}-wrong",
        ),
        rx.el.p(wrong, id=f"{anchor}-wrong", class_name="wrong", role="alert", hidden=~rx.Var.create(wrong).bool()),
        rx.el.p(hint, class_name="hint"),
        class_name="field",
    )


def ago(moment: Any, *, lasts: bool = False) -> rx.Component:
    """How long ago a MomentView was, or how long it `lasts`; the exact time on hover."""
    return Ago.create(iso=moment.iso, exact=moment.exact, lasts=lasts)


def table(headings: list[str], rows: rx.Component, *, label: str) -> rx.Component:
    """A table; on a phone each row is a small card.

    A heading that starts with "#" is over numbers or actions, one that starts with "-" is only heard, one that starts
    with "+" is over a column of `wide-only` cells.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[_heading(heading) for heading in headings])),
            rx.el.tbody(rows),
            class_name="table",
            aria_label=label,
        ),
        class_name="table-room",
    )


def _heading(heading: str) -> rx.Component:
    if heading == "#":
        return rx.el.td()
    if heading.startswith("-"):
        return rx.el.th(rx.el.span(heading[1:], class_name="sr-only"), scope="col")
    looks = {"#": "num", "+": "wide-only"}
    return rx.el.th(heading.lstrip("#+"), scope="col", class_name=looks.get(heading[0], ""))


def skeleton(*, fields: int = 1, rows: int = 0) -> rx.Component:
    """The shape of a card that is on its way: one with fields, or one with a list of so many rows."""
    return rx.el.div(
        rx.el.header(rx.el.div(_bone("w-[120px] h-4"), rx.el.div(_bone("w-[260px]"), class_name="mt-2"))),
        rx.el.div(*[rx.el.div() for _ in range(rows)], class_name="bone-rows")
        if rows
        else rx.el.div(
            *[rx.el.div(_bone("w-[90px]"), rx.el.div(_bone("w-full h-9"), class_name="mt-2")) for _ in range(fields)],
            class_name="card-body grid gap-4",
        ),
        rx.fragment() if rows else rx.el.div(class_name="card-foot"),
        class_name="card",
        aria_hidden="true",
    )


def _bone(size: str) -> rx.Component:
    # Classes and no `style`: that would be a stylesheet of its own, put into the page while it is drawn.
    return rx.el.span(class_name=f"bone {size}")
