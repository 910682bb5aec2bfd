"""SQL statements and sessions of a database, including those that bypass SQLAlchemy."""

from typing import Any

from sqlalchemy import event

from settings_ui.bootstrap import Services


class Statements:
    """Records every statement sent to the database inside the block, including those that bypass SQLAlchemy."""

    def __init__(self, services: Services) -> None:
        self._engine = services.database.engine
        self._said: list[str] = []

    def __enter__(self) -> list[str]:
        self._engine.dispose()  # so that only new connections are used
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", self._traced)
        else:
            event.listen(self._engine, "before_cursor_execute", self._note)
        return self._said

    def __exit__(self, *_: object) -> None:
        if self._engine.dialect.name == "sqlite":
            event.remove(self._engine, "connect", self._traced)
        else:
            event.remove(self._engine, "before_cursor_execute", self._note)
        self._engine.dispose()

    def _traced(self, connection: Any, _record: object) -> None:
        connection.set_trace_callback(
            lambda said: None if said.startswith(("PRAGMA", "BEGIN")) else self._said.append(said)
        )

    def _note(self, _connection: object, _cursor: object, said: str, *_: object) -> None:
        self._said.append(said)


class Sessions:
    """Counts the database sessions inside the block; each takes a connection from the pool."""

    def __init__(self, services: Services) -> None:
        self._engine = services.database.engine
        self.count = 0

    def __enter__(self) -> "Sessions":
        event.listen(self._engine, "checkout", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "checkout", self._note)

    def _note(self, *_: object) -> None:
        self.count += 1
