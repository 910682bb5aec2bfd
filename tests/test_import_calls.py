"""`import-calls` as an operator runs it: its output, its report file, and recovery after a kill."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import update

from settings_ui.bootstrap import Services
from settings_ui.config import ROOT
from settings_ui.domain.errors import Invalid, NotFound, Unavailable
from settings_ui.import_calls import import_calls, rejected_path
from settings_ui.models import DayCount
from settings_ui.services.kit import schema
from tests.calls import kept_calls
from tests.command_line import OUTSIDE, SAFE, CommandLine, command_line
from tests.support import FakeClock, add_business, make_services

HEADER = "Call ID,Caller Number,Tracking Number,Source,Start Time,Duration (seconds),Call Status,Notes"


@pytest.fixture
def business(services: Services) -> str:
    return add_business(services, "Harbor Leads", time_zone="America/New_York")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.csv"


def line(n: int, **changes: str) -> str:
    cells = {
        "id": f"c-{n:06}",
        "from": f"+1415555{n % 10_000:04}",
        "to": "+12125550110",
        "source": ("Radio", "Organic")[n % 2],
        "at": f"2026-02-{n % 28 + 1:02} {n % 24:02}:00:00",
        "duration": str(n % 300),
        "status": ("answered", "missed")[n % 3 // 2],
        "notes": '"one, two"',
    }
    return ",".join((cells | changes).values())


def write(file: Path, lines: Sequence[str], header: str = HEADER) -> None:
    file.write_text("\n".join([header, *lines]) + "\n")


def run(services: Services, file: Path, business: str, time_zone: str | None = None, dates: str | None = None) -> None:
    import_calls(services, file, business, time_zone=time_zone, dates=dates)


def agree(services: Services, business: str) -> bool:
    days = {call.started_at.date() for call in kept_calls(services, business)}
    return services.calls.counts.differences(business, min(days), max(days)) == []


def test_it_says_how_it_reads_the_file_and_what_became_of_it(
    services: Services, business: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, [line(1), line(2), line(3, duration="1.5"), line(1)])
    run(services, file, business)
    said = capsys.readouterr().out
    assert "calls.csv: UTF-8, commas, into Harbor Leads." in said
    assert "Times without a time zone are read as America/New_York." in said
    assert "from       Caller Number" in said
    assert "not used   Notes" in said
    assert "Added 2 calls. Already there: 1. Rejected: 1." in said
    assert str(file.with_name("calls.rejected.csv")) in said


def test_it_says_when_ids_and_sources_are_made_up(
    services: Services, business: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, ["4155550132,2125550110,2026-02-01 10:00,90,answered"], "from,to,start time,duration,status")
    run(services, file, business)
    said = capsys.readouterr().out
    assert "id         (none: made from caller, number and time)" in said
    assert "source     (none: the source of the tracking number)" in said


def test_rejected_rows_stand_beside_the_file_with_line_and_reason_and_no_formula(
    services: Services, business: str, file: Path
) -> None:
    write(
        file, [line(1), '"two\nlines",2,3,4,5,6,7,8', line(2, source="=HYPERLINK(1)", duration="x"), line(3, id="@x")]
    )
    run(services, file, business)
    with rejected_path(file).open(encoding="utf-8-sig", newline="") as beside:
        sheet = list(csv.reader(beside))
    assert sheet[0] == ["line", "reason", *HEADER.split(",")]
    assert [row[0] for row in sheet[1:]] == ["3", "5"]
    assert sheet[1][1].startswith("status: “7” is not a status")
    assert sheet[1][2] == "two\nlines"
    assert (sheet[2][3], sheet[2][5]) == ("'+14155550002", "'=HYPERLINK(1)")
    assert {call.id for call in kept_calls(services, business)} == {"c-000001", "@x"}


def test_rejected_rows_can_be_mended_and_given_again(services: Services, business: str, file: Path) -> None:
    """The line and reason columns are ignored, and quotes escaping formulas are removed."""
    write(file, [line(1), line(2, source="-20% off", duration="1.5")])
    run(services, file, business)
    beside = rejected_path(file)
    beside.write_text(beside.read_text(encoding="utf-8").replace("1.5", "90"), encoding="utf-8")
    run(services, beside, business)
    assert [(call.source, call.duration_s) for call in kept_calls(services, business)] == [
        ("Organic", 1),
        ("-20% off", 90),
    ]
    assert not rejected_path(beside).exists()


def test_a_file_without_bad_rows_leaves_none_beside_it_also_not_an_old_one(
    services: Services, business: str, file: Path
) -> None:
    rejected_path(file).write_text("of another day")
    write(file, [line(1)])
    run(services, file, business)
    assert sorted(path.name for path in file.parent.glob("calls*")) == ["calls.csv"]


@pytest.mark.parametrize(
    ("name", "beside"),
    [("calls.csv", "calls.rejected.csv"), ("Calls.CSV", "Calls.rejected.csv"), ("calls.txt", "calls.txt.rejected.csv")],
)
def test_rejected_rows_never_overwrite_the_file_itself(name: str, beside: str) -> None:
    assert rejected_path(Path("somewhere") / name) == Path("somewhere") / beside


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "The file is empty"),
        ("name,age\nA,5\n", "No column found for from, to, started_at, duration_s, status"),
        (f"{HEADER}\n{line(1, at='1/2/2026 10:00')}\n", "Use --dates"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_leaves_nothing(
    services: Services, business: str, file: Path, content: str, says: str
) -> None:
    file.write_text(content)
    with pytest.raises(Invalid, match=says):
        run(services, file, business)
    assert kept_calls(services, business) == []
    assert not rejected_path(file).exists()


def test_no_such_file_or_business_is_said(services: Services, business: str, file: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        run(services, file, business)
    write(file, [line(1)])
    with pytest.raises(NotFound):
        run(services, file, "Nobody")


def test_a_header_alone_is_a_file_without_calls(
    services: Services, business: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, [])
    run(services, file, business)
    assert "Added 0 calls. Already there: 0. Rejected: 0." in capsys.readouterr().out


def test_a_database_that_goes_away_leaves_what_was_brought_in_and_says_how_to_go_on(
    services: Services, business: str, file: Path
) -> None:
    write(file, [line(n) for n in range(1500)])

    def away(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO calls") and kept_calls(services, business):
            raise Unavailable

    event.listen(services.database.engine, "before_cursor_execute", away)
    try:
        with pytest.raises(Unavailable, match=r"after 1,000 rows.*Run the same command again to continue"):
            run(services, file, business)
    finally:
        event.remove(services.database.engine, "before_cursor_execute", away)
    assert len(kept_calls(services, business)) == 1000
    run(services, file, business)
    assert len(kept_calls(services, business)) == 1500


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_killed_in_the_middle_and_given_again_it_ends_with_exactly_the_right_calls_and_counts(
    request: pytest.FixtureRequest, file: Path, clock: FakeClock, engine: str
) -> None:
    """kill -9 while rows are being imported, then the same command again."""
    url = f"sqlite:///{file.parent / 'killed.db'}" if engine == "sqlite" else request.getfixturevalue("empty_postgres")
    services = make_services(url, clock)
    schema.upgrade(services.database)
    business = add_business(services)
    total = 24_000  # takes seconds, so that a busy machine still looks in time
    write(file, [line(n) for n in range(total)])
    command = [sys.executable, "-m", "settings_ui", "import-calls", str(file), "--business", business]
    environment = os.environ | SAFE | {"DATABASE_URL": url}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        try:
            deadline = time.monotonic() + 60
            while not kept_calls(services, business):
                assert one.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
        finally:
            one.kill()
    there = len(kept_calls(services, business))
    assert 0 < there < total
    assert agree(services, business)
    run(services, file, business)
    assert len(kept_calls(services, business)) == total
    assert agree(services, business)
    services.database.close()


@pytest.fixture
def operate(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line with a business called Harbor Leads."""
    with command_line(tmp_path) as made:
        made.says("migrate")
        add_business(made.services, "Harbor Leads")
        yield made


def test_the_command_ends_with_0_also_with_bad_rows_and_with_1_when_the_file_is_unusable(
    operate: CommandLine, file: Path
) -> None:
    write(file, [line(1), line(2, duration="x")])
    assert "Rejected: 1." in operate.says("import-calls", str(file), "--business", "Harbor Leads")
    assert "No such file" in operate.refuses("import-calls", f"{file}.none", "--business", "Harbor Leads")
    assert "No business" in operate.refuses("import-calls", str(file), "--business", "Nobody")


def test_the_command_takes_a_zone_and_an_order_of_dates(operate: CommandLine, file: Path) -> None:
    write(file, [line(1, at="1/2/2026 10:00")])
    arguments = ("import-calls", str(file), "--business", "Harbor Leads")
    assert "--dates" in operate.refuses(*arguments)
    said = operate.says(*arguments, "--dates", "day-first", "--time-zone", "Europe/Berlin")
    assert "read as Europe/Berlin" in said
    [home] = operate.services.business.members.businesses("Harbor Leads")
    [call] = kept_calls(operate.services, home.id)
    assert call.started_at == datetime(2026, 2, 1, 9, tzinfo=UTC)


def test_check_says_where_counts_differ_and_how_they_are_counted_again(operate: CommandLine, file: Path) -> None:
    """The first few differences, and how many more there are."""
    now = datetime.now(UTC)
    write(file, [line(n, at=f"{now - timedelta(days=n):%Y-%m-%d %H:%M}", duration="95") for n in range(1, 6)])
    operate.says("import-calls", str(file), "--business", "Harbor Leads")
    assert operate.says("check", **OUTSIDE).endswith("All is well.")
    with operate.services.database.write() as session:
        session.exec(update(DayCount).values(calls=9))
    checked = operate("check", **OUTSIDE)
    assert checked.exit_code == 1
    said = checked.output
    assert "The counts of Harbor Leads differ from its calls: run `python -m settings_ui rebuild-counts" in said
    assert said.count("the calls say") == 3
    assert "(and 2 more)" in said
    assert operate.says("rebuild-counts") == "Harbor Leads: 5 calls counted."
    assert operate.says("rebuild-counts", "--business", "Harbor Leads") == "Harbor Leads: 5 calls counted."
    assert "No business" in operate.refuses("rebuild-counts", "--business", "Nobody")
    assert operate.says("check", **OUTSIDE).endswith("All is well.")
