"""Calls: recording, counts, the log, reports and imported history."""

from settings_ui.gateways.ports import Clock
from settings_ui.services.api_keys import ApiKeys
from settings_ui.services.calls.counts import CallCounts
from settings_ui.services.calls.import_file import CallImport
from settings_ui.services.calls.late_stops import LateStops
from settings_ui.services.calls.log import CallLog
from settings_ui.services.calls.recording import Recording
from settings_ui.services.calls.reports import Reports
from settings_ui.services.calls.ringing import Ringing
from settings_ui.services.kit.database import Database


class Calls:
    """The services about calls."""

    def __init__(self, database: Database, clock: Clock, secret: str, keys: ApiKeys) -> None:
        self.recording = Recording(database, clock)
        self.late_stops = LateStops(self.recording)
        self.ringing = Ringing(database, clock, keys.admission, keys.check)
        self.counts = CallCounts(database)
        self.import_file = CallImport(database, clock)
        self.log = CallLog(database, clock, secret)
        self.reports = Reports(database, clock)
