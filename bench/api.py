"""The two requests for every call, compared with a route that does nothing, in the same run."""

import json
import os
import random
import statistics

from sqlmodel import select

from bench import floor
from bench.asking import flood, pace, request
from bench.events import percentile
from bench.figures import Figure
from settings_ui.bootstrap import build
from settings_ui.config import Config
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.models import Membership
from tests.e2e.server import Server

CONNECTIONS = 16
ROUNDS, ROUND_S = 5, 2.0
CALLERS = 2000
PACE, PACE_S = 50.0, 10.0
SHARE = 33.0
LIMIT = {"API_RATE_LIMIT": "999999999/day"}


def api(server: Server) -> list[Figure]:
    """Requests per second of both, absolute and as a share of the floor, and the latency of screening at an even
    pace."""
    port = int(server.origin.rpartition(":")[2])
    headers = {"Authorization": f"Bearer {_key(server)}"}
    business = [request("GET", "/api/v1/business", headers)]
    screen = [request("POST", "/api/v1/calls/screen", headers, body) for body in _ringing()]
    nothing = [request("GET", "/", {})]
    with floor.serving() as bare:
        bare_port = int(bare.rpartition(":")[2])
        # Interleaved, so that other load on this machine affects all of them.
        rounds = [
            tuple(
                flood(at, requests, connections=CONNECTIONS, seconds=ROUND_S)
                for at, requests in ((bare_port, nothing), (port, business), (port, screen))
            )
            for _ in range(ROUNDS)
        ]
    waits = pace(port, screen, per_second=PACE, seconds=PACE_S)
    bare_rate, business_rate, screen_rate = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return [
        Figure("API: a Starlette route that does nothing", bare_rate, "requests/s"),
        Figure("API: GET /business", business_rate, "requests/s"),
        Figure("API: GET /business, of that", 100 * business_rate / bare_rate, "%", SHARE, at_least=True),
        Figure("API: POST /calls/screen", screen_rate, "requests/s"),
        Figure("API: POST /calls/screen, of that", 100 * screen_rate / bare_rate, "%"),
        Figure(f"API: screening at {PACE:.0f} requests/s, median", statistics.median(waits), "ms"),
        Figure(f"API: screening at {PACE:.0f} requests/s, p99", percentile(waits, 99), "ms", 20),
    ]


def _ringing() -> list[bytes]:
    """Return request bodies of calls from many callers, the same in every run."""
    numbers = random.Random(7)
    return [
        json.dumps(
            {"from": f"+1{numbers.randint(2_000_000_000, 9_999_999_999)}", "to": "+12125550100", "id": f"call-{n}"}
        ).encode()
        for n in range(CALLERS)
    ]


def _key(server: Server) -> str:
    """Create a full key of the demo's first business and return its secret."""
    services = build(Config(_env_file=None, demo=True, database_url=server.database.url))
    with services.database.read() as session:
        owner = session.exec(select(Membership).where(Membership.role == Role.OWNER.value)).first()
    assert owner
    actor = Actor(owner.user_id, "", owner.business_id, Role.OWNER, pay_per_call=True)
    secret = services.api_keys.keys.create(actor, f"Bench {os.getpid()}", KeyAccess.FULL).value.secret
    services.database.close()
    return secret
