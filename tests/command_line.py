"""The operator's command line, run inside a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from settings_ui import bootstrap
from settings_ui.__main__ import main
from settings_ui.bootstrap import Services
from settings_ui.config import config
from tests.support import FakeClock, make_services

SAFE = {"SECRET_KEY": "s" * 32, "API_KEY_PEPPER": "p" * 32}
OUTSIDE = {"APP_URL": "https://app.example.com", "SMTP_URL": "smtp://127.0.0.1:25"}
"""What an installation for people has, and `check` asks for."""


@dataclass
class CommandLine:
    """Runs commands as an operator would, each with fresh configuration, as in a new process."""

    database_url: str
    services: Services
    """Services on the same database, to check what the commands did."""

    def __call__(self, *arguments: str, stdin: str | None = None, **environment: str) -> Result:
        self.forget()
        settings = SAFE | {"DATABASE_URL": self.database_url} | environment
        return CliRunner().invoke(main, arguments, input=stdin, env=settings)

    def forget(self) -> None:
        """Drop cached configuration and services, as when a process exits."""
        of_this_process = bootstrap._of_this_process
        if of_this_process.cache_info().currsize:
            of_this_process().database.close()
        of_this_process.cache_clear()
        config.cache_clear()

    def says(self, *arguments: str, **options: str) -> str:
        """Run a command that must succeed and return its output."""
        result = self(*arguments, **options)  # type: ignore[arg-type]
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    def refuses(self, *arguments: str, **options: str) -> str:
        """Run a command that must fail and return its one-line error."""
        result = self(*arguments, **options)  # type: ignore[arg-type]
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), "no traceback"
        [line] = result.output.strip().splitlines()
        return line.removeprefix("Error: ")


@contextmanager
def command_line(folder: Path) -> Iterator[CommandLine]:
    """Yield a command line with an unmigrated database in the folder."""
    url = f"sqlite:///{folder}/operated.db"
    made = CommandLine(url, make_services(url, FakeClock(datetime.now(UTC))))
    yield made
    made.forget()
    made.services.database.close()
