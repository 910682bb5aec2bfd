"""What makes thousands of tests quick and changes nothing that they test: imported before all else."""

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
    """Each test has an engine of its own. It need not compile again what the first of its kind has, nor wait for a disk
    from which nobody will read."""
    engine = _new_engine(url, patience_s)
    kind = engine.dialect.name
    if first := _first_engines.get(kind):
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    else:
        engine._compiled_cache = LRUCache(5_000)
        # Shared from its first connection on: a dialect learns from that what its server can do.
        event.listen(engine, "connect", lambda *_: _first_engines.setdefault(kind, engine), once=True)
    if kind == "sqlite" and not waits_for_disk.get():
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


database._engine = _engine
# Tens of milliseconds for each password are for those who guess it.
passwords._context = real_hashing.using(argon2__memory_cost=8, argon2__time_cost=1)
