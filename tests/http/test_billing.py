"""Money over plain HTTP: what the provider posts, and the transactions as a file."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services
from settings_ui.config import Config
from settings_ui.domain.access import Role
from settings_ui.domain.ledger import Kind
from settings_ui.domain.money import Money
from settings_ui.http.billing import COLUMNS, TRANSACTIONS_PATH
from settings_ui.http.webhooks import MOST_BYTES, WEBHOOK_PATH
from settings_ui.services.billing.ledger import Movement, post
from tests.http.conftest import behind_the_edge
from tests.http.site import Site
from tests.http.test_blocked_callers import a_member
from tests.sandbox.running import Running, running
from tests.services.billing.test_events import all_events, pay_in_checkout, signed
from tests.services.billing.till import Till, payments_of
from tests.support import FakeClock, add_business, add_member, replaced


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock, sandbox: Running) -> Iterator[Services]:
    """All use cases, with payments at a sandbox."""
    yield from behind_the_edge(sqlite_template, tmp_path, clock, payments=payments_of(sandbox))


@pytest.fixture
def till(services: Services, sandbox: Running, clock: FakeClock) -> Till:
    owner = add_member(services, add_business(services), Role.OWNER, clock)
    return Till(services, sandbox, clock, owner)


async def told(site: Site, body: bytes, signature: str | None, **headers: str) -> int:
    """Post as the provider does, from elsewhere and without an origin."""
    sent = {"stripe-signature": signature} if signature is not None else {}
    async with site.browser() as provider:
        for name in ("origin", "sec-fetch-site"):
            del provider.headers[name]
        return (await provider.post(WEBHOOK_PATH, content=body, headers=sent | headers)).status_code


async def test_a_signed_event_credits_and_a_repetition_is_answered_alike(site: Site, till: Till) -> None:
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    body, signature = signed(event)
    assert [await told(site, body, signature) for _ in range(2)] == [200, 200]
    assert till.balance == "$40.00"


async def test_anything_else_is_refused_and_writes_nothing(site: Site, till: Till) -> None:
    """Not signed, signed for another body, not UTF-8, too large, and from a page of another site."""
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    body, signature = signed(event)
    large = signed(event | {"padding": "x" * MOST_BYTES})
    assert await told(site, body, None) == 400
    assert await told(site, body + b" ", signature) == 400
    assert await told(site, *signed(b"\xff\xfe")) == 400
    assert await told(site, *large) == 400
    assert await told(site, body, signature, origin="https://evil.example") == 403
    assert till.balance == "$0.00"


async def test_while_the_provider_is_away_it_is_to_be_sent_again(site: Site, till: Till) -> None:
    pay_in_checkout(till)
    event = next(event for event in all_events(till) if event["type"] == "payment_intent.succeeded")
    till.sandbox.control("faults", fail=9, status=500)
    assert await told(site, *signed(event)) == 503
    till.sandbox.control("faults")
    assert await told(site, *signed(event)) == 200
    assert till.balance == "$40.00"


async def test_without_a_secret_there_is_no_such_address(services: Services, clock: FakeClock) -> None:
    """An empty secret would let anyone sign."""
    from settings_ui.bootstrap import using

    bare = replaced(services, {"config": Config(_env_file=None, stripe_secret_key="sk_test_1", demo=True)})
    with using(bare):
        assert await told(Site(bare), *signed({"id": "evt_1"}, secret="")) == 404


async def test_the_transactions_are_a_file_exact_to_the_millionth(site: Site, till: Till) -> None:
    services = till.services
    with services.database.write() as session:
        for n, (kind, micros) in enumerate([(Kind.TOP_UP, 25_000_000), (Kind.USAGE, -12_345)]):
            movement = Movement(kind, f"k:{n}", Money(micros, "USD"), "=SUM(A1)", "ref")
            post(session, till.owner.business_id, movement, at=services.clock.now())
    cookie = a_member(services, till.owner.business_id, Role.ADMIN, services.clock)
    async with site.browser(cookie) as admin:
        answer = await admin.get(TRANSACTIONS_PATH, params={"business": till.owner.business_id})
    assert answer.headers["content-disposition"].startswith('attachment; filename="transactions-')
    header, used, paid = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == COLUMNS
    assert (used[0], used[4], used[5], used[6]) == ("2", "-0.012345", "24.987655", "USD")
    assert (paid[3], paid[4]) == ("'=SUM(A1)", "25.00")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
async def test_only_who_may_bill_gets_it(site: Site, till: Till, role: Role) -> None:
    cookie = a_member(till.services, till.owner.business_id, role, till.services.clock)
    async with site.browser(cookie) as member:
        assert (await member.get(TRANSACTIONS_PATH)).status_code == 403
    stranger = a_member(till.services, add_business(till.services), Role.OWNER, till.services.clock)
    async with site.browser(stranger) as other:
        assert (await other.get(TRANSACTIONS_PATH, params={"business": till.owner.business_id})).status_code != 200
    async with site.browser() as nobody:
        assert (await nobody.get(TRANSACTIONS_PATH)).status_code == 401
