"""Events."""

from fnmatch import fnmatchcase

from sandbox import listing
from sandbox.errors import Object
from sandbox.params import Params
from sandbox.world import World


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/events/{id}"""
    return world.find("event", name)


def listed(world: World, params: Params) -> Object:
    """GET /v1/events"""
    rows = world.all("event")
    kinds = [params.text("type"), *params.texts("types")]
    if wanted := [kind for kind in kinds if kind]:
        rows = [row for row in rows if any(fnmatchcase(row["type"], kind) for kind in wanted)]
    if "delivery_success" in params:
        done = params.flag("delivery_success")
        rows = [row for row in rows if (row["pending_webhooks"] == 0) == done]
    return listing.page(params, "/v1/events", rows)
