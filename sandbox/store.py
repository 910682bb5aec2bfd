"""Objects as Stripe returns them, by id; in memory, and in a file if one is given."""

import json
import sqlite3
from pathlib import Path

from sandbox.errors import Object


class Store:
    """Private fields of an object start with an underscore and are never returned."""

    def __init__(self, file: Path | None = None) -> None:
        self._objects: dict[str, Object] = {}
        self._kinds: dict[str, list[str]] = {}
        self._before: dict[str, Object | None] = {}  # the previous values of what has changed since the last commit
        self._database: sqlite3.Connection | None = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, check_same_thread=False)
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            self._database.execute("CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY, id UNIQUE, body)")
            for name, body in self._database.execute("SELECT id, body FROM objects ORDER BY seq"):
                self._remember(name, json.loads(body))

    def oldest(self, kind: str) -> Object | None:
        """Return the oldest object of a kind."""
        names = self._kinds.get(kind)
        return self._objects[names[0]] if names else None

    def add(self, body: Object) -> None:
        """Store a new object."""
        self._before.setdefault(body["id"], None)
        self._remember(body["id"], body)

    def get(self, name: str) -> Object | None:
        """Return the object with this id."""
        return self._objects.get(name)

    def all(self, kind: str) -> list[Object]:
        """Return all objects of a kind, oldest first."""
        return [self._objects[name] for name in self._kinds.get(kind, [])]

    def change(self, body: Object, changes: Object) -> None:
        """Change an object; whole values are replaced, never changed in place."""
        if body["id"] not in self._before:
            self._before[body["id"]] = dict(body)
        body.update(changes)

    def remove(self, body: Object) -> None:
        """Delete an object for good."""
        self._before[body["id"]] = None
        self._kinds[body["object"]].remove(body["id"])
        del self._objects[body["id"]]

    def commit(self) -> None:
        """Write all changes since the last commit, in one transaction."""
        if self._database and self._before:
            with self._database:
                for name in self._before:
                    self._write(self._database, name)
        self._before.clear()

    def rollback(self) -> None:
        """Undo what was added and changed since the last commit."""
        for name, before in list(self._before.items()):
            body = self._objects[name]
            if before is None:
                self.remove(body)
            else:
                body.clear()
                body.update(before)
        self._before.clear()

    def clear(self) -> None:
        """Delete everything."""
        self._objects.clear()
        self._kinds.clear()
        self._before.clear()
        if self._database:
            with self._database:
                self._database.execute("DELETE FROM objects")

    def close(self) -> None:
        """Write and close the file."""
        self.commit()
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
