"""Blocked callers: the list, what a block would stop, and numbers from a file."""

from settings_ui.gateways.ports import Clock
from settings_ui.services.blocked_callers.import_file import BlockImport
from settings_ui.services.blocked_callers.preview import BlockPreview
from settings_ui.services.blocked_callers.service import BlockList
from settings_ui.services.kit.database import Database


class BlockedCallers(BlockList):
    """The list, and beside it `preview` and `import_file`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.preview = BlockPreview(database, clock)
        self.import_file = BlockImport(database, clock)
