"""Call files for import tests, and their results."""

from collections.abc import Iterable, Sequence

from settings_ui.bootstrap import Services
from settings_ui.gateways.ports import WrittenRow
from settings_ui.services.calls.import_file import Batch
from tests.calls import kept_calls
from tests.support import START

HEADER = ["id", "from", "to", "source", "started_at", "duration_s", "status"]
GOOD = ["c-1", "(415) 555-0132", "+12125550110", "Radio", "2026-03-04 10:00:00", "1:35", "answered"]


def rows(*cells: Sequence[str]) -> list[WrittenRow]:
    """Return the rows of a file, with the header on its first line."""
    return [WrittenRow(line, row) for line, row in enumerate(cells, 2)]


def with_(**changes: str) -> list[str]:
    """Return the good row with some cells changed."""
    return [changes.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]


def bring_in(
    services: Services, business: str, given: Iterable[WrittenRow], header: Sequence[str] = HEADER, **how: object
) -> Batch:
    """Import the rows and return the result of each."""
    given = list(given)
    reading = services.calls.import_file.reading(business, header, given, **how)  # type: ignore[arg-type]
    batches = list(services.calls.import_file.load(reading, given))
    return Batch(
        sum(batch.added for batch in batches),
        sum(batch.already_there for batch in batches),
        tuple(one for batch in batches for one in batch.rejected),
    )


def agree(services: Services, business: str) -> bool:
    """Whether the counts agree with the calls, for every day that has calls and for today."""
    days = {call.started_at.date() for call in kept_calls(services, business)} | {START.date()}
    return services.calls.counts.differences(business, min(days), max(days)) == []


def many(count: int, start: int = 0) -> list[list[str]]:
    return [
        with_(
            id=f"c-{n:06}",
            duration_s=str(n % 300),
            status=("completed", "missed", "voicemail")[n % 3],
            source=("Radio", "Organic")[n % 2],
            started_at=f"2026-02-{n % 28 + 1:02} {n % 24:02}:00",
        )
        for n in range(start, start + count)
    ]
