"""Logs: JSON for programs, text in a terminal; each line with its request, actor and business."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from settings_ui.config import config
from settings_ui.telemetry.redaction import redactor
from settings_ui.telemetry.trail import here

Format = Literal["", "json", "text"]
LONGEST_TRACE = 20_000
LONGEST_TEXT = 4000
"""Characters of a message or another value. Reflex and others repeat what they were sent, and anybody may send it: a
disk would be full of it soon."""
LONGEST_LINE = 1000
"""Characters of a line of a traceback, whose last one repeats it too."""


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, logger, message, extra fields, trail, and error."""

    def __init__(self, secrets: Iterable[str] | None = None) -> None:
        super().__init__()
        self._redact = redactor(config().secrets() if secrets is None else secrets)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
            **(trail.facts() if (trail := here()) else {}),
        }
        line = _each(line, lambda text: _cut(self._redact(text), LONGEST_TEXT))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _lines_cut(self._redact(self.formatException(record.exc_info)))[-LONGEST_TRACE:]
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """For people: time, level, message, the trail in brackets, and a traceback below.

    Continuation lines are indented and control characters escaped, so no message can forge a log line or control the
    terminal.
    """

    def __init__(self, secrets: Iterable[str] | None = None) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
        self._redact = redactor(config().secrets() if secrets is None else secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's name
        trail = here()
        said = super().formatMessage(record).replace("\n", "\n    ")
        return said + (f" [{' '.join(trail.facts().values())}]" if trail else "")

    def format(self, record: logging.LogRecord) -> str:
        text = _lines_cut(self._redact(super().format(record)))[:LONGEST_TRACE]
        return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def settings(wanted: Format = "") -> dict[str, Any]:
    """Return a configuration for `logging.config`: text in a terminal, else JSON, unless set otherwise.

    Our own loggers log from INFO on as JSON and from WARNING on in a terminal; all others from WARNING on.
    """
    text = wanted == "text" or (not wanted and sys.stdout.isatty())
    name = "TextLines" if text else "JsonLines"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.{name}"}},
        "handlers": {
            "lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stdout"},
        },
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "settings_ui": {"level": "WARNING" if text else "INFO"},
            "uvicorn": {"level": "ERROR"},  # warnings are about what anyone can send
        },
    }


def configure(wanted: Format = "") -> None:
    """Configure logging for this process."""
    logging.config.dictConfig(settings(wanted))


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each(part, change) for name, part in value.items()}
    return value


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest:,} more)"


def _lines_cut(text: str) -> str:
    return "\n".join(_cut(line, LONGEST_LINE) for line in text.split("\n"))
