"""What people see: checkout, authentication, invoices and receipts."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from sandbox import checkout, payments, pdf, setups
from sandbox.cards import CARDS
from sandbox.entry import read_card
from sandbox.errors import Object, Refused
from sandbox.html import Markup, joined, markup, money, page, redirect
from sandbox.invoices import collect
from sandbox.params import Params
from sandbox.web import Request, Response
from sandbox.world import World

AUTHENTICATION_FAILED = "The authentication failed, so nothing was charged. Try again, or use another card."


def checkout_page(world: World, request: Request, name: str) -> Response:
    """GET and POST /checkout/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "checkout.session":
        return gone("There is no such checkout.")
    if body["status"] == "complete":
        return redirect(checkout.after_success(body))
    if body["status"] == "expired":
        return gone("This checkout has expired. Go back and start again.")
    if request.method == "GET":
        return _form(body)
    try:
        card, month, year = read_card(Params(_fields(request)), world.now())
        done = checkout.submit(world, body, card, month, year)
    except Refused as refused:
        return _form(body, str(refused))
    return redirect(checkout.after_success(body) if done else f"/checkout/{name}/authenticate")


def authenticate_checkout(world: World, request: Request, name: str) -> Response:
    """GET and POST /checkout/{id}/authenticate"""
    body = world.store.get(name)
    if body is None or body["object"] != "checkout.session":
        return gone("There is no such checkout.")
    intent = checkout.pending(world, body)
    if intent is None or body["status"] != "open":
        return redirect(f"/checkout/{name}")
    if request.method == "GET":
        return _question(request.path, targets=_origins(body))
    refusal = _decided(world, intent, _fields(request))
    if refusal:
        return _form(body, refusal)
    checkout.complete(world, body, intent)
    return redirect(checkout.after_success(body))


def authenticate_intent(world: World, request: Request, name: str) -> Response:
    """GET and POST /authenticate/{id}: for intents that were confirmed by the API."""
    intent = world.store.get(name)
    secret = _query(request, "secret")
    if intent is None or intent.get("client_secret") != secret:
        return gone("There is no such payment.")
    if intent["status"] != "requires_action":
        return gone("There is nothing to authenticate.")
    back = intent["next_action"].get("redirect_to_url", {}).get("return_url")
    if request.method == "GET":
        return _question(f"{request.path}?{urlencode({'secret': secret})}", targets=_origin(back) if back else "")
    refusal = _decided(world, intent, _fields(request))
    if back:
        joint = "&" if urlsplit(back).query else "?"
        return redirect(f"{back}{joint}{urlencode({intent['object']: name, 'redirect_status': intent['status']})}")
    return gone(refusal) if refusal else _said("Authenticated", "You can close this page.")


def invoice_page(world: World, request: Request, name: str) -> Response:
    """GET and POST /invoices/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "invoice":
        return gone("There is no such invoice.")
    refusal = _pay_invoice(world, body, request) if request.method == "POST" and body["status"] == "open" else None
    again = markup(
        '<form class="card" method="post">{error}<button class="primary whole" type="submit">Pay {amount} with the '
        "saved card</button></form>",
        error=_error(refusal),
        amount=money(body["amount_due"], body["currency"]),
    )
    rows = [_amount_row(row["description"], row["amount"], body["currency"]) for row in body["lines"]["data"]]
    rows.append(_amount_row("Total", body["total"], body["currency"]))
    content = markup(
        '<section><p class="muted">{status}, {day}</p><ul class="lines">{rows}</ul>'
        '<p><a href="{pdf}">Download the PDF</a></p></section>{again}',
        status=body["status"].capitalize(),
        day=_day(body["created"]),
        rows=joined(rows),
        pdf=f"/invoices/{name}/pdf",
        again=again if body["status"] == "open" else Markup(""),
    )
    return page(f"Invoice {body['number']}", content)


def invoice_pdf(world: World, request: Request, name: str) -> Response:
    """GET /invoices/{id}/pdf"""
    body = world.store.get(name)
    if body is None or body["object"] != "invoice":
        return gone("There is no such invoice.")
    currency = body["currency"]
    lines = ["SANDBOX - no money moves and no card is real", "", f"Invoice {body['number']}"]
    lines += [f"Date: {_day(body['created'])}", f"Bill to: {body['customer_name'] or body['customer_email'] or ''}", ""]
    lines += [f"{row['description']}   {money(row['amount'], currency)}" for row in body["lines"]["data"]]
    lines += ["", f"Total: {money(body['total'], currency)}", f"Amount paid: {money(body['amount_paid'], currency)}"]
    named = f'attachment; filename="invoice-{body["number"]}.pdf"'
    return Response(200, pdf.page(lines), {"Content-Type": "application/pdf", "Content-Disposition": named})


def receipt_page(world: World, request: Request, name: str) -> Response:
    """GET /receipts/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "charge" or not body["paid"]:
        return gone("There is no such receipt.")
    card = body["payment_method_details"]["card"]
    rows = [_amount_row(body["description"] or "Payment", body["amount"], body["currency"])]
    if body["amount_refunded"]:
        rows.append(_amount_row("Refunded", -body["amount_refunded"], body["currency"]))
    content = markup(
        '<section><p class="muted">{day}, {brand} ending in {last4}</p><ul class="lines">{rows}</ul></section>',
        day=_day(body["created"]),
        brand=card["brand"].capitalize(),
        last4=card["last4"],
        rows=joined(rows),
    )
    return page("Receipt", content)


def gone(words: str) -> Response:
    """Return a page that says what is not there."""
    return page("Nothing here", markup("<section><p>{words}</p></section>", words=words), status=404)


def _said(title: str, words: str) -> Response:
    return page(title, markup("<section><p>{words}</p></section>", words=words))


def _form(body: Object, refusal: str | None = None) -> Response:
    label = {"setup": "Save card", "subscription": "Subscribe"}.get(body["mode"])
    label = label or f"Pay {money(body['amount_total'], body['currency'])}"
    rows = [_amount_row(row["description"], row["amount_total"], row["currency"]) for row in body["_line_items"]]
    if body["mode"] == "subscription":
        rows.append(_amount_row("Each month", body["amount_total"], body["currency"]))
    back = markup('<p><a href="{url}">Back</a></p>', url=body["cancel_url"]) if body["cancel_url"] else Markup("")
    content = markup(
        '<form class="card" method="post" action="/checkout/{name}" autocomplete="off">{error}'
        '<ul class="lines">{rows}</ul>'
        '<label>Card number <input name="number" inputmode="numeric" required maxlength="30" {invalid}></label>'
        '<div class="pair"><label>Expiry <input name="expiry" inputmode="numeric" placeholder="MM / YY" required '
        'maxlength="9"></label>'
        '<label>CVC <input name="cvc" inputmode="numeric" required maxlength="4"></label></div>'
        '<button class="primary whole" type="submit">{label}</button></form>{back}'
        "<details><summary>Test cards</summary><table><thead><tr><th>Number</th><th>What it does</th></tr></thead>"
        "<tbody>{cards}</tbody></table><p>Any expiry in the future and any CVC will do.</p></details>",
        name=body["id"],
        error=_error(refusal),
        rows=joined(rows),
        invalid=Markup('aria-invalid="true" aria-describedby="refusal" autofocus') if refusal else Markup("autofocus"),
        label=label,
        back=back,
        cards=joined([_card_row(card.number, card.does) for card in CARDS]),
    )
    title = "Save a card" if body["mode"] == "setup" else "Checkout"
    return page(title, content, status=402 if refusal else 200, targets=_origins(body))


def _question(action: str, targets: str) -> Response:
    content = markup(
        '<form class="card" method="post" action="{action}"><p>The bank asks whether it is you who pays.</p>'
        '<div class="row"><button class="primary" name="decision" value="approve">Approve</button>'
        '<button name="decision" value="fail">Fail</button></div></form>',
        action=action,
    )
    return page("Authenticate", content, targets=targets)


def _decided(world: World, intent: Object, fields: Object) -> str | None:
    """Do what was decided and return what went wrong."""
    kind = setups if intent["object"] == "setup_intent" else payments
    if fields.get("decision") != "approve":
        kind.authentication_failed(world, intent)
        return AUTHENTICATION_FAILED
    try:
        setups.succeed(world, intent) if kind is setups else payments.charge(world, intent)
    except Refused as refused:
        return str(refused)
    return None


def _pay_invoice(world: World, body: Object, request: Request) -> str | None:
    refused = collect(world, body, off_session=False)
    if body["status"] == "paid":
        return None
    return str(refused) if refused else "The bank asks for authentication, which this page does not do."


def _error(refusal: str | None) -> Markup:
    return (
        markup('<p class="error" id="refusal" role="alert">{refusal}</p>', refusal=refusal) if refusal else Markup("")
    )


def _amount_row(text: str, amount: int, currency: str) -> Markup:
    return markup("<li><span>{text}</span><span>{amount}</span></li>", text=text, amount=money(amount, currency))


def _card_row(number: str, does: str) -> Markup:
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    return markup("<tr><td><code>{number}</code></td><td>{does}</td></tr>", number=spaced, does=does)


def _fields(request: Request) -> Object:
    return {name: values[0] for name, values in parse_qs(request.text()).items()}


def _query(request: Request, name: str) -> str:
    return parse_qs(request.query).get(name, [""])[0]


def _origins(body: Object) -> str:
    return " ".join(_origin(body[name]) for name in ("success_url", "cancel_url") if body[name])


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")
