"""Measure, print the figures next to their budgets and the last run, and store them in var/bench.json."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import (
    api,
    bare_reflex,
    billing,
    blocking,
    crowd,
    events,
    floor,
    growth,
    imports,
    lighthouse,
    loading,
    nicegui,
    pages,
)
from bench.figures import KEPT, Figure, keep, load, table
from settings_ui.config import ROOT
from tests.e2e.browser import launch
from tests.e2e.place import Place
from tests.e2e.server import Server

PLACE = Place(8766, ROOT / ".web-bench")
Measure = Callable[[Server], list[Figure]]


def main(asked: list[str]) -> None:
    """Run the requested measures, or all but the longest; each gets its own server if it needs one."""
    if unknown := set(asked) - MEASURES.keys() - ALONE.keys():
        sys.exit(f"There is no measure {', '.join(sorted(unknown))}. There are: {', '.join([*MEASURES, *ALONE])}.")
    last = load()
    figures: list[Figure] = []
    missing = []
    for name in asked or [*MEASURES, "imports", "growth"]:
        print(f"{name} …", file=sys.stderr, flush=True)
        if name in ALONE:
            figures += ALONE[name]()
            continue
        try:
            with _server(lived_in=name in LIVED_IN) as server:
                figures += MEASURES[name](server)
        except lighthouse.Missing as why:
            missing.append(f"{name} was not measured: {why}")
    print(table(figures, last), *missing, *_busy(), sep="\n")
    keep(figures)
    print(f"\nKept in {KEPT.relative_to(ROOT)}.")


def _busy() -> list[str]:
    """Warn if the machine was busy, since times depend on its load."""
    load_1, cores = os.getloadavg()[0], os.cpu_count() or 1
    return [f"The machine was busy: load {load_1:.1f} on {cores} cores. Times are longer than they would be."] * (
        load_1 > cores
    )


@contextlib.contextmanager
def _server(*, lived_in: bool) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(api.LIMIT)  # the bench sends more requests than the limit allows
        server = Server(PLACE, Path(folder), lived_in=lived_in)
        try:
            server.start()
            yield server
        finally:
            server.close()


def _browsing(measure: Callable[[Browser, str], list[Figure]]) -> Measure:
    def run(server: Server) -> list[Figure]:
        with sync_playwright() as playwright:
            return measure(launch(playwright), server.origin)

    return run


def _load(server: Server) -> list[Figure]:
    with floor.serving() as least, bare_reflex.serving() as bare, nicegui.serving() as nice:
        return _browsing(lambda browser, origin: loading.load(browser, origin, bare, nice, least))(server)


def _billing(server: Server) -> list[Figure]:
    with sync_playwright() as playwright:
        return billing.billing(launch(playwright), server)


def _lighthouse(server: Server) -> list[Figure]:
    with sync_playwright() as playwright:
        return lighthouse.lighthouse(playwright, server.origin)


MEASURES: dict[str, Measure] = {
    "size": _browsing(pages.size),
    "load": _load,
    "switch": _browsing(pages.switch),
    "event": lambda server: events.event(server.origin),
    "api": api.api,
    "lighthouse": _lighthouse,
    "crowd": crowd.crowd,
    "billing": _billing,
}
LIVED_IN = {"billing"}
"""Measures that need the demo in use, with three months of payments."""

ALONE: dict[str, Callable[[], list[Figure]]] = {
    "imports": imports.imports,
    "growth": growth.growth,
    "growth-full": growth.growth_full,
    "blocking": blocking.blocking,
}
"""Measures that need no server; `growth-full` first builds ten million calls, which takes a few minutes."""

if __name__ == "__main__":
    main(sys.argv[1:])
