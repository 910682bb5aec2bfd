"""A user's photo: checked by content, cropped to a square, stored under an opaque name."""

import asyncio
import logging

from sqlmodel import col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid, TooLarge, TooMany, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, ImageRefused, Limit, Limiter, Squarer, Storage, StorageUnavailable
from settings_ui.models import Membership, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, business_topic, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.locks import lock_user
from settings_ui.services.kit.stray_files import delete_stray_files

log = logging.getLogger(__name__)

UPLOAD_PATH = "/profile/photo"
MOST_BYTES = 5 * 1024 * 1024
UPLOADS = Limit(times=30, within_s=60 * 60)
LARGE, SMALL = 256, 64
FOLDER = "avatars"
FIELD = "photo"
WHY = {
    "format": "This file is not a PNG, JPEG, WebP or GIF image.",
    "pixels": "This image has more than 25 megapixels. Make it smaller and try again.",
    "webp": "A WebP image can have up to 15 megapixels. Save this one as JPEG or make it smaller.",
    "damaged": "This image is damaged and cannot be read. Save it again and try once more.",
    "effort": "This image is too complex to process. Save it in another format and try again.",
}
NO_STORE = "The photo could not be stored. Nothing was changed. Try again."


class Avatars:
    """Setting, removing and showing photos."""

    def __init__(self, database: Database, clock: Clock, limiter: Limiter, storage: Storage, squarer: Squarer) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._storage = storage
        self._squarer = squarer

    async def set(self, actor: Actor, data: bytes) -> Changed[str]:
        """Set the actor's photo and return its name; the previous photo is deleted.

        PNG, JPEG, WebP or GIF (first frame), up to 5 MB and 25 megapixels. Raises Invalid at `photo`, TooMany after
        30 an hour, Unavailable when it cannot be stored.
        """
        require(actor, Capability.EDIT_OWN_PROFILE)
        await asyncio.to_thread(self._count, actor)
        if not data:
            raise Invalid("This file is empty.", field=FIELD)
        if len(data) > MOST_BYTES:
            raise too_large()
        try:
            squares = await self._squarer.squares(data)
        except ImageRefused as refused:
            raise Invalid(WHY[refused.reason], field=FIELD) from refused
        name = new_id("ava")
        try:
            for size, square in squares.items():
                await self._storage.put(path_of(name, size), square)
        except StorageUnavailable as error:
            log.error("a photo could not be stored: %s", error)
            await self._forget(name)
            raise Unavailable(NO_STORE) from error
        try:
            before, topics = await asyncio.to_thread(self._write, actor, name)
        except Unavailable:
            await self._forget(name)
            raise
        await self._forget(before)
        return Changed(name, topics)

    async def remove(self, actor: Actor) -> Changed[None]:
        """Remove the actor's photo; initials are shown instead."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        before, topics = await asyncio.to_thread(self._write, actor, None)
        await self._forget(before)
        return Changed(None, topics)

    async def get(self, actor: Actor, name: str, size: int) -> bytes | None:
        """Return a photo as WebP, or None unless it is the actor's own or a colleague's."""
        if not await asyncio.to_thread(self._sees, actor, name):
            return None
        try:
            return await self._storage.get(path_of(name, size))
        except StorageUnavailable as error:
            log.error("a photo could not be read: %s", error)
            raise Unavailable("The photo is not available right now.") from error

    async def delete_strays(self) -> int:
        """Delete unused photos that are older than a day; return how many files. Raises Unavailable."""
        return await delete_stray_files(self._storage, self._clock, FOLDER, self._in_use)

    def _in_use(self, paths: list[str]) -> list[str]:
        names = {path.removeprefix(f"{FOLDER}/").rpartition("-")[0] for path in paths}
        with self._database.read() as session:
            used = session.exec(select(User.avatar).where(col(User.avatar).in_(names))).all()
        return [path_of(str(name), size) for name in used for size in (LARGE, SMALL)]

    def _count(self, actor: Actor) -> None:
        if wait_s := take(self._limiter, UPLOADS, "avatar", actor.user_id):
            raise TooMany("You can upload 30 photos an hour. Try again later.", retry_after_s=wait_s, field=FIELD)

    def _write(self, actor: Actor, name: str | None) -> tuple[str | None, frozenset[str]]:
        with self._database.write() as session:
            user = lock_user(session, actor.user_id)
            before, user.avatar = user.avatar, name
            what = "changed their photo" if name else "removed their photo"
            if before or name:
                record(session, "profile", what, at=self._clock.now(), actor=actor)
            homes = session.exec(select(Membership.business_id).where(col(Membership.user_id) == user.id)).all()
        return before, frozenset({user_topic(actor.user_id), *map(business_topic, homes)})

    async def _forget(self, name: str | None) -> None:
        """Delete an unused photo; if the storage is down, it is left behind, unreachable, until strays are deleted."""
        if name is None:
            return
        try:
            for size in (LARGE, SMALL):
                await self._storage.delete(path_of(name, size))
        except StorageUnavailable:
            log.warning("photo %s was left in the storage", name)

    def _sees(self, actor: Actor, name: str) -> bool:
        colleagues = select(Membership.user_id).where(
            col(Membership.business_id).in_(select(Membership.business_id).where(Membership.user_id == actor.user_id))
        )
        with self._database.read() as session:
            owner = session.exec(select(User.id).where(User.avatar == name, col(User.id).in_(colleagues))).first()
        return owner is not None


def path_of(name: str, size: int) -> str:
    """Return the storage name and URL path of a photo."""
    return f"{FOLDER}/{name}-{size}.webp"


def too_large() -> TooLarge:
    """The error for a file over the size limit."""
    return TooLarge("This file is over 5 MB. Make it smaller and try again.", field=FIELD)
