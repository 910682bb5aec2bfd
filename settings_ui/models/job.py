"""Which process runs a periodic job, and how it last went."""

from datetime import datetime

from sqlmodel import SQLModel

from settings_ui.models.base import ID_LENGTH, moment, text


class JobRun(SQLModel, table=True):
    """One row per periodic job. Only its `holder` runs it, until `held_until`; empty means nobody."""

    __tablename__ = "jobs"

    name: str = text(40, primary_key=True)
    holder: str = text(ID_LENGTH, default="")
    held_until: datetime = moment()
    last_success_at: datetime | None = moment(default=None)
    last_error_at: datetime | None = moment(default=None)
    last_error: str = text(200, default="")
