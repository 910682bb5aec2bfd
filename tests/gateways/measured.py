"""A script: runs image_child.py on files and prints one line of JSON per file with the result and its cost.

It is small and forks, so that the memory reported by the kernel is the child's own and not that of the tests.
Arguments: the path of image_child.py, how many files one child may decode in turn, and the files. If a child dies on a
file, the next child continues with the file after it.
"""

import base64
import importlib.util
import io
import json
import os
import resource
import sys
import time


def main(child_file: str, together: int, paths: list[str]) -> None:
    """Run children on all paths, one after another."""
    spec = importlib.util.spec_from_file_location("image_child", child_file)
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    from PIL import Image, ImageCms  # noqa: F401 imported once here instead of once per child

    Image.preinit()
    while paths:
        told, code = fork(child, paths[:together])
        if code:
            told.append({"path": paths[len(told)], "code": code, "out": "", "cpu_s": 0, "wall_s": 0, "peak_mb": 0})
        for line in told:
            print(json.dumps(line), flush=True)
        paths = paths[len(told) :]


def fork(child: object, paths: list[str]) -> tuple[list[dict[str, object]], int]:
    """Return what a child reports about these files until it exits, and its exit code (negative: the signal)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        for path in paths:
            os.write(writing, json.dumps(measure(child, path)).encode() + b"\n")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = [json.loads(line) for line in pipe.read().splitlines()]
    return told, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def measure(child: object, path: str) -> dict[str, object]:
    """Act as the child for one file; return the exit code, the output, the seconds and the peak memory in MB so far."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    out = io.BytesIO()
    code = 0
    with open(path, "rb") as file:  # noqa: PTH123 no more imports than needed
        sys.stdin, sys.stdout = io.TextIOWrapper(file), io.TextIOWrapper(out, write_through=True)
        try:
            child.main()
        except SystemExit as end:
            code = int(end.code or 0)
        sys.stdout.flush()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "path": path,
        "code": code,
        "out": base64.b64encode(out.getvalue()).decode(),
        "cpu_s": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
        "wall_s": time.monotonic() - start,
        "peak_mb": used.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
