"""GET /business."""

from settings_ui.domain.api_key import KeyAccess
from tests.http.api.platform import Platform, Tenant, problem


async def test_a_program_learns_its_business_its_threshold_and_its_key(northwind: Tenant) -> None:
    made = northwind.key(KeyAccess.READ_ONLY)
    northwind.set(threshold_s=60)
    answer = await Platform(northwind.services, made.secret).get("/business")
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "id": northwind.id,
        "name": "Northwind Leads",
        "time_zone": "America/New_York",
        "threshold_s": 60,
        "key": {"name": made.key.name, "access": "read_only"},
    }


async def test_names_arrive_as_they_are_written(northwind: Tenant, platform: Platform) -> None:
    northwind.set(name='Łódź "Leads" 📞')
    answer = await platform.get("/business")
    assert answer.json()["data"]["name"] == 'Łódź "Leads" 📞'


async def test_both_ways_to_the_business_answer_the_same(platform: Platform) -> None:
    """The fast path and the framework's route share one function; a body on a GET changes nothing."""
    lean = await platform.get("/business")
    usual = await platform.ask("GET", "/business", headers={"idempotency-key": "x"}, content=b"ignored")
    assert lean.json() == usual.json()
    assert {name for name in lean.headers if name != "x-request-id"} == {
        name for name in usual.headers if name != "x-request-id"
    }


async def test_a_parameter_that_is_none_is_refused(platform: Platform) -> None:
    assert problem(await platform.get("/business", verbose="1")) == (422, "invalid_request", "verbose")
