"""Blocked callers: the list, what a block would stop, and numbers from a file."""

from settings_ui.gateways.ports import Clock
from settings_ui.services.blocked_callers.import_file import BlockImport
from settings_ui.services.blocked_callers.preview import BlockPreview
from settings_ui.services.blocked_callers.service import BlockList
from settings_ui.services.kit.database import Database


class BlockedCallers:
    """The blocked callers of a business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.block_list = BlockList(database, clock)
        self.preview = BlockPreview(database, clock)
        self.import_file = BlockImport(database, clock)
