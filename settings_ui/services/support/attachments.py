"""Ticket attachments: checked by content, stored under random names, served to those who may see the ticket."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

from sqlmodel import col, delete, select

from settings_ui.domain.access import Actor, Capability, Person, StaffActor, require
from settings_ui.domain.attachments import FIELD, clean_file_name, kind_of
from settings_ui.domain.errors import NotFound, TooMany, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Limit, Limiter, Storage, StorageUnavailable
from settings_ui.models import Ticket, TicketAttachment, TicketEntry
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.stray_files import delete_stray_files

log = logging.getLogger(__name__)
ATTACHMENTS_PATH = "/support/attachments"
FOLDER = "attachments"
UPLOADS = Limit(times=60, within_s=60 * 60)
UNSENT_FOR = timedelta(days=1)
SWEPT_AT_ONCE = 100


class Attachments:
    """Storing, reading and deleting attachments."""

    def __init__(self, database: Database, clock: Clock, limiter: Limiter, storage: Storage) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._storage = storage

    async def keep(self, actor: Person, name: str, data: bytes) -> TicketAttachment:
        """Store a file, visible to the actor alone until it is sent with a ticket or a reply.

        PNG, JPEG, GIF, WebP, PDF or plain text up to 10 MB. Raises Invalid or TooLarge at `attachments`, TooMany after
        60 an hour, Unavailable when it cannot be stored.
        """
        _require(actor)
        await asyncio.to_thread(self._count, actor)
        kind = await asyncio.to_thread(kind_of, data)
        kept = TicketAttachment(
            id=new_id("att"),
            business_id=actor.business_id if isinstance(actor, Actor) else None,
            uploaded_by=actor.user_id,
            name=clean_file_name(name, kind),
            media_type=kind.media_type,
            size=len(data),
            at=self._clock.now(),
        )
        await asyncio.to_thread(self._write, kept)  # first, since a file without a row would never be swept
        try:
            await self._storage.put(path_of(kept.id), data)
        except StorageUnavailable as error:
            log.error("an attachment could not be stored: %s", error)
            await self._drop(kept.id)
            await asyncio.to_thread(self._forget, kept.id)
            raise Unavailable("The file could not be stored. Nothing was changed. Try again.") from error
        return kept

    async def get(self, actor: Person, attachment_id: str) -> tuple[TicketAttachment, bytes]:
        """Return a file with its content; raise NotFound unless the actor may see its ticket or has uploaded it."""
        _require(actor)
        found = await asyncio.to_thread(self._find, actor, attachment_id)
        try:
            data = await self._storage.get(path_of(found.id))
        except StorageUnavailable as error:
            log.error("an attachment could not be read: %s", error)
            raise Unavailable("The file is not available right now.") from error
        if data is None:
            log.error("attachment %s is not in the storage", found.id)
            raise NotFound("This file was not found.")
        return found, data

    async def sweep(self) -> int:
        """Delete files that were not sent within a day, a batch at a time; return how many."""
        ids = await asyncio.to_thread(self._forget_unused)
        for attachment_id in ids:
            await self._drop(attachment_id)
        return len(ids)

    async def delete_strays(self) -> int:
        """Delete files without a row that are older than a day; return how many. Raises Unavailable."""
        return await delete_stray_files(self._storage, self._clock, FOLDER, self._in_use)

    def _in_use(self, paths: list[str]) -> list[str]:
        ids = [path.removeprefix(f"{FOLDER}/") for path in paths]
        with self._database.read() as session:
            used = session.exec(select(TicketAttachment.id).where(col(TicketAttachment.id).in_(ids))).all()
        return [path_of(attachment_id) for attachment_id in used]

    async def _drop(self, attachment_id: str) -> None:
        """Delete a file without a row; if the storage is down, it remains until stray files are deleted."""
        try:
            await self._storage.delete(path_of(attachment_id))
        except StorageUnavailable:
            log.warning("attachment %s was left in the storage", attachment_id)

    def _count(self, actor: Person) -> None:
        if wait_s := take(self._limiter, UPLOADS, "ticket-attachment", actor.user_id):
            raise TooMany("You can upload 60 files an hour. Try again later.", retry_after_s=wait_s, field=FIELD)

    def _write(self, kept: TicketAttachment) -> None:
        with self._database.write() as session:
            session.add(kept)

    def _forget(self, attachment_id: str) -> None:
        with self._database.write() as session:
            session.exec(delete(TicketAttachment).where(col(TicketAttachment.id) == attachment_id))

    def _find(self, actor: Person, attachment_id: str) -> TicketAttachment:
        own: Any = (col(TicketAttachment.uploaded_by) == actor.user_id) & col(TicketAttachment.entry_id).is_(None)
        sent: Any = col(Ticket.id).is_not(None)
        if isinstance(actor, Actor):
            own &= col(TicketAttachment.business_id) == actor.business_id
            sent &= col(Ticket.business_id) == actor.business_id
        query = (
            select(TicketAttachment)
            .outerjoin(TicketEntry, col(TicketEntry.id) == TicketAttachment.entry_id)
            .outerjoin(Ticket, col(Ticket.id) == TicketEntry.ticket_id)
            .where(TicketAttachment.id == attachment_id, own | sent)
        )
        with self._database.read() as session:
            found = session.exec(query).first()
        if found is None:
            raise NotFound("This file was not found.")
        return found

    def _forget_unused(self) -> list[str]:
        """Delete the rows first: no ticket may ever refer to a missing file."""
        before = self._clock.now() - UNSENT_FOR
        unused = select(TicketAttachment).where(
            col(TicketAttachment.entry_id).is_(None), col(TicketAttachment.at) < before
        )
        with self._database.write() as session:
            rows = session.exec(unused.limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)).all()
            for row in rows:
                session.delete(row)
        return [row.id for row in rows]


def path_of(attachment_id: str) -> str:
    """Return the storage path of a file."""
    return f"{FOLDER}/{attachment_id}"


def _require(actor: Person) -> None:
    staff = isinstance(actor, StaffActor)
    require(actor, Capability.ANSWER_TICKETS if staff else Capability.USE_SUPPORT)
