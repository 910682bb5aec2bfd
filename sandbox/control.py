"""Control of the sandbox: JSON for programs, a page for people."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox import catalogue, control_page, money_back
from sandbox.errors import Object, Refused, invalid
from sandbox.faults import Faults
from sandbox.forms import decode
from sandbox.html import redirect
from sandbox.params import Params
from sandbox.renewals import advance, catch_up
from sandbox.web import Request, Response
from sandbox.world import DAY_S, World, shown

MOST_DAYS = 3660
MOST_DELAY_S = 120.0
LATEST = 4_102_444_800  # the year 2100
FIELDS = {
    "advance": "days",
    "refund": "payment_intent amount",
    "dispute": "payment_intent outcome",
    "prices": "lookup_key unit_amount_decimal",
    "faults": "fail status delay_s cut_after_charge duplicate shuffle",
    "reset": "now",
}


class Control:
    """Answers `/_sandbox` and `/_sandbox/…`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: dict[str, Callable[[Params], Object]] = {
            "advance": self._advance,
            "refund": self._refund,
            "dispute": self._dispute,
            "prices": self._prices,
            "faults": self._faults,
            "reset": self._reset,
        }

    def answer(self, request: Request) -> Response:
        """Answer JSON with JSON, and a form with a page."""
        name = request.path.removeprefix("/_sandbox").strip("/")
        if request.method == "GET" and not name:
            catch_up(self._world)
            return control_page.show(self._world)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form = kind == "application/x-www-form-urlencoded"
        try:
            if name not in self._deeds or request.method != "POST":
                raise invalid("This control does not exist.", status=404)
            if not form and kind != "application/json":
                raise invalid("Send JSON, with Content-Type: application/json.", status=415)
            params = Params(_filled(decode(request.text())) if form else _read(request))
            params.only(FIELDS[name])
            done = self._deeds[name](params)
        except Refused as refused:
            self._world.rollback()
            if form:
                return control_page.show(self._world, str(refused), status=refused.status)
            return _json(refused.status, {"error": refused.error})
        return redirect("/_sandbox") if form else _json(200, done)

    def _advance(self, params: Params) -> Object:
        days = _number(params, "days", MOST_DAYS)
        advance(self._world, self._world.now() + round(days * DAY_S))
        return {"now": self._world.now()}

    def _refund(self, params: Params) -> Object:
        return shown(money_back.create_refund(self._world, params))

    def _dispute(self, params: Params) -> Object:
        name = params.required("payment_intent")
        outcome = params.one_of("outcome", "won", "lost")
        if outcome is None:
            return shown(money_back.dispute(self._world, name))
        rows = [row for row in self._world.all("dispute") if row["payment_intent"] == name]
        if not rows:
            raise invalid("This payment is not disputed.", "payment_intent")
        return shown(money_back.settle(self._world, rows[-1], outcome))

    def _prices(self, params: Params) -> Object:
        key, amount = params.required("lookup_key"), params.required("unit_amount_decimal")
        return shown(catalogue.reprice(self._world, key, amount))

    def _faults(self, params: Params) -> Object:
        fail = params.whole("fail", 0)
        status = params.whole("status", 500)
        if not 0 <= fail <= 1_000_000 or not 400 <= status <= 599:
            raise invalid("fail is a number of calls, status between 400 and 599.")
        cut = params.values.get("cut_after_charge", "0")
        cuts = {"true": -1, "false": 0}.get(cut) if isinstance(cut, str) else None
        self._world.faults = Faults(
            fail=fail,
            status=status,
            delay_s=_number(params, "delay_s", MOST_DELAY_S),
            cut_after_charge=params.whole("cut_after_charge", 0) if cuts is None else cuts,
            duplicate=params.flag("duplicate"),
            shuffle=params.flag("shuffle"),
        )
        return vars(self._world.faults)

    def _reset(self, params: Params) -> Object:
        """Delete everything; restart the clock now, or at another time."""
        moment = params.integer("now")
        if moment is not None and not 0 <= moment <= LATEST:
            raise invalid("now is in seconds since 1970.", "now")
        self._world.faults = Faults()
        self._world.store.clear()
        if moment is not None:
            self._world.move_to(moment)
        catalogue.seed(self._world)
        return {"now": self._world.now()}


def _read(request: Request) -> Object:
    """Return a JSON object with its scalars as strings, like a form's."""
    try:
        value = json.loads(request.body or b"{}")
    except ValueError:
        raise invalid("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise invalid("The body is not a JSON object.")
    return {name: _text(name, inner) for name, inner in value.items() if inner is not None}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise invalid(f"Invalid {name}.", name)
    return str(value)


def _filled(values: Object) -> Object:
    return {name: value for name, value in values.items() if value != ""}


def _number(params: Params, name: str, most: float) -> float:
    text = params.text(name, "0") or "0"
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) > most:
        raise invalid(f"{name} is a number between 0 and {most:g}.", name)
    return float(text)


def _json(status: int, body: Object) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
