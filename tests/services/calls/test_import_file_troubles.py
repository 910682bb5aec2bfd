"""Concurrent, interrupted and failing imports: each call is stored and counted exactly once."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Unavailable
from settings_ui.services.calls.import_file import BATCH, Batch
from tests.at_once import at_once
from tests.calls import a_call, a_key, kept_calls
from tests.imports import HEADER, agree, bring_in, many, rows, with_
from tests.support import START, FakeClock, make_services


def test_every_batch_is_kept_before_it_is_told(services: Services, business: str) -> None:
    given = rows(*many(2 * BATCH + 5))
    batches = services.calls.import_file.load(services.calls.import_file.reading(business, HEADER, given), iter(given))
    for seen in (BATCH, 2 * BATCH, 2 * BATCH + 5):
        next(batches)
        assert len(kept_calls(services, business)) == seen
        assert agree(services, business)
    assert next(batches, None) is None


def test_an_import_that_is_cut_off_goes_on_when_it_is_given_again(services: Services, business: str) -> None:
    given = rows(*many(2 * BATCH + 5))
    batches = services.calls.import_file.load(services.calls.import_file.reading(business, HEADER, given), iter(given))
    next(batches)
    batches.close()
    assert bring_in(services, business, given) == Batch(BATCH + 5, BATCH, ())
    assert agree(services, business)


def test_a_batch_that_fails_half_way_leaves_nothing_of_it(services: Services, business: str) -> None:
    """Calls and counts are in one transaction."""
    given = rows(*many(BATCH + 5))

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO duration_counts") and kept_calls(services, business):
            raise Unavailable

    event.listen(services.database.engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(Unavailable):
            bring_in(services, business, given)
    finally:
        event.remove(services.database.engine, "before_cursor_execute", fail)
    assert len(kept_calls(services, business)) == BATCH
    assert agree(services, business)
    assert bring_in(services, business, given) == Batch(5, BATCH, ())


def test_imports_and_records_at_once_keep_each_call_once(
    services: Services, business: str, database_url: str, clock: FakeClock
) -> None:
    """Two imports of the same file in different orders, while the platform reports calls of the same days."""
    cells = many(600)
    other = make_services(database_url, clock)
    key = a_key(business)
    try:
        results = at_once(
            lambda: bring_in(services, business, rows(*cells)),
            lambda: bring_in(other, business, rows(*reversed(cells))),
            lambda: bring_in(other, business, rows(*cells[300:], *cells[:300])),
            *[
                lambda n=n: services.calls.recording.record(key, a_call(f"live-{n}", at=START - timedelta(days=n)))
                for n in range(9)
            ],
        )
    finally:
        other.database.close()
    imported = [result for result in results if isinstance(result, Batch)]
    assert len(imported) == 3, results
    assert sum(batch.added for batch in imported) == 600
    assert len(kept_calls(services, business)) == 609
    assert agree(services, business)


def test_the_threshold_in_force_when_a_batch_is_kept_is_the_one_it_counts_under(
    services: Services, business: str, owner: Actor
) -> None:
    given = rows(*many(BATCH + 300))
    batches = services.calls.import_file.load(services.calls.import_file.reading(business, HEADER, given), iter(given))
    next(batches)
    services.qualified_calls.set(owner, "30", seen_s=90)
    next(batches)
    assert {call.threshold_s for call in kept_calls(services, business)} == {90, 30}
    assert agree(services, business)


def test_imports_of_the_same_days_at_once_wait_for_nobody_in_a_ring(services: Services, business: str) -> None:
    """Each updates the counts of the same days and sources, in a different input order, without deadlock."""
    files = [
        rows(
            *[
                with_(
                    id=f"c-{file}-{n}", started_at=f"2026-02-{(n * step + file) % 28 + 1:02} 10:00", source=f"S{n % 5}"
                )
                for n in range(140)
            ]
        )
        for file, step in enumerate((1, 27, 3, 25, 5, 23, 9, 19))
    ]
    results = at_once(*[lambda given=given: bring_in(services, business, given) for given in files])
    assert [result.added for result in results if isinstance(result, Batch)] == [140] * 8, results
    assert agree(services, business)
