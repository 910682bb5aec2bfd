"""Billing over HTTP: the provider's webhooks, and CSV exports."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from settings_ui.bootstrap import Services, using
from settings_ui.config import Config
from settings_ui.domain.access import Role
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.gateways.ports import ProviderUnavailable
from settings_ui.http.billing import COLUMNS, TRANSACTIONS_PATH, USAGE_COLUMNS, USAGE_PATH
from settings_ui.http.webhooks import MOST_BYTES, WEBHOOK_PATH
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.kit.changes import business_topic
from tests.http.conftest import behind_the_edge
from tests.http.site import Site
from tests.http.test_blocked_callers import a_member
from tests.sandbox.running import Running, running
from tests.services.billing.line import TOLL_FREE, Line
from tests.services.billing.test_events import all_events, pay_in_checkout, signed
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, add_business, add_member, make_services, replaced


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock, sandbox: Running) -> Iterator[Services]:
    """All use cases, with payments on the sandbox."""
    yield from behind_the_edge(sqlite_template, tmp_path, clock, payments=payments_of(sandbox))


@pytest.fixture
def till(services: Services, sandbox: Running, clock: FakeClock) -> Till:
    owner = add_member(services, add_business(services), Role.OWNER, clock)
    return Till(services, sandbox, clock, owner)


async def told(site: Site, body: bytes, signature: str | None, **headers: str) -> int:
    """Post a webhook as the provider does: from another network and without an Origin header."""
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
    """Unsigned, signed for another body, not UTF-8, too large, or sent by a page of another site."""
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


async def test_an_event_that_fails_halfway_has_told_the_windows_what_it_changed(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """A card was added, then the plan cannot be read: when the event comes again, the card is known already."""

    class Failing(StandIn):
        def __getattr__(self, name: str) -> object:
            if name == "subscriptions":
                raise ProviderUnavailable
            return super().__getattr__(name)

    class Told:
        topics: frozenset[str] = frozenset()

        async def publish(self, topics: frozenset[str]) -> None:
            self.topics |= topics

    sandbox.sdk().payment_methods.attach("pm_card_visa", {"customer": till.customer})
    event = next(event for event in all_events(till) if event["type"] == "payment_method.attached")
    other, bus = make_services(services.database.url, clock, payments=Failing(payments_of(sandbox))), Told()
    here = replaced(services, {"billing.events": other.billing.events, "bus": bus})
    with using(here):
        assert await told(Site(here), *signed(event)) == 503
    other.database.close()
    assert bus.topics == {business_topic(till.owner.business_id)}


async def test_without_a_secret_there_is_no_such_address(services: Services, clock: FakeClock) -> None:
    """With an empty secret anyone could sign a webhook."""
    bare = replaced(services, {"config": Config(_env_file=None, stripe_secret_key="sk_test_1", demo=True)})
    with using(bare):
        assert await told(Site(bare), *signed({"id": "evt_1"}, secret="")) == 404


async def test_the_transactions_are_a_file_exact_to_the_millionth(site: Site, till: Till) -> None:
    services = till.services
    with services.database.write() as session:
        for n, (kind, micros) in enumerate([(TransactionKind.TOP_UP, 25_000_000), (TransactionKind.USAGE, -12_345)]):
            movement = Movement(kind, f"k:{n}", Money(micros, "USD"), "=SUM(A1)", "ref")
            post(session, till.owner.business_id, movement, at=services.clock.now())
    answer = await got(site, till, TRANSACTIONS_PATH, Role.ADMIN)
    assert answer.headers["content-disposition"].startswith('attachment; filename="transactions-')
    header, used, paid = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == COLUMNS
    assert (used[0], used[4], used[5], used[6]) == ("2", "-0.012345", "24.987655", "USD")
    assert (paid[3], paid[4]) == ("'=SUM(A1)", "25.00")


async def test_what_was_used_is_a_file_exact_to_the_millionth(site: Site, till: Till) -> None:
    """In billed minutes, fractional where the billing increment makes them so."""
    till.plan("scale")
    line = Line(till)
    line.call(61, to=TOLL_FREE)
    line.call(61)
    line.run()
    answer = await got(site, till, USAGE_PATH, Role.ADMIN)
    assert answer.headers["content-disposition"].startswith('attachment; filename="usage-')
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == USAGE_COLUMNS
    assert rows == [
        ["2026-03-04", "call", "2", "call", "0.00", "USD"],
        ["2026-03-04", "local_minute", "2", "minute", "0.055", "USD"],
        ["2026-03-04", "toll_free_minute", "1.5", "minute", "0.0675", "USD"],
    ]


@pytest.mark.parametrize("path", [TRANSACTIONS_PATH, USAGE_PATH])
@pytest.mark.parametrize("role", Role)
async def test_only_who_may_bill_gets_a_file(site: Site, till: Till, path: str, role: Role) -> None:
    """For each role, and for owners of other businesses; a refusal contains no row of the file."""
    used(till)
    answer = await got(site, till, path, role)
    assert answer.status_code == (200 if role in (Role.OWNER, Role.ADMIN) else 403)
    assert ("2026-03-04" in answer.text) is (answer.status_code == 200)
    stranger = a_member(till.services, add_business(till.services), role, till.services.clock)
    for asked in ({"business": till.owner.business_id}, {}):
        async with site.browser(stranger) as other:
            answer = await other.get(path, params=asked)
        assert "2026-03-04" not in answer.text
        assert asked == {} or answer.status_code != 200


@pytest.mark.parametrize("path", [TRANSACTIONS_PATH, USAGE_PATH])
async def test_a_file_wants_a_session_that_goes_on(site: Site, till: Till, path: str) -> None:
    """No session, a forged one, an ended one and an API key are all refused."""
    used(till)
    cookie = a_member(till.services, till.owner.business_id, Role.OWNER, till.services.clock)
    async with site.browser(cookie) as owner:
        assert (await owner.get(path)).status_code == 200
        await owner.post("/auth/sign-out")
    for who, headers in ((cookie, {}), ("", {}), ("made-up", {}), ("", {"authorization": "Bearer cs_key_made_up"})):
        async with site.browser(who, **headers) as nobody:
            answer = await nobody.get(path, params={"business": till.owner.business_id})
        assert (answer.status_code, "2026-03-04" in answer.text) == (401, False)


def used(till: Till) -> None:
    """Create data for both files."""
    till.plan("starter")
    line = Line(till)
    line.call(60)
    line.run()


async def got(site: Site, till: Till, path: str, role: Role) -> httpx.Response:
    """Return the answer that a member with this role gets."""
    cookie = a_member(till.services, till.owner.business_id, role, till.services.clock)
    async with site.browser(cookie) as member:
        return await member.get(path, params={"business": till.owner.business_id})
