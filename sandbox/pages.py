"""The checkout and authentication pages."""

from urllib.parse import parse_qs, urlencode, urlsplit

from sandbox import checkout, payments, setups
from sandbox.cards import CARDS
from sandbox.entry import read_card
from sandbox.errors import Object, Refused
from sandbox.html import (
    Markup,
    amount_row,
    card_fields,
    fields_of,
    gone,
    joined,
    markup,
    money,
    page,
    redirect,
    refused_with,
)
from sandbox.params import Params
from sandbox.web import Request, Response
from sandbox.world import World

AUTHENTICATION_FAILED = "The authentication failed, so nothing was charged. Try again, or use another card."


def checkout_page(world: World, request: Request, name: str) -> Response:
    """GET and POST /checkout/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "checkout.session":
        return gone("This checkout does not exist.")
    if body["status"] == "complete":
        return redirect(checkout.after_success(body))
    if body["status"] == "expired":
        return gone("This checkout has expired. Go back and start again.")
    if request.method == "GET":
        return _form(body)
    try:
        card, month, year = read_card(Params(fields_of(request)), world.now())
        done = checkout.submit(world, body, card, month, year)
    except Refused as refused:
        return _form(body, str(refused))
    return redirect(checkout.after_success(body) if done else f"/checkout/{name}/authenticate")


def authenticate_checkout(world: World, request: Request, name: str) -> Response:
    """GET and POST /checkout/{id}/authenticate"""
    body = world.store.get(name)
    if body is None or body["object"] != "checkout.session":
        return gone("This checkout does not exist.")
    intent = checkout.pending(world, body)
    if intent is None or body["status"] != "open":
        return redirect(f"/checkout/{name}")
    if request.method == "GET":
        return _question(request.path, targets=_origins(body))
    refusal = _decided(world, intent, fields_of(request))
    if refusal:
        return _form(body, refusal)
    checkout.complete(world, body, intent)
    return redirect(checkout.after_success(body))


def authenticate_intent(world: World, request: Request, name: str) -> Response:
    """GET and POST /authenticate/{id}: for intents that were confirmed by the API."""
    intent = world.store.get(name)
    secret = _query(request, "secret")
    if intent is None or intent.get("client_secret") != secret:
        return gone("This payment does not exist.")
    if intent["status"] != "requires_action":
        return gone("There is nothing to authenticate.")
    back = intent["next_action"].get("redirect_to_url", {}).get("return_url")
    if request.method == "GET":
        return _question(f"{request.path}?{urlencode({'secret': secret})}", targets=_origin(back) if back else "")
    refusal = _decided(world, intent, fields_of(request))
    if back:
        joint = "&" if urlsplit(back).query else "?"
        return redirect(f"{back}{joint}{urlencode({intent['object']: name, 'redirect_status': intent['status']})}")
    return gone(refusal) if refusal else _said("Authenticated", "You can close this page.")


def _said(title: str, words: str) -> Response:
    return page(title, markup("<section><p>{words}</p></section>", words=words))


def _form(body: Object, refusal: str | None = None) -> Response:
    label = {"setup": "Save card", "subscription": "Subscribe"}.get(body["mode"])
    label = label or f"Pay {money(body['amount_total'], body['currency'])}"
    rows = [amount_row(row["description"], row["amount_total"], row["currency"]) for row in body["_line_items"]]
    if body["mode"] == "subscription":
        rows.append(amount_row("Each month", body["amount_total"], body["currency"]))
    back = markup('<p><a href="{url}">Back</a></p>', url=body["cancel_url"]) if body["cancel_url"] else Markup("")
    content = markup(
        '<form class="card" method="post" action="/checkout/{name}" autocomplete="off">{error}'
        '<ul class="lines">{rows}</ul>'
        "{fields}"
        '<button class="primary whole" type="submit">{label}</button></form>{back}'
        "<details><summary>Test cards</summary><table><thead><tr><th>Number</th><th>What it does</th></tr></thead>"
        "<tbody>{cards}</tbody></table><p>Any expiry in the future and any CVC will do.</p></details>",
        name=body["id"],
        error=refused_with(refusal),
        rows=joined(rows),
        fields=card_fields(refusal),
        label=label,
        back=back,
        cards=joined([_card_row(card.number, card.does) for card in CARDS]),
    )
    title = "Save a card" if body["mode"] == "setup" else "Checkout"
    return page(title, content, status=402 if refusal else 200, targets=_origins(body))


def _question(action: str, targets: str) -> Response:
    content = markup(
        '<form class="card" method="post" action="{action}"><p>Your bank asks you to confirm this payment.</p>'
        '<div class="row"><button class="primary" name="decision" value="approve">Approve</button>'
        '<button name="decision" value="fail">Fail</button></div></form>',
        action=action,
    )
    return page("Authenticate", content, targets=targets)


def _decided(world: World, intent: Object, fields: Object) -> str | None:
    """Apply the decision and return the error, if any."""
    kind = setups if intent["object"] == "setup_intent" else payments
    if fields.get("decision") != "approve":
        kind.authentication_failed(world, intent)
        return AUTHENTICATION_FAILED
    try:
        setups.succeed(world, intent) if kind is setups else payments.charge(world, intent)
    except Refused as refused:
        return str(refused)
    return None


def _card_row(number: str, does: str) -> Markup:
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    return markup("<tr><td><code>{number}</code></td><td>{does}</td></tr>", number=spaced, does=does)


def _query(request: Request, name: str) -> str:
    return parse_qs(request.query).get(name, [""])[0]


def _origins(body: Object) -> str:
    return " ".join(_origin(body[name]) for name in ("success_url", "cancel_url") if body[name])


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
