"""Pages for links in mail: they work without script and without signing in."""

import base64
import hashlib
from html import escape

THEME_SCRIPT = (
    'document.documentElement.classList.add((localStorage.getItem("theme")||"system")==="system"?'
    '(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"):localStorage.getItem("theme"))'
)
THEME_SCRIPT_HASH = base64.b64encode(hashlib.sha256(THEME_SCRIPT.encode()).digest()).decode()


def plain_page(title: str, text: str, *, form: tuple[str, str, str] | None = None) -> str:
    """Return a whole page with a heading and one paragraph.

    `form` is (action, token, button): a form that posts the token. Without it the page links to Settings.
    """
    if form:
        action, token, label = form
        end = (
            f'<form method="post" action="{escape(action)}"><input type="hidden" name="token" value="{escape(token)}">'
            f'<button class="btn primary wide" type="submit">{escape(label)}</button></form>'
        )
    else:
        end = '<p style="margin-top:18px"><a class="link" href="/settings">Go to Settings</a></p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
        f"{escape(title)} · Switchboard</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        '<link rel="icon" type="image/svg+xml" href="/logo.svg"><link rel="stylesheet" href="/switchboard.css">'
        f"<script>{THEME_SCRIPT}</script>"
        '</head><body><main class="center"><div class="narrow"><div class="brand"><i></i>Switchboard</div>'
        f'<section class="card" aria-labelledby="title"><div class="card-body"><h1 id="title">{escape(title)}</h1>'
        f'<p style="margin-top:8px;overflow-wrap:anywhere">{escape(text)}</p>{end}</div></section>'
        "</div></main></body></html>"
    )
