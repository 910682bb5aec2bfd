"""The client address that a request is counted under."""

import pytest

from settings_ui.http.client import client_address
from settings_ui.services.account.sign_in import PER_NETWORK
from tests.http.site import Site
from tests.http.test_sign_in import sign_in

PEER = "203.0.113.9"


def address(hops: int, *forwarded: str) -> str:
    """Return the client address of a request from PEER with these X-Forwarded-For headers."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return client_address({"type": "http", "headers": headers, "client": (PEER, 1)}, hops)


@pytest.mark.parametrize("claimed", [[], ["198.51.100.1"], ["198.51.100.1, 198.51.100.2"], [""], [","], ["x" * 9000]])
def test_without_a_proxy_of_ours_the_header_is_not_believed(claimed: list[str]) -> None:
    assert address(0, *claimed) == PEER


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (1, ["198.51.100.1"], "198.51.100.1"),
        (1, ["10.9.9.9, 198.51.100.1"], "198.51.100.1"),
        (1, ["10.9.9.9", "198.51.100.1"], "198.51.100.1"),
        (2, ["10.9.9.9, 198.51.100.1, 192.0.2.1"], "198.51.100.1"),
        (2, ["198.51.100.1"], PEER),
        (1, [], PEER),
        (1, ["198.51.100.1,,"], "198.51.100.1"),
        (1, ["198.51.100.1:50123"], "198.51.100.1"),
        (1, ["[2001:db8::1]:50123"], "2001:db8::1"),
        (1, ["[2001:db8::1]"], "2001:db8::1"),
        (1, ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_behind_so_many_the_last_that_they_wrote_counts(hops: int, forwarded: list[str], expected: str) -> None:
    """The client may have forged everything before it; a port, which differs each time, is stripped."""
    assert address(hops, *forwarded) == expected


def test_a_request_from_nowhere_has_no_address() -> None:
    assert client_address({"type": "http", "headers": [], "client": None}, 0) == ""


@pytest.mark.usefixtures("dana")
async def test_naming_other_addresses_does_not_buy_more_guesses(site: Site) -> None:
    """Guesses at different accounts with different claimed addresses still share the network's limit."""
    browser = site.browser()
    for number in range(PER_NETWORK.times):
        browser.headers["x-forwarded-for"] = f"198.51.100.{number}"
        answer = await sign_in(browser, email=f"nobody{number}@harborleads.example", password="guess")
        assert answer.status_code == 401
    browser.headers["x-forwarded-for"] = "198.51.101.1"
    assert (await sign_in(browser, email="nobody@harborleads.example", password="guess")).status_code == 429
