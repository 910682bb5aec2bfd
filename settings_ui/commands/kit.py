"""Common to all commands: error reporting and the services of this process."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from alembic.util.exc import CommandError
from pydantic import ValidationError

from settings_ui.bootstrap import Services, services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import DomainError, Unavailable
from settings_ui.services.kit import schema

UNMIGRATED = "The database needs migrating: run `python -m settings_ui migrate`."
ROLES = click.Choice([str(role) for role in Role])


def reports(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors that an operator can fix into one line and exit code 1; anything else is a bug and keeps its
    traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DomainError as error:
            raise click.ClickException(error.message) from error
        except ValidationError as error:  # the environment
            wrong = [f"{e['loc'][0]}".upper() + ": " + e["msg"].removeprefix("Value error, ") for e in error.errors()]
            raise click.ClickException("; ".join(wrong)) from None
        except CommandError as error:
            raise click.ClickException(f"The database cannot be migrated: {error}") from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from error

    return wrapped


def ready() -> Services:
    """Return the services of this process; raise Unavailable if the database needs migrating."""
    if not schema.is_current(services().database):
        raise Unavailable(UNMIGRATED)
    return services()


def password(from_stdin: bool) -> str | None:
    """Return a line of standard input if the password is there, else None."""
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None
