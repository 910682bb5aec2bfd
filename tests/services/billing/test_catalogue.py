"""The catalogue: read from the provider, kept while it is unavailable, and the rates in force at a given time."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Forbidden
from settings_ui.domain.rates import UsageKind
from settings_ui.gateways.ports import ProviderUnavailable
from settings_ui.services.billing.catalogue import Tariff
from tests.sandbox.running import Running
from tests.services.billing.till import Till
from tests.support import START, FakeClock, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOCAL, CALL = UsageKind.LOCAL_MINUTE, UsageKind.CALL


def rate(till: Till, kind: UsageKind, **ago: float) -> int | None:
    """Return a business's rate in micro-units as it was some time ago, or None if it had none."""
    clock = FakeClock(till.clock.now())
    clock.tick(**{unit: -amount for unit, amount in ago.items()})
    with till.services.database.read() as session:
        found = Tariff(session, till.owner.business_id, "USD").rate(kind, clock.now())
    return found.micros if found else None


def test_plans_add_ons_and_rates_are_read_in_order(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    seen = till.services.billing.plan.see(till.owner).offers
    assert [(row.slug, row.name, row.micros) for row in seen.plans] == [
        ("starter", "Starter", 29_000_000),
        ("growth", "Growth", 99_000_000),
        ("scale", "Scale", 299_000_000),
    ]
    assert [row.slug for row in seen.add_ons] == ["pay_per_call", "volume_minutes"]
    toll_free = seen.rate(UsageKind.TOLL_FREE_MINUTE, "scale", (), START)
    assert toll_free
    assert (toll_free.micros, toll_free.increment_s) == (45_000, 30)
    assert seen.as_of == START


@on_sqlite
def test_a_plan_and_an_add_on_each_change_a_rate(till: Till) -> None:
    till.plan("starter")
    assert rate(till, LOCAL) == 45_000
    till.tick(hours=1)
    till.change_plan("growth")
    assert rate(till, LOCAL) == 35_000
    till.tick(hours=1)
    till.change_plan("growth", "volume_minutes")
    assert (rate(till, LOCAL), rate(till, CALL)) == (19_000, 5_000)
    assert rate(till, LOCAL, hours=0.5) == 35_000
    assert rate(till, LOCAL, hours=1.5) == 45_000
    till.tick(hours=1)
    till.change_plan("growth")
    assert rate(till, LOCAL) == 35_000


def test_a_new_price_counts_from_when_it_was_made(till: Till) -> None:
    till.plan("starter")
    till.tick(hours=2)
    till.sandbox.control("prices", lookup_key="rate_starter_local_minute", unit_amount_decimal="4.75")
    till.tick(minutes=10)
    assert rate(till, LOCAL) == 45_000, "a rate not known yet applies to nobody"
    till.reconcile()
    assert rate(till, LOCAL) == 47_500
    assert rate(till, LOCAL, minutes=5) == 47_500
    assert rate(till, LOCAL, minutes=15) == 45_000


@on_sqlite
def test_what_was_read_before_serves_while_the_provider_is_away(till: Till) -> None:
    till.plan("starter")
    before = till.services.billing.plan.see(till.owner).offers
    till.clock.tick(hours=3)
    till.sandbox.control("faults", fail=100)
    with pytest.raises(ProviderUnavailable):
        till.services.billing.catalogue.refresh()
    assert till.services.billing.plan.see(till.owner).offers.as_of == before.as_of == START
    assert rate(till, LOCAL) == 45_000


@on_sqlite
def test_an_archived_rate_ends_and_nothing_is_charged_for_its_kind(till: Till) -> None:
    till.plan("starter")
    till.archive("rate_starter_call")
    till.tick(minutes=20)
    till.reconcile()
    assert rate(till, CALL) is None
    assert rate(till, CALL, minutes=10) == 10_000
    assert rate(till, LOCAL) == 45_000


@on_sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_amount_decimal": "0.00001"},
        {"metadata": {"kind": "rate", "plan": "starter", "rate": "local_minute", "increment_s": "0"}},
        {"metadata": {"kind": "rate", "plan": "starter", "rate": "local_minute", "increment_s": "soon"}},
        {"metadata": {"kind": "rate", "plan": "starter", "rate": "parsec"}},
        {"metadata": {"kind": "rate", "rate": "local_minute"}},
        {"metadata": {"kind": "plan"}},
        {"metadata": {}},
    ],
)
def test_a_price_that_cannot_be_used_is_left_out(till: Till, wrong: dict[str, object]) -> None:
    with till.sandbox.world.lock:
        price = next(p for p in till.sandbox.world.all("price") if p["lookup_key"] == "rate_starter_local_minute")
        till.sandbox.world.change(price, "price.updated", **wrong)
        till.sandbox.world.commit()
    till.services.billing.catalogue.refresh()
    seen = till.services.billing.plan.see(till.owner).offers
    assert seen.rate(LOCAL, "starter", (), START) is None
    assert seen.rate(LOCAL, "growth", (), START)


@on_sqlite
def test_rates_in_another_currency_than_the_business_charge_nothing(till: Till, services: Services) -> None:
    from settings_ui.models import Business

    till.plan("starter")
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).currency = "EUR"
    with services.database.read() as session:
        assert Tariff(session, till.owner.business_id, "EUR").rate(LOCAL, START) is None
    assert services.billing.plan.see(till.owner).foreign == "USD"


@on_sqlite
def test_who_may_not_bill_sees_no_offer(services: Services, business: str, clock: FakeClock, sandbox: Running) -> None:
    member = add_member(services, business, Role.MANAGER, clock)
    with pytest.raises(Forbidden):
        services.billing.plan.see(member)
