"""Objects as Stripe answers them, by id; in memory, and in a file when one is given."""

import json
import sqlite3
from pathlib import Path

from sandbox.errors import Object


class Store:
    """What is private in an object begins with an underscore and is never answered."""

    def __init__(self, file: Path | None = None) -> None:
        self._objects: dict[str, Object] = {}
        self._kinds: dict[str, list[str]] = {}
        self._changed: dict[str, None] = {}  # in the order in which they first changed
        self._database: sqlite3.Connection | None = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, check_same_thread=False)
            self._database.execute("CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY, id UNIQUE, body)")
            for name, body in self._database.execute("SELECT id, body FROM objects ORDER BY seq"):
                self._remember(name, json.loads(body))

    def add(self, body: Object) -> None:
        """Keep a new object."""
        self._remember(body["id"], body)
        self.touch(body)

    def get(self, name: str) -> Object | None:
        """Return the object with this id."""
        return self._objects.get(name)

    def all(self, kind: str) -> list[Object]:
        """Return all of a kind, in the order in which they were made."""
        return [self._objects[name] for name in self._kinds.get(kind, [])]

    def touch(self, body: Object) -> None:
        """Note that an object has changed."""
        self._changed[body["id"]] = None

    def remove(self, body: Object) -> None:
        """Forget an object."""
        self._kinds[body["object"]].remove(body["id"])
        del self._objects[body["id"]]
        self.touch(body)

    def save(self) -> None:
        """Write what has changed since the last time, in one transaction."""
        if self._database and self._changed:
            with self._database:
                for name in self._changed:
                    self._write(self._database, name)
        self._changed.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._objects.clear()
        self._kinds.clear()
        self._changed.clear()
        if self._database:
            with self._database:
                self._database.execute("DELETE FROM objects")

    def close(self) -> None:
        """Write and let go of the file."""
        self.save()
        if self._database:
            self._database.close()

    def _remember(self, name: str, body: Object) -> None:
        self._objects[name] = body
        self._kinds.setdefault(body["object"], []).append(name)

    def _write(self, database: sqlite3.Connection, name: str) -> None:
        if name not in self._objects:
            database.execute("DELETE FROM objects WHERE id = ?", (name,))
            return
        database.execute(
            "INSERT INTO objects (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (name, json.dumps(self._objects[name])),
        )
