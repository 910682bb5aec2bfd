"""Development on one origin: Vite serves the pages and proxies everything else to the backend."""

import json
import re

import pytest

from settings_ui.domain.access import Page
from settings_ui.front_end import DevelopmentProxy
from settings_ui.http.app import routes
from settings_ui.http.edge import PUBLIC_PAGES

VITE = "export default { server: { port: 3000 } }"


def _is_passed_on(address: str, *, socket: bool = False) -> bool:
    """Whether Vite proxies this path to the backend."""
    proxy = re.search(r"proxy: (\{.*?\}\}),", DevelopmentProxy()._add_proxy(VITE))
    assert proxy is not None
    return any(
        re.search(pattern, address) and (to.get("ws", False) or not socket)
        for pattern, to in json.loads(proxy[1]).items()
    )


@pytest.mark.parametrize("route", routes().routes, ids=lambda route: route.path)
def test_every_route_is_passed_on_with_and_without_a_query(route) -> None:
    address = re.sub(r"\{[^}]+\}", "something", route.path)
    assert _is_passed_on(address)
    assert _is_passed_on(f"{address}?token=abc")


@pytest.mark.parametrize("path", [*(page.path for page in Page), *sorted(PUBLIC_PAGES)])
def test_no_page_is_passed_on(path: str) -> None:
    assert not _is_passed_on(path)
    assert not _is_passed_on(f"{path}?tab=payouts")


def test_the_way_in_is_passed_on() -> None:
    assert _is_passed_on("/")


def test_our_socket_is_passed_on_and_the_one_that_reloads_pages_stays_with_vite() -> None:
    assert _is_passed_on("/_event/?token=abc&EIO=4&transport=websocket", socket=True)
    assert not _is_passed_on("/?token=abc", socket=True)


def test_a_second_compilation_adds_nothing() -> None:
    """On every change, Reflex reads the file that it wrote before."""
    once = DevelopmentProxy()._add_proxy(VITE)
    assert DevelopmentProxy()._add_proxy(once) == once
