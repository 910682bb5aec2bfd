"""Pages for links in emails: they work without JavaScript and without signing in."""

from dataclasses import dataclass
from html import escape

THEME_SCRIPT = (
    'document.documentElement.classList.add((localStorage.getItem("theme")||"system")==="system"?'
    '(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"):localStorage.getItem("theme"))'
)


@dataclass(frozen=True)
class PlainField:
    """A labelled input; `wrong` is its error."""

    name: str
    label: str
    type: str = "text"
    value: str = ""
    auto_complete: str = "off"
    hint: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class PlainForm:
    """A form that posts a link's token and its fields; `account` tells password managers whose password it asks for,
    `wrong` is an error about the form as a whole."""

    action: str
    token: str
    deed: str
    fields: tuple[PlainField, ...] = ()
    account: str = ""
    wrong: str = ""


SETTINGS = ("Go to Settings", "/settings")


def plain_page(title: str, text: str, *, form: PlainForm | None = None, way_on: tuple[str, str] = SETTINGS) -> str:
    """Return a page with a heading, one paragraph and a form; without a form it has a link, a label and its path."""
    label, path = way_on
    link = f'<p style="margin-top:18px"><a class="link" href="{escape(path)}">{escape(label)}</a></p>'
    end = _form(form) if form else link
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
        f"{escape(title)} · Switchboard</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        '<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/switchboard.css">'
        f"<script>{THEME_SCRIPT}</script>"
        '</head><body><main class="center"><div class="narrow"><div class="brand"><i></i>Switchboard</div>'
        f'<section class="card" aria-labelledby="title"><div class="card-body"><h1 id="title">{escape(title)}</h1>'
        f'<p style="margin-top:8px;overflow-wrap:anywhere">{escape(text)}</p>{end}</div></section>'
        "</div></main></body></html>"
    )


def _form(form: PlainForm) -> str:
    hidden = f'<input type="hidden" name="token" value="{escape(form.token)}">'
    if form.account:
        hidden += f'<input name="username" value="{escape(form.account)}" autocomplete="username" readonly hidden>'
    wrong = f'<p class="wrong" role="alert">{escape(form.wrong)}</p>' if form.wrong else ""
    first = next((field.name for field in form.fields if field.wrong), form.fields[0].name if form.fields else "")
    fields = "".join(_field(field, focus=field.name == first) for field in form.fields)
    return (
        f'<form method="post" action="{escape(form.action)}" novalidate>{hidden}{fields}{wrong}'
        f'<button class="btn primary wide" type="submit">{escape(form.deed)}</button></form>'
    )


def _field(field: PlainField, *, focus: bool) -> str:
    at, kept = escape(field.name), f' value="{escape(field.value)}"' if field.value else ""
    said = [("wrong", field.wrong, ' role="alert"'), ("hint", field.hint, "")]
    below = "".join(f'<p id="{at}-{kind}" class="{kind}"{role}>{escape(text)}</p>' for kind, text, role in said if text)
    described = " ".join(f"{at}-{kind}" for kind, text, _ in said if text)
    return (
        f'<div class="field" style="margin-top:14px"><label for="{at}">{escape(field.label)}</label>'
        f'<input class="input" id="{at}" name="{at}" type="{field.type}"{kept} autocomplete="{field.auto_complete}"'
        f' aria-invalid="{"true" if field.wrong else "false"}" aria-describedby="{described}"'
        f"{' autofocus' if focus else ''}>{below}</div>"
    )
