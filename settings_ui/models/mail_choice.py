"""Which notification emails a person has turned off."""

from sqlmodel import Field, SQLModel

from settings_ui.models.base import text


class MailOptOut(SQLModel, table=True):
    """A notice that a person has turned off; they get all others."""

    __tablename__ = "mail_opt_outs"

    user_id: str = Field(primary_key=True, foreign_key="users.id", max_length=32)
    notice: str = text(32, primary_key=True)
