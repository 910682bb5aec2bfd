"""What is said to a database, also past SQLAlchemy."""

from typing import Any

from sqlalchemy import event

from settings_ui.bootstrap import Services


class Statements:
    """Within it every statement that reaches the database is noted, also those past SQLAlchemy."""

    def __init__(self, services: Services) -> None:
        self._engine = services.database.engine
        self._said: list[str] = []

    def __enter__(self) -> list[str]:
        self._engine.dispose()  # so that every connection is a new one
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
    """Within it every session of the database is counted: each takes a connection from the pool."""

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
