"""The invoice and receipt pages."""

from sandbox import pdf
from sandbox.cards import method_of
from sandbox.entry import read_card
from sandbox.errors import Object, Refused
from sandbox.html import (
    Markup,
    amount_row,
    card_fields,
    day,
    fields_of,
    gone,
    joined,
    markup,
    money,
    page,
    redirect,
    refused_with,
)
from sandbox.invoices import collect
from sandbox.params import Params
from sandbox.web import Request, Response
from sandbox.world import World


def invoice_page(world: World, request: Request, name: str) -> Response:
    """GET and POST /invoices/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "invoice":
        return gone("This invoice does not exist.")
    refusal = None
    if request.method == "POST" and body["status"] == "open":
        try:
            _pay(world, body, request)
        except Refused as refused:
            refusal = str(refused)
        if asks := _asks(world, body):
            return redirect(asks)
    again = markup(
        '<form class="card" method="post">{error}{fields}'
        '<button class="primary whole" type="submit">Pay {amount}</button></form>'
        '<form method="post"><button class="whole" type="submit" name="saved" value="1">Use the saved card</button>'
        "</form>",
        error=refused_with(refusal),
        fields=card_fields(refusal),
        amount=money(body["amount_due"], body["currency"]),
    )
    rows = [amount_row(row["description"], row["amount"], body["currency"]) for row in body["lines"]["data"]]
    rows.append(amount_row("Total", body["total"], body["currency"]))
    content = markup(
        '<section><p class="muted">{status}, {day}</p><ul class="lines">{rows}</ul>'
        '<p><a href="{pdf}">Download the PDF</a></p></section>{again}',
        status=body["status"].capitalize(),
        day=day(body["created"]),
        rows=joined(rows),
        pdf=f"/invoices/{name}/pdf",
        again=again if body["status"] == "open" else Markup(""),
    )
    return page(f"Invoice {body['number']}", content, status=402 if refusal else 200)


def invoice_pdf(world: World, request: Request, name: str) -> Response:
    """GET /invoices/{id}/pdf"""
    body = world.store.get(name)
    if body is None or body["object"] != "invoice":
        return gone("This invoice does not exist.")
    currency = body["currency"]
    lines = ["SANDBOX - no money moves and no card is real", "", f"Invoice {body['number']}"]
    lines += [f"Date: {day(body['created'])}", f"Bill to: {body['customer_name'] or body['customer_email'] or ''}", ""]
    lines += [f"{row['description']}   {money(row['amount'], currency)}" for row in body["lines"]["data"]]
    lines += ["", f"Total: {money(body['total'], currency)}", f"Amount paid: {money(body['amount_paid'], currency)}"]
    named = f'attachment; filename="invoice-{body["number"]}.pdf"'
    return Response(200, pdf.page(lines), {"Content-Type": "application/pdf", "Content-Disposition": named})


def receipt_page(world: World, request: Request, name: str) -> Response:
    """GET /receipts/{id}"""
    body = world.store.get(name)
    if body is None or body["object"] != "charge" or not body["paid"]:
        return gone("This receipt does not exist.")
    card = body["payment_method_details"]["card"]
    rows = [amount_row(body["description"] or "Payment", body["amount"], body["currency"])]
    if body["amount_refunded"]:
        rows.append(amount_row("Refunded", -body["amount_refunded"], body["currency"]))
    content = markup(
        '<section><p class="muted">{day}, {brand} ending in {last4}</p><ul class="lines">{rows}</ul></section>',
        day=day(body["created"]),
        brand=card["brand"].capitalize(),
        last4=card["last4"],
        rows=joined(rows),
    )
    return page("Receipt", content)


def _pay(world: World, body: Object, request: Request) -> None:
    """Charge the typed or the saved card; raises if the card is declined."""
    fields = fields_of(request)
    method = None
    if "saved" not in fields:
        card, month, year = read_card(Params(fields), world.now())
        method = world.add(method_of(card, world.now(), month, year))["id"]
    refused = collect(world, body, off_session=False, method=method)
    if refused:
        raise refused


def _asks(world: World, body: Object) -> str | None:
    """Return the URL to authenticate an invoice, if the bank requires it."""
    intent = world.store.get(body.get("_payment_intent") or "")
    if intent and intent["status"] == "requires_action":
        url: str | None = intent["next_action"].get("redirect_to_url", {}).get("url")
        return url
    return None
