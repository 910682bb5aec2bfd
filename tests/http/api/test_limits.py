"""Rate limits per key, and limits on guessing."""

import pytest
from pydantic import ValidationError

from settings_ui.bootstrap import Services
from settings_ui.config import Config
from settings_ui.domain.api_key import new_secret
from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.local_limiter import LocalLimiter
from settings_ui.gateways.ports import Limit
from settings_ui.services.api_keys.admission import Admission
from settings_ui.services.api_keys.check import Caller, KeyCheck
from settings_ui.services.calls.ringing import Ringing
from tests.clocked_limiter import ClockedLimiter
from tests.http.api.platform import RINGING, Platform, Tenant, new_tenant, on_sqlite, problem
from tests.support import FakeClock, replaced

LIMITED = (429, "rate_limited", None)
REFUSED = (401, "invalid_api_key", None)


class Watched:
    """A key check that counts how often it is called."""

    def __init__(self, check: KeyCheck) -> None:
        self._check = check
        self.asked = 0

    def caller(self, secret: str, address: str) -> Caller | None:
        self.asked += 1
        return self._check.caller(secret, address)


class Away:
    """A limiter that is unavailable."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        raise Unavailable

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        raise Unavailable

    def count(self, limit: Limit, *key: str) -> bool:
        raise Unavailable

    def forget(self, limit: Limit, *key: str) -> None:
        raise Unavailable


def admitted_by(services: Services, clock: FakeClock, admission: Admission) -> Services:
    """Return the services with this admission, including for screening's combined read."""
    ringing = Ringing(services.database, clock, admission, services.api_keys.check)
    return replaced(services, {"api_keys.admission": admission, "calls.ringing": ringing})


@pytest.fixture
def limited(services: Services, clock: FakeClock) -> Services:
    """The services with a limit of five requests a minute."""
    admission = Admission(services.api_keys.check, ClockedLimiter(clock), LocalLimiter(), Limit(5, 60))
    return admitted_by(services, clock, admission)


@on_sqlite
@pytest.mark.parametrize("path", ["/business", "/numbers"])
async def test_beyond_its_limit_a_key_waits_as_long_as_it_is_told(
    limited: Services, clock: FakeClock, path: str
) -> None:
    """Retry-After is exact, on the fast path and on ordinary routes."""
    northwind = new_tenant(limited, clock, "Northwind Leads")
    platform = northwind.platform()
    for _ in range(5):
        assert (await platform.get(path)).status_code == 200
        clock.tick(seconds=4)
    refused = await platform.get(path)
    assert problem(refused) == LIMITED
    assert refused.headers["retry-after"] == "40"
    assert refused.json()["error"]["message"] == "This key is limited to 5 requests in 60 s. Try again in 40 s."
    clock.tick(seconds=39)
    assert problem(await platform.get(path)) == LIMITED
    clock.tick(seconds=1)
    assert (await platform.get(path)).status_code == 200


@on_sqlite
async def test_all_endpoints_count_together_and_each_key_for_itself(limited: Services, clock: FakeClock) -> None:
    northwind = new_tenant(limited, clock, "Northwind Leads")
    platform, other = northwind.platform(), northwind.platform()
    for _ in range(2):
        await platform.get("/business")
        await platform.post("/calls/screen", RINGING)
    await platform.get("/calls")
    assert problem(await platform.post("/calls/screen", RINGING)) == LIMITED
    assert (await other.get("/business")).status_code == 200


@on_sqlite
async def test_every_answer_to_a_good_key_says_what_is_left(
    northwind: Tenant, limited: Services, clock: FakeClock
) -> None:
    """On the hot paths and off them, for refusals too; the seconds are those until more is left."""
    platform = Platform(limited, northwind.key().secret)
    asked = [
        lambda: platform.get("/business"),
        lambda: platform.post("/calls/screen", RINGING),
        lambda: platform.post("/calls/screen", RINGING, once="ring-1"),
        lambda: platform.get("/calls", limit=0),
        lambda: platform.get("/numbers/num_x"),
        lambda: platform.get("/business"),
    ]
    said = []
    for ask in asked:
        answer = await ask()
        said.append((answer.status_code, answer.headers["ratelimit"]))
        clock.tick(seconds=10)
    assert said == [
        (200, '"key";r=4;t=60'),
        (200, '"key";r=3;t=50'),
        (200, '"key";r=2;t=40'),
        (422, '"key";r=1;t=30'),
        (404, '"key";r=0;t=20'),
        (429, '"key";r=0;t=10'),
    ]
    assert (await platform.get("/business")).headers["ratelimit"] == '"key";r=0;t=10'
    for stranger in (Platform(limited), Platform(limited, new_secret().secret)):
        assert "ratelimit" not in (await stranger.get("/business")).headers


@on_sqlite
async def test_every_answer_says_what_the_limit_is(platform: Platform) -> None:
    for path in ("/business", "/numbers", "/nothing", "/docs"):
        assert (await platform.get(path)).headers["ratelimit-policy"] == '"key";q=600;w=60'


@on_sqlite
async def test_guessing_from_one_network_ends_after_sixty_tries_a_minute(
    services: Services, northwind: Tenant, clock: FakeClock
) -> None:
    """From then on, even a well-formed key is not looked up."""
    watched = Watched(services.api_keys.check)
    admission = Admission(watched, ClockedLimiter(clock), LocalLimiter(), Limit(600, 60))  # type: ignore[arg-type]
    services = replaced(services, {"api_keys.admission": admission})
    for n in range(60):
        guess = "nonsense" if n % 2 else new_secret().secret
        assert problem(await Platform(services, guess, f"192.0.2.{n}").get("/business")) == REFUSED
    asked = watched.asked
    assert asked == 30
    refused = await Platform(services, new_secret().secret).get("/business")
    assert problem(refused) == LIMITED
    assert refused.headers["retry-after"] == "60"
    assert problem(await Platform(services).get("/business")) == LIMITED
    assert watched.asked == asked
    assert problem(await Platform(services, new_secret().secret, "198.51.100.1").get("/business")) == REFUSED
    clock.tick(seconds=60)
    assert problem(await Platform(services, new_secret().secret).get("/business")) == REFUSED


@on_sqlite
async def test_a_key_that_works_goes_on_working_beside_a_neighbour_who_guesses(
    services: Services, northwind: Tenant
) -> None:
    """One forgotten machine with an old key must not cut off everyone behind the same address."""
    made = northwind.key()
    platform = Platform(services, made.secret)
    assert (await platform.get("/business")).status_code == 200
    for _ in range(70):
        await Platform(services, "nonsense").get("/business")
    assert problem(await Platform(services, "nonsense").get("/business")) == LIMITED
    assert (await platform.get("/business")).status_code == 200
    northwind.revoke(made.key)
    assert problem(await platform.get("/business")) == LIMITED
    assert problem(await Platform(services, made.secret, "198.51.100.1").get("/business")) == REFUSED


@on_sqlite
async def test_keys_in_addresses_count_as_guesses(services: Services) -> None:
    for _ in range(60):
        assert problem(await Platform(services).get("/business?key=x")) == REFUSED
    assert problem(await Platform(services).get("/business?key=x")) == LIMITED


@on_sqlite
async def test_while_the_limits_are_away_this_process_counts_alone(services: Services, clock: FakeClock) -> None:
    """Screening keeps working, and each process still enforces the limit by itself."""
    admission = Admission(services.api_keys.check, Away(), LocalLimiter(), Limit(3, 60))
    services = admitted_by(services, clock, admission)
    platform = new_tenant(services, clock, "Northwind Leads").platform()
    answers = [(await platform.post("/calls/screen", RINGING)).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert problem(await Platform(services, "nonsense").get("/business")) == REFUSED


@on_sqlite
async def test_requests_are_counted_by_key_hour_and_address(
    services: Services, northwind: Tenant, clock: FakeClock
) -> None:
    """Requests refused for their limit or their key do not count as usage."""
    made = northwind.key()
    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        await Platform(services, made.secret, address).get("/business")
    clock.tick(hours=1)
    await Platform(services, made.secret, "192.0.2.8").get("/numbers")
    await Platform(services, "nonsense").get("/business")
    assert services.api_keys.check.write_counts() == 4
    use = services.api_keys.keys.use(northwind.owner, made.key.id)
    assert (use.requests, use.addresses) == (4, 2)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("600/minute", (600, 60)), ("1/second", (1, 1)), ("5000/hour", (5000, 3600)), ("1/day", (1, 86_400))],
)
def test_the_limit_is_read_from_the_environment(text: str, limit: tuple[int, int]) -> None:
    assert Config(_env_file=None, api_rate_limit=text).api_limit == limit


@pytest.mark.parametrize(
    "text", ["", "0/minute", "600", "600/fortnight", "-1/second", "1.5/second", "600/minute;1/day"]
)
def test_a_limit_that_is_none_does_not_start(text: str) -> None:
    with pytest.raises(ValidationError, match="api_rate_limit"):
        Config(_env_file=None, api_rate_limit=text)
