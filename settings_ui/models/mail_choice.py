"""Which mails a person does not want."""

from sqlmodel import Field, SQLModel

from settings_ui.models.base import text


class MailOptOut(SQLModel, table=True):
    """A notice that a person has switched off; all others they get."""

    __tablename__ = "mail_opt_outs"

    user_id: str = Field(primary_key=True, foreign_key="users.id", max_length=32)
    notice: str = text(32, primary_key=True)
