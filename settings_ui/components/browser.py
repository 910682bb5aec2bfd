"""The few components written in JavaScript, because they must act before a server could."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

FORMS = rx.asset("forms.jsx", shared=True)
DIALOG = rx.asset("dialog.jsx", shared=True)
TIME = rx.asset("time.jsx", shared=True)
PAGE = rx.asset("page.jsx", shared=True)
POST_FORM = rx.asset("post_form.jsx", shared=True)
PHOTO = rx.asset("photo.jsx", shared=True)
COPY = rx.asset("copy.jsx", shared=True)
IMPORT = rx.asset("import.jsx", shared=True)
SEARCH = rx.asset("search.jsx", shared=True)
FILES = rx.asset("files.jsx", shared=True)


class FormKeeper(rx.Component):
    """Once per page: tracks unsaved edits, allows one submit at a time, and asks before edits are lost."""

    library = f"$/public{FORMS}"
    tag = "FormKeeper"
    title: rx.Var[str]
    text: rx.Var[str]
    stay: rx.Var[str]
    leave: rx.Var[str]


class Check(rx.Component):
    """A checkbox that acts immediately; `answered` counts the server's answers, after each of which it shows the saved
    value."""

    library = f"$/public{FORMS}"
    tag = "Check"
    checked: rx.Var[bool]
    answered: rx.Var[int]
    disabled: rx.Var[bool]
    described_by: rx.Var[str]
    on_toggle: rx.EventHandler[rx.event.passthrough_event_spec(bool)]


class Slider(rx.Component):
    """A range input; `on_move` fires while it moves, at most every 40 ms, and always with where it was let go."""

    library = f"$/public{FORMS}"
    tag = "Slider"
    name: rx.Var[str]
    label: rx.Var[str]
    min: rx.Var[int]
    max: rx.Var[int]
    value: rx.Var[int]
    on_move: rx.EventHandler[rx.event.passthrough_event_spec(float)]


class Select(BaseHTML):
    """A select in a form; needs an `id`. A new saved `value` is what the form resets to, and shown unless another was
    chosen."""

    library = f"$/public{FORMS}"
    tag = "Select"
    name: rx.Var[str]
    value: rx.Var[str]


class Choice(rx.Component):
    """A select that acts immediately: shows what was chosen until the server shows its value, or gives no answer.

    Where the server may refuse, `answered` counts its answers, after each of which the saved value is shown.
    """

    library = f"$/public{FORMS}"
    tag = "Choice"
    value: rx.Var[str]
    label: rx.Var[str]
    answered: rx.Var[int]
    disabled: rx.Var[bool]
    described_by: rx.Var[str]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class ListSearch(rx.Component):
    """A search as one types, kept when the server has lost the window's state; `load` changes whenever the window
    connects."""

    library = f"$/public{FORMS}"
    tag = "ListSearch"
    value: rx.Var[str]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    load: rx.Var[str]
    on_find: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Dialog(rx.Component):
    """A native modal dialog; `open` comes from state, `on_close` fires on Escape and on the backdrop.

    A `locked` one is closed only by its own buttons. Content is rendered only while it is open, unless it `keeps` it.
    `load` changes whenever the window connects. `on_forgotten` fires if the server has lost the window's state, as by a
    restart, while the dialog is open: with what the dialog is `about`, it opens it again, and what was typed stays.
    `on_reloaded` fires if the dialog is still open after the page was loaded again.
    """

    library = f"$/public{DIALOG}"
    tag = "Dialog"
    open: rx.Var[bool]
    title: rx.Var[str]
    locked: rx.Var[bool]
    keeps: rx.Var[bool]
    load: rx.Var[str]
    about: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]
    on_forgotten: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_reloaded: rx.EventHandler[rx.event.no_args_event_spec]


class Ago(rx.Component):
    """How long ago a moment was, or with `lasts` how long since; the exact time on hover."""

    library = f"$/public{TIME}"
    tag = "Ago"
    iso: rx.Var[str]
    exact: rx.Var[str]
    lasts: rx.Var[bool]


class Countdown(rx.Component):
    """The time left until a moment; `on_done` fires once when it is reached."""

    library = f"$/public{TIME}"
    tag = "Countdown"
    iso: rx.Var[str]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


class Leave(rx.Component):
    """Navigates to the URL with a full load as soon as it is set."""

    library = f"$/public{PAGE}"
    tag = "Leave"
    to: rx.Var[str]


class Home(rx.Component):
    """Remembers the business that this window shows; renders nothing."""

    library = f"$/public{PAGE}"
    tag = "Home"


class Follow(rx.Component):
    """Makes the URL match what is shown, if another URL was requested."""

    library = f"$/public{PAGE}"
    tag = "Follow"
    to: rx.Var[str]


class FoldMenus(rx.Component):
    """Closes every open menu on navigation."""

    library = f"$/public{PAGE}"
    tag = "FoldMenus"


class KeepFocus(rx.Component):
    """Keeps the focus in its card when what has it goes."""

    library = f"$/public{PAGE}"
    tag = "KeepFocus"


class TabBar(rx.Component):
    """Links to the tabs; the open one is the tab in the URL, or `current` if that is not one of them.

    `on_near` fires with the tab that the pointer or the focus approaches.
    """

    library = f"$/public{PAGE}"
    tag = "TabBar"
    tabs: rx.Var[list[Any]]
    current: rx.Var[str]
    label: rx.Var[str]
    on_near: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class OpenTab(rx.Component):
    """The open tab: the one in the URL if it is one of these, otherwise `current`.

    The children are the tabs with these slugs, then what is shown while none is open. The tab that is `near`, once its
    data is there, is drawn too, hidden: a hidden one does not follow its data.
    """

    library = f"$/public{PAGE}"
    tag = "OpenTab"
    tabs: rx.Var[list[Any]]
    current: rx.Var[str]
    near: rx.Var[str]
    slugs: rx.Var[list[str]]


class Unless(rx.Component):
    """One line, or with this `parameter` in the URL another."""

    library = f"$/public{PAGE}"
    tag = "Unless"
    parameter: rx.Var[str]
    text: rx.Var[str]
    otherwise: rx.Var[str]


class Title(rx.Component):
    """Puts what is open in front of the page's title, for as long as it is open."""

    library = f"$/public{PAGE}"
    tag = "Title"
    text: rx.Var[str]


class After(rx.Component):
    """Fires `on_done` once, `ms` milliseconds after it appears."""

    library = f"$/public{PAGE}"
    tag = "After"
    ms: rx.Var[int]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


class FileImport(rx.Component):
    """Uploads a CSV file with progress and reports the result of its rows; `on_done` fires afterwards."""

    library = f"$/public{IMPORT}"
    tag = "FileImport"
    action: rx.Var[str]
    max_bytes: rx.Var[int]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


class CopyButton(rx.Component):
    """Copies the text of the element with the id `target`, and says “Copied” only on success. `what` is added to its
    accessible name."""

    library = f"$/public{COPY}"
    tag = "CopyButton"
    target: rx.Var[str]
    what: rx.Var[str]


class PostForm(rx.Component):
    """A form that posts to a plain route and keeps what was typed if it is refused.

    `from_query` names the query parameter of the page that is sent along. Where success `ends` it, a link to sign in
    takes its place.
    """

    library = f"$/public{POST_FORM}"
    tag = "PostForm"
    action: rx.Var[str]
    from_query: rx.Var[str]
    ends: rx.Var[bool]


class PhotoPicker(rx.Component):
    """Uploads an image with preview and progress; `on_done` fires when it is stored."""

    library = f"$/public{PHOTO}"
    tag = "PhotoPicker"
    action: rx.Var[str]
    max_bytes: rx.Var[int]
    current: rx.Var[str]
    initials: rx.Var[str]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


class Search(rx.Component):
    """Finds settings by keywords, among the entries of the given tabs and pages, without those of `lacking` cards."""

    library = f"$/public{SEARCH}"
    tag = "Search"
    entries: rx.Var[list[dict[str, str]]]
    tabs: rx.Var[list[Any]]
    pages: rx.Var[list[Any]]
    lacking: rx.Var[list[str]]


class PlainForm(BaseHTML):
    """A form that the browser submits itself; `rx.el.form` never does."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


class Files(rx.Component):
    """Attachments of the surrounding form; the field `name` contains the ids of the uploaded files."""

    library = f"$/public{FILES}"
    tag = "Files"
    action: rx.Var[str]
    name: rx.Var[str]
    label: rx.Var[str]
    hint: rx.Var[str]
    wrong: rx.Var[str]
    max_bytes: rx.Var[int]
    most: rx.Var[int]


class Answers(rx.Component):
    """While someone types in the field with the id `field`, links to matching sections; `on_leave` fires when a link is
    followed."""

    library = f"$/public{SEARCH}"
    tag = "Answers"
    field: rx.Var[str]
    heading: rx.Var[str]
    docs: rx.Var[list[list[str]]]
    on_leave: rx.EventHandler[rx.event.no_args_event_spec]
