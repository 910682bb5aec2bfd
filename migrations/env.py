"""Alembic's entry: uses the connection that the caller opened, or the configured database."""

from alembic import context
from sqlmodel import SQLModel

import settings_ui.models  # noqa: F401 registers the tables
from settings_ui.config import config
from settings_ui.services.kit.database import Database


def migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        user_module_prefix="",
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
    if not context.config.attributes.get("joins"):
        connection.commit()


if (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    with Database(config().database_url).engine.connect() as own:
        migrate(own)
