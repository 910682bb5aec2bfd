"""Card, button, notice, badge, table, dialog, empty state, skeleton, avatar: their looks and their accessibility."""

from typing import Any, Literal, TypeAlias, TypeVar

import reflex as rx
from reflex.vars import ArrayVar
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router import link

from settings_ui.components.browser import Ago, Dialog
from settings_ui.components.search import card_is_found
from settings_ui.state.binding import Binding

T = TypeVar("T")
Given: TypeAlias = rx.Var[T] | T
"""A component's argument: a value, or a var that has one. On a page `State.name` is a var, whatever a type checker
thinks."""
Text: TypeAlias = Given[str]
Fits: TypeAlias = Literal[330, 480, 560, 660, 750, 900]
var = rx.Var.create
"""Return the argument as a var, to compute with; a var is returned unchanged."""


def only(item: Any) -> ArrayVar[list[str]]:
    """Return a single-element list, for a handler that takes several."""
    return rx.Var.create([item]).to(list[str])


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
    """A region named by its heading: heading and one sentence, body, and a form with its own footer.

    `anchor` is the id of the heading, unique on the page; `words` are synonyms for search.
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
    answered: Given[int],
    hint: Text = "",
    wrong: Text = "",
    save: str = "Save",
    tried: Any = "",
    on_discard: Any = None,
) -> rx.Component:
    """A form inside a card: fields, then a footer with the hint, Discard and Save.

    It tracks unsaved changes. `answered` counts the server's answers; `wrong` is an error about the form as a whole.
    `tried` changes whenever the server changes a field.
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


def button(label: Text, *, look: str = "", answered: Given[int] | str | None = None, **options: Any) -> rx.Component:
    """A button; `look` is "", primary, danger or ghost.

    If `answered` counts the server's answers, the button shows progress until the next one and ignores further clicks.
    """
    options.setdefault("type", "button")
    if answered is not None:
        options["custom_attrs"] = {"data-answered": answered}
    return rx.el.button(label, class_name=f"btn {look}".strip(), **options)


def deed(label: Text, *, on_click: Any, answered: Given[int] | str = "") -> rx.Component:
    """The destructive action of a dialog: shows progress until the dialog closes, or until `answered` counts a
    refusal."""
    return button(label, look="danger sure", on_click=on_click, answered=answered)


def csv_download(address: Text, *, of: str = "") -> rx.Component:
    """A download link that looks like a button; rendered only once it has its URL, since it would download the page
    before. `of` is added to its accessible name, where a page has several."""
    label = "Download CSV"
    name = {"aria_label": f"{label} of {of}"} if of else {}
    link = A.create(label, href=address, class_name="btn", download=True, **name)  # a router link would navigate
    return rx.cond(address, link) if isinstance(address, rx.Var) else link


def notice(
    *content: Any, kind: str = "", action: rx.Component | None = None, below: str = "", **options: Any
) -> rx.Component:
    """A boxed notice; `kind` is "", good, warn or bad, `below` is the class of the margin below it."""
    look = " ".join(filter(None, ["note", kind, below]))
    return rx.el.div(rx.el.div(*content), action or rx.fragment(), class_name=look, **options)


def mail_sent(email: Text, deed: str, on_again: Any, *, answered: Given[int]) -> rx.Component:
    """Says that an email with a link was sent to an address, and offers to resend it, once per answer of the server."""
    return notice(
        "We sent an email to ",
        rx.el.b(email),
        f" with a link to {deed} that it is yours. ",
        rx.el.button(
            "Resend it",
            type="button",
            class_name="link",
            on_click=on_again,
            custom_attrs={"data-answered": answered},
        ),
    )


def badge(text: Text, kind: str | rx.Var[str] = "") -> rx.Component:
    """A small label; `kind` is "", good, warn or bad."""
    return rx.el.span(text, class_name=f"pill {kind}")


def avatar(initials: Text, photo: Text = "", *, large: bool = False) -> rx.Component:
    """The photo in a circle, or the initials; decorative, next to a name."""
    look = "avatar xl" if large else "avatar"
    return rx.cond(
        photo,
        rx.el.img(src=photo, alt="", class_name=look),
        rx.el.span(initials, class_name=look, aria_hidden="true"),
    )


def empty(title: str, text: Text, action: rx.Component | None = None) -> rx.Component:
    """The empty state of a list, with the first step, if there is one."""
    return rx.el.div(rx.el.b(title), rx.el.span(text), action or rx.fragment(), class_name="empty")


def step_link(step: Any, look: Text) -> rx.Component:
    """The link to a first step, a StepView, that looks like a button."""
    return rx.cond(
        step.place.startswith("/api/"),
        A.create(step.deed, href=step.place, class_name=look),  # not one of our pages
        link(step.deed, to=step.place, class_name=look),
    )


def dialog(
    title: Text,
    *body: Any,
    opened: Given[bool],
    on_close: Any,
    actions: list[rx.Component] | None = None,
    locked: bool = False,
    keeps: bool = False,
    subject: Text = "",
    **events: Any,
) -> rx.Component:
    """A modal dialog opened by state, with its buttons at the end. A `locked` one is closed only by them.

    Content is rendered only while it is open, unless it `keeps` it: typed text, or a value inserted from outside.
    `events` are `on_forgotten`, which opens it again if the server has lost the window's state, and `on_reloaded`;
    `subject` is the id of what it is about, which `on_forgotten` gets.
    """
    foot = rx.el.div(*actions, class_name="dialog-foot") if actions else rx.fragment()
    return Dialog.create(
        *body,
        foot,
        open=opened,
        title=title,
        locked=locked,
        keeps=keeps,
        load=Binding.load,
        about=subject,
        on_close=on_close,
        **events,
    )


def form_dialog(
    state: Any,
    name: str,
    title: Text,
    *fields: rx.Component,
    on_submit: Any,
    on_close: Any,
    deed: Text,
    about: rx.Component | None = None,
    **events: Any,
) -> rx.Component:
    """A dialog with a form, Cancel and its action at the end. It is open while the state's `dialog` has its name,
    and shows the error of the form as a whole from `errors`; `about` is the text above the form, `events` are those of
    `dialog`."""
    wrong = state.errors[""]
    return dialog(
        title,
        about or rx.fragment(),
        rx.el.form(
            *fields,
            rx.cond(wrong, rx.el.p(wrong, class_name="wrong", role="alert", custom_attrs={"data-refused": ""})),
            rx.el.div(
                button("Cancel", on_click=on_close),
                rx.el.button(deed, type="submit", class_name="btn primary"),
                class_name="dialog-foot",
            ),
            on_submit=on_submit,
            no_validate=True,
            tab_index=-1,
            custom_attrs={"data-answered": state.answered},
        ),
        opened=state.dialog == name,
        on_close=on_close,
        **events,
    )


def ago(moment: Any, *, lasts: bool = False) -> rx.Component:
    """How long ago a MomentView was, or with `lasts` how long since; the exact time on hover."""
    return Ago.create(iso=moment.iso, exact=moment.exact, lasts=lasts)


def table(headings: list[str], rows: rx.Component, *, label: str, fits: Fits) -> rx.Component:
    """A table. If it is narrower than `fits` pixels, each row becomes a small card.

    A heading that starts with "#" is for numbers or actions, "-" makes it visible to screen readers only, and "+" is
    for a column of `wide-only` cells.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[_heading(heading) for heading in headings])),
            rx.el.tbody(rows),
            class_name="table",
            aria_label=label,
        ),
        class_name=f"table-room fits-{fits}",
    )


def _heading(heading: str) -> rx.Component:
    if heading == "#":
        return rx.el.td()
    if heading.startswith("-"):
        return rx.el.th(rx.el.span(heading[1:], class_name="sr-only"), scope="col")
    looks = {"#": "num", "+": "wide-only"}
    return rx.el.th(heading.lstrip("#+"), scope="col", class_name=looks.get(heading[0], ""))


def skeleton(*, fields: int = 1, rows: int = 0) -> rx.Component:
    """The placeholder of a card while it loads: with fields, or with a list of so many rows."""
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
    # Classes instead of `style`, which would insert a stylesheet while the page is rendered.
    return rx.el.span(class_name=f"bone {size}")
