"""Metrics: summed over a server's processes, and not lost when one of them is killed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from settings_ui.config import ROOT
from settings_ui.telemetry import metrics
from settings_ui.telemetry.metrics import Fact

ONE_PROCESS = """
import sys
from settings_ui.telemetry import metrics
metrics.request("/business", 200, 0.004)
metrics.event("Payouts.save", "ok", 0.02)
metrics.windows.set(3)
print("ready", flush=True)
sys.stdin.read()
"""
LOOK = "from settings_ui.telemetry import metrics; print(metrics.exposition().decode())"


def value(text: str, series: str) -> float:
    """Return the value of a series; -1 if it does not exist."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else -1


def test_requests_and_events_are_counted_with_how_long_they_took() -> None:
    series = 'switchboard_request_seconds_count{route="/of-this-test",status="200"}'
    metrics.request("/of-this-test", 200, 0.003)
    metrics.request("/of-this-test", 200, 0.4)
    metrics.event("Of.this_test", "turned_away", 0.001)
    text = metrics.exposition().decode()
    assert value(text, series) == 2
    assert value(text, 'switchboard_request_seconds_bucket{le="0.005",route="/of-this-test",status="200"}') == 1
    assert value(text, 'switchboard_event_seconds_count{event="Of.this_test",outcome="turned_away"}') == 1


def test_facts_are_shown_with_and_without_a_label() -> None:
    text = metrics.exposition([Fact("a_fact", "One.", {"": 2}), Fact("more", "Each.", {"x": 1, "y\n": 4}, "job")])
    assert value(text.decode(), "a_fact") == 2
    assert value(text.decode(), 'more{job="x"}') == 1
    assert value(text.decode(), 'more{job="y\\n"}') == 4


async def test_gauges_are_set_when_someone_looks() -> None:
    seen = []
    async with metrics.sampling(lambda: seen.append(1)):
        before = len(seen)
        metrics.exposition()
        assert len(seen) == before + 1
    metrics.exposition()
    assert len(seen) == before + 1


def test_several_processes_add_up_and_a_killed_one_leaves_what_it_counted(tmp_path: Path) -> None:
    environment = os.environ | {metrics.FOLDER: str(tmp_path)}
    command, pipe = [sys.executable, "-c", ONE_PROCESS], subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(2)
    ]

    def look() -> str:
        return subprocess.run(
            [sys.executable, "-c", LOOK], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    both = look()
    started[0].send_signal(signal.SIGKILL)
    started[0].wait()
    one = look()
    for process in started:
        process.communicate("")
    for text, windows in ((both, 6), (one, 3)):
        assert value(text, 'switchboard_request_seconds_count{route="/business",status="200"}') == 2
        assert value(text, 'switchboard_event_seconds_count{event="Payouts.save",outcome="ok"}') == 2
        assert value(text, "switchboard_windows") == windows
