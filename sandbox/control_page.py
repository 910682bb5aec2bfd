"""The control page: the state of the sandbox, and the same actions as the JSON calls."""

from datetime import UTC, datetime

from sandbox.errors import Object
from sandbox.html import Markup, joined, markup, money, page
from sandbox.web import Response
from sandbox.world import World

NEWEST = 20


def show(world: World, refusal: str | None = None, *, status: int = 200) -> Response:
    """Return the page."""
    error = markup('<p class="error" role="alert">{words}</p>', words=refusal) if refusal else Markup("")
    sections = [error, _clock(world), _faults(world), _payments(world), _prices(world), _events(world), _start_again()]
    return page("Control", joined(sections), status=status, wide=True)


def _clock(world: World) -> Markup:
    return markup(
        "<section><h2>Clock</h2><p>It is {now} UTC here. Advancing it renews subscriptions that are due.</p>"
        '<form class="row" method="post" action="/_sandbox/advance">'
        '<label>Days <input name="days" inputmode="decimal" required value="31"></label>'
        '<button type="submit">Advance</button></form></section>',
        now=_moment(world.now()),
    )


def _faults(world: World) -> Markup:
    faults = world.faults
    fields = joined(
        [
            _field("fail", "Number of calls to fail", faults.fail),
            _field("status", "Status to answer", faults.status),
            _field("delay_s", "Seconds to delay answers", f"{faults.delay_s:g}"),
            _field("cut_after_charge", "Connections to cut after a charge (-1: all)", faults.cut_after_charge),
        ]
    )
    checks = joined(
        [
            _check("duplicate", "Deliver webhooks twice", faults.duplicate),
            _check("shuffle", "Deliver webhooks out of order", faults.shuffle),
        ]
    )
    return markup(
        '<section><h2>Faults</h2><form method="post" action="/_sandbox/faults">{fields}{checks}'
        '<button type="submit">Set faults</button></form></section>',
        fields=fields,
        checks=checks,
    )


def _payments(world: World) -> Markup:
    paid = [row for row in reversed(world.all("payment_intent")) if row["status"] == "succeeded"][:NEWEST]
    disputed = {row["payment_intent"] for row in world.all("dispute")}
    rows = []
    for row in paid:
        charge = world.find("charge", row["latest_charge"])
        state = "disputed" if row["id"] in disputed else "refunded" if charge["refunded"] else "paid"
        if state == "paid" and charge["amount_refunded"]:
            state = f"{money(charge['amount_refunded'], row['currency'])} refunded"
        deeds = joined([_deed("refund", row), _deed("dispute", row)])
        rows.append(
            _row(_moment(row["created"]), money(row["amount"], row["currency"]), row["description"] or row["id"], state)
            if state in ("disputed", "refunded")
            else _row(
                _moment(row["created"]),
                money(row["amount"], row["currency"]),
                row["description"] or row["id"],
                markup("{state} {deeds}", state=state, deeds=deeds),
            )
        )
    return _table("Payments", ("When", "Amount", "For", "State"), rows, "No payment yet.")


def _prices(world: World) -> Markup:
    options = [
        _row(markup("<code>{key}</code>", key=row["lookup_key"]), f"{row['unit_amount_decimal']} cents")
        for row in world.all("price")
        if row["active"]
    ]
    form = markup(
        '<form class="row" method="post" action="/_sandbox/prices">'
        '<label>Lookup key <input name="lookup_key" required></label>'
        '<label>Cents <input name="unit_amount_decimal" inputmode="decimal" required></label>'
        '<button type="submit">Change price</button></form>'
    )
    table = _table("Prices", ("Lookup key", "Price"), options, "No price.")
    return joined([table, markup("<section><h2>Change a price</h2>{form}</section>", form=form)])


def _events(world: World) -> Markup:
    rows = [
        _row(_moment(row["created"]), row["type"], row["data"]["object"].get("id", ""), _delivery(world, row))
        for row in reversed(world.all("event")[-NEWEST:])
    ]
    return _table("Latest events", ("When", "Type", "Object", "Delivery"), rows, "No event yet.")


def _start_again() -> Markup:
    return markup(
        "<section><h2>Start again</h2><p>Deletes every customer, card, payment and event.</p>"
        '<form method="post" action="/_sandbox/reset"><button type="submit">Delete everything</button></form></section>'
    )


def _delivery(world: World, event: Object) -> str:
    if not world.webhooks:
        return "no address"
    return "waiting" if event["pending_webhooks"] else "delivered"


def _deed(deed: str, intent: Object) -> Markup:
    amount = money(intent["amount"], intent["currency"])
    return markup(
        '<form method="post" action="/_sandbox/{deed}"><input type="hidden" name="payment_intent" value="{name}">'
        '<button class="small" type="submit" aria-label="{label} {amount}, {name}">{label}</button></form> ',
        deed=deed,
        name=intent["id"],
        label=deed.capitalize(),
        amount=amount,
    )


def _field(name: str, label: str, value: object) -> Markup:
    return markup('<label>{label} <input name="{name}" value="{value}"></label>', label=label, name=name, value=value)


def _check(name: str, label: str, on: bool) -> Markup:
    return markup(
        '<label class="check"><input type="checkbox" name="{name}" value="true"{on}> {label}</label>',
        name=name,
        label=label,
        on=Markup(" checked") if on else Markup(""),
    )


def _table(title: str, heads: tuple[str, ...], rows: list[Markup], empty: str) -> Markup:
    if not rows:
        return markup('<section><h2>{title}</h2><p class="muted">{empty}</p></section>', title=title, empty=empty)
    cells = joined([markup('<th scope="col">{head}</th>', head=head) for head in heads])
    return markup(
        '<section><h2>{title}</h2><div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        "<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div></section>",
        title=title,
        cells=cells,
        rows=joined(rows),
    )


def _row(*cells: object) -> Markup:
    return markup("<tr>{cells}</tr>", cells=joined([markup("<td>{cell}</td>", cell=cell) for cell in cells]))


def _moment(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y %H:%M")
