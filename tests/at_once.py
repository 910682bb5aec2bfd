"""The same thing many times in the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from settings_ui.domain.errors import DomainError


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Start all calls together, each in a thread, and return what each returned or which DomainError it raised."""
    start = threading.Barrier(len(calls), timeout=30)

    def run(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
