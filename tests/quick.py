"""Speeds up thousands of tests without changing what they test; imported before anything else."""

from contextvars import ContextVar

from sqlalchemy import Engine, event
from sqlalchemy.util import LRUCache

from settings_ui.domain import passwords
from settings_ui.services.kit import database

_new_engine = database._engine
_first_engines: dict[str, Engine] = {}
real_hashing = passwords._context
waits_for_disk: ContextVar[bool] = ContextVar("waits_for_disk", default=False)


def _engine(url: str, patience_s: float) -> Engine:
    """Each test has an engine of its own, but shares compiled statements with earlier engines of its kind and does
    not sync to a disk that nobody will read."""
    engine = _new_engine(url, patience_s)
    kind = engine.dialect.name
    if first := _first_engines.get(kind):
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    else:
        engine._compiled_cache = LRUCache(5_000)
        # Shared from the first connection on: that is when a dialect detects the server's features.
        event.listen(engine, "connect", lambda *_: _first_engines.setdefault(kind, engine), once=True)
    if kind == "sqlite" and not waits_for_disk.get():
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


database._engine = _engine
# Tens of milliseconds per password are meant to slow down attackers, not tests.
passwords._context = real_hashing.using(argon2__memory_cost=8, argon2__time_cost=1)
