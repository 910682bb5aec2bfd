"""The same call many times at once, for race tests."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from settings_ui.domain.errors import DomainError


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run all calls concurrently, one thread each; return each result, or the DomainError it raised."""
    start = threading.Barrier(len(calls), timeout=30)

    def run(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
