"""Fakes: file storage in memory, squares without a real picture, services that fail."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.image_child import SIZES
from settings_ui.gateways.ports import ImageRefused, StorageUnavailable
from tests.support import FakeClock


@dataclass
class KeptFiles:
    """A file storage in memory, with timestamps from its clock; `fails` names operations that fail from now on, like
    {"put", "-64.webp"}."""

    files: dict[str, bytes] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    clock: FakeClock | None = None
    since: dict[str, datetime] = field(default_factory=dict)

    async def put(self, name: str, data: bytes) -> None:
        await self._try("put", name)
        self.files[name] = data
        if self.clock:
            self.since[name] = self.clock.now()

    async def get(self, name: str) -> bytes | None:
        await self._try("get", name)
        return self.files.get(name)

    async def delete(self, name: str) -> None:
        await self._try("delete", name)
        self.files.pop(name, None)

    async def trouble(self) -> str:
        return "put" if "put" in self.fails else ""

    async def names(self, folder: str, *, before: datetime) -> AsyncIterator[list[str]]:
        await self._try("names", folder)
        for name in sorted(self.files):
            if name.startswith(f"{folder}/") and self.since[name] < before:
                yield [name]

    async def _try(self, deed: str, name: str) -> None:
        await asyncio.sleep(0)
        if deed in self.fails or any(name.endswith(part) for part in self.fails):
            raise StorageUnavailable(deed)


@dataclass
class PlainSquarer:
    """An image squarer that ignores its input and numbers its squares; with `refuses` it refuses."""

    refuses: str = ""
    seen: list[bytes] = field(default_factory=list)
    made: int = 0

    async def squares(self, data: bytes) -> dict[int, bytes]:
        self.seen.append(data)
        await asyncio.sleep(0)
        if self.refuses:
            raise ImageRefused(self.refuses)
        self.made += 1
        return {size: f"picture {self.made} of {size}".encode() for size in SIZES}


class DatabaseAway:
    """A database that does not respond; `asked` counts the attempts."""

    def __init__(self) -> None:
        self.asked = 0

    def write(self) -> NoReturn:
        self.asked += 1
        raise Unavailable


class Broken:
    """A service on which every call fails."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __getattr__(self, name: str) -> object:
        def fail(*_: object, **__: object) -> object:
            raise self._failure

        return fail
