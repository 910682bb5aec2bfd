"""A real nginx: the system's, else Debian's, unpacked and not installed, which takes about three seconds."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("nginx", "nginx-common")


def binary(folder: Path) -> str:
    """Return the path of an nginx."""
    if found := shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"):
        return found
    subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=folder, check=True, capture_output=True, timeout=60)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder / "root")], check=True)
    return str(folder / "root" / "usr" / "sbin" / "nginx")


@contextmanager
def nginx(folder: Path, port: int, location: str) -> Iterator[None]:
    """Serve one location on this port of this machine."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    server = f"server {{ listen 127.0.0.1:{port}; {location} }}"
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder / 'pid'}; error_log {folder / 'errors'}; events {{}}"
        f" http {{ access_log off; {temporary} {server} }}"
    )
    process = subprocess.Popen([binary(folder), "-e", str(folder / "errors"), "-c", str(configuration)])
    try:
        deadline = time.monotonic() + 10
        while not (folder / "pid").is_file():
            assert process.poll() is None, (folder / "errors").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)
