"""Pages in plain HTML without scripts, all marked as sandbox."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from sandbox.errors import Object
from sandbox.web import Request, Response

STYLE = (Path(__file__).parent / "sandbox.css").read_bytes()


class Markup(str):
    """HTML that is already safe."""

    __slots__ = ()


def markup(template: str, **values: object) -> Markup:
    """Fill a template; every value that is not markup is escaped."""
    safe = {name: v if isinstance(v, Markup) else escape(str(v)) for name, v in values.items()}
    return Markup(template.format(**safe))


def joined(parts: list[Markup]) -> Markup:
    """Return the parts concatenated."""
    return Markup("".join(parts))


def page(title: str, body: Markup, *, status: int = 200, targets: str = "", wide: bool = False) -> Response:
    """Return a complete page. `targets` are the other origins that its forms may submit to."""
    text = markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Sandbox</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        '<link rel="stylesheet" href="/sandbox.css"></head><body>'
        "<header><strong>Sandbox</strong> No money moves and no card is real.</header>"
        '<main class="{kind}"><h1>{title}</h1>{body}</main></body></html>',
        title=title,
        body=body,
        kind="wide" if wide else "narrow",
    )
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {targets}"
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy.strip()}
    return Response(status, text.encode(), headers)


def redirect(url: str) -> Response:
    """Return a redirect."""
    return Response(303, b"", {"Location": url})


def money(amount: int, currency: str) -> str:
    """Return $1,234.56, or 1,234.56 EUR."""
    sign = "-" if amount < 0 else ""
    whole = f"{abs(amount) // 100:,}.{abs(amount) % 100:02}"
    return f"{sign}${whole}" if currency == "usd" else f"{sign}{whole} {currency.upper()}"


def gone(words: str) -> Response:
    """Return a page that says what does not exist."""
    return page("Nothing here", markup("<section><p>{words}</p></section>", words=words), status=404)


def fields_of(request: Request) -> Object:
    """Return the fields of a form, each once."""
    return {name: values[0] for name, values in parse_qs(request.text()).items()}


def card_fields(refusal: str | None) -> Markup:
    """Return the fields of a card, with an error about them if any."""
    return markup(
        '<label>Card number <input name="number" inputmode="numeric" required maxlength="30" {invalid}></label>'
        '<div class="pair"><label>Expiry <input name="expiry" inputmode="numeric" placeholder="MM / YY" required '
        'maxlength="9"></label>'
        '<label>CVC <input name="cvc" inputmode="numeric" required maxlength="4"></label></div>',
        invalid=Markup('aria-invalid="true" aria-describedby="refusal" autofocus') if refusal else Markup("autofocus"),
    )


def refused_with(refusal: str | None) -> Markup:
    """Return the error message, or nothing."""
    return (
        markup('<p class="error" id="refusal" role="alert">{refusal}</p>', refusal=refusal) if refusal else Markup("")
    )


def amount_row(text: str, amount: int, currency: str) -> Markup:
    """Return a row with an amount."""
    return markup("<li><span>{text}</span><span>{amount}</span></li>", text=text, amount=money(amount, currency))


def day(moment: int) -> str:
    """Return a day like 04 Mar 2026."""
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")
