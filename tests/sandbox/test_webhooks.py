"""Events, as listed and as delivered."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from sandbox.webhooks import signature
from tests.sandbox.running import SECRET, Listener, Running, listening, running
from tests.stripe_document import check_object


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A webhook receiver."""
    with listening() as found:
        yield found


@pytest.fixture
def sandbox(listener: Listener) -> Iterator[Running]:
    """A sandbox that delivers to the receiver."""
    with running(webhooks_to=listener.url) as started:
        yield started


def test_every_event_arrives_signed_in_order_and_as_stripe_describes_it(
    api: Any, sandbox: Running, listener: Listener
) -> None:
    made = api.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
    api.customers.update(made.id, {"name": "Bea"})
    created, updated = listener.events(2)
    assert [created.type, updated.type] == ["customer.created", "customer.updated"]
    assert created.data.object.id == made.id
    assert (created.request.idempotency_key, created.request.id) == ("k1", made.last_response.request_id)
    assert updated.data.previous_attributes.to_dict() == {"name": "Ann"}
    for event in (created, updated):
        check_object(event.to_dict())
        assert api.events.retrieve(event.id).data.object.id == made.id


def test_another_secret_or_a_changed_body_does_not_verify() -> None:
    header = signature(b'{"object": "event"}', SECRET, 1_000)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(b'{"object": "event"}', header, SECRET)
    header = signature(b'{"object": "event"}', SECRET, int(time.time()))
    for body, secret in ((b'{"object": "other"}', SECRET), (b'{"object": "event"}', "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, header, secret)


@pytest.mark.parametrize("status", [500, 400, 302])
def test_what_is_not_taken_comes_again(api: Any, sandbox: Running, listener: Listener, status: int) -> None:
    listener.answers.append(status)
    made = api.customers.create({})
    first, second = listener.events(2)
    assert first.id == second.id
    assert second.data.object.id == made.id


def test_an_event_that_was_taken_is_no_longer_pending(api: Any, sandbox: Running, listener: Listener) -> None:
    api.customers.create({})
    (event,) = listener.events(1)
    deadline = time.monotonic() + 5
    while api.events.retrieve(event.id).pending_webhooks and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [row.id for row in api.events.list({"delivery_success": True}).data] == [event.id]
    assert api.events.list({"delivery_success": False}).data == []


def test_duplicates_on_demand(api: Any, sandbox: Running, listener: Listener) -> None:
    sandbox.control("faults", duplicate=True)
    api.customers.create({})
    first, second = listener.events(2)
    assert first.id == second.id


def test_disorder_on_demand(api: Any, sandbox: Running, listener: Listener) -> None:
    sandbox.control("faults", shuffle=True)
    made = [api.customers.create({}).id for _ in range(12)]
    came = [event.data.object.id for event in listener.events(12)]
    assert sorted(came) == sorted(made)
    assert came != made


def test_events_are_listed_newest_first_in_pages(api: Any) -> None:
    made = [api.customers.create({}).id for _ in range(5)]
    first = api.events.list({"limit": 2})
    assert [event.data.object.id for event in first.data] == [made[4], made[3]]
    assert first.has_more
    rest = api.events.list({"limit": 3, "starting_after": first.data[-1].id})
    assert [event.data.object.id for event in rest.data] == made[2::-1]
    assert not rest.has_more
    newer = api.events.list({"limit": 1, "ending_before": rest.data[0].id})
    assert ([event.data.object.id for event in newer.data], newer.has_more) == ([made[3]], True)
    walked = [event.data.object.id for event in api.events.list({"limit": 2}).auto_paging_iter()]
    assert walked == made[::-1]


def test_events_are_listed_by_moment_and_type(api: Any, sandbox: Running) -> None:
    start = int(sandbox.time.moment)
    for _ in range(3):
        api.customers.create({})
        sandbox.time.moment += 10
    assert len(api.events.list({"created": {"gt": start, "lte": start + 20}}).data) == 2
    assert len(api.events.list({"created": {"gte": start, "lt": start + 20}}).data) == 2
    assert len(api.events.list({"created": start + 10}).data) == 1
    assert len(api.events.list({"type": "customer.*"}).data) == 3
    assert api.events.list({"types": ["charge.succeeded", "refund.created"]}).data == []


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "evt_none"}, "both"])
def test_a_page_that_cannot_be_is_refused(api: Any, params: Any) -> None:
    api.customers.create({})
    name = api.events.list().data[0].id
    params = {"starting_after": name, "ending_before": name} if params == "both" else params
    with pytest.raises(stripe.InvalidRequestError):
        api.events.list(params)
