"""Subscription items, one at a time: each call is a change of their subscription."""

from sandbox import listing, subscriptions
from sandbox.errors import Object, missing
from sandbox.params import Params
from sandbox.world import World

NOT_OF_THE_ITEM = ("subscription", "proration_behavior", "proration_date", "payment_behavior", "expand")


def create(world: World, params: Params) -> Object:
    """POST /v1/subscription_items"""
    body = world.find("subscription", params.required("subscription"), "subscription")
    before = {item["id"] for item in body["items"]["data"]}
    _change(world, params, body, _item(params))
    return next(item for item in body["items"]["data"] if item["id"] not in before)


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/subscription_items/{id}"""
    return _find(world, name)[1]


def listed(world: World, params: Params) -> Object:
    """GET /v1/subscription_items"""
    body = world.find("subscription", params.required("subscription"), "subscription")
    return listing.page(params, "/v1/subscription_items", body["items"]["data"])


def update(world: World, params: Params, name: str) -> Object:
    """POST /v1/subscription_items/{id}"""
    _change(world, params, _find(world, name)[0], _item(params) | {"id": name})
    return _find(world, name)[1]


def delete(world: World, params: Params, name: str) -> Object:
    """DELETE /v1/subscription_items/{id}"""
    _change(world, params, _find(world, name)[0], {"id": name, "deleted": "true"})
    return {"id": name, "object": "subscription_item", "deleted": True}


def _item(params: Params) -> Object:
    return {name: value for name, value in params.values.items() if name not in NOT_OF_THE_ITEM}


def _change(world: World, params: Params, body: Object, row: Object) -> None:
    how = {name: value for name, value in params.values.items() if name in NOT_OF_THE_ITEM[1:4]}
    subscriptions.update(world, Params(how | {"items": [row]}), body["id"])


def _find(world: World, name: str) -> tuple[Object, Object]:
    for body in world.all("subscription"):
        for item in body["items"]["data"]:
            if item["id"] == name and body["status"] not in subscriptions.ENDED:
                return body, item
    raise missing("subscription_item", name, "id")
