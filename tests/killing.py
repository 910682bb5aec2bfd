"""kill -9 at each step of an operation: before and after each commit, and wherever it calls `step_here`.

Run as `python -m tests.killing MODULE ARGUMENT…`. The module has `attempt(step, *arguments)` and
`check(step, *arguments)`, each run in a process of its own, so that nothing is left in memory.
"""

import importlib
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

MOST_STEPS = 200


def walked(module: str, *arguments: str) -> int:
    """Kill the module's attempt at each step, check after each, and return the number of steps."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.killing", module, *arguments], capture_output=True, text=True, timeout=110
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return int(run.stdout)


def _walk(module: Any, arguments: list[str]) -> int:
    for step in itertools.count():
        assert step < MOST_STEPS
        ended = _forked(lambda step=step: _until(step, module, arguments))
        assert ended in (0, -signal.SIGKILL), f"the attempt of step {step} failed"
        assert _forked(lambda step=step: module.check(step, *arguments)) == 0, f"killed at step {step}"
        if ended == 0:
            return step
    return 0


_countdown: list[int] = []


def step_here(*_: Any) -> None:
    """Count a step, and get killed if it is the chosen one."""
    if _countdown:
        _countdown[0] -= 1
        if _countdown[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _until(step: int, module: Any, arguments: list[str]) -> None:
    _countdown.append(step)
    for name in ("before_commit", "after_commit"):
        event.listen(Session, name, step_here)
    module.attempt(step, *arguments)


def _forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    print(importlib.import_module("tests.killing")._walk(importlib.import_module(sys.argv[1]), sys.argv[2:]))
