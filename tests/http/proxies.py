"""Real proxies: the system's own, or Debian's package, unpacked but not installed, which takes some seconds."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"
PACKAGES = {"nginx": ("nginx", "nginx-common"), "caddy": ("caddy",)}
Proxy = Callable[[Path, int, str], list[str]]
"""Writes the manual's configuration for a local port, and returns the command that runs the proxy."""


def nginx(folder: Path, port: int, said: str) -> list[str]:
    """Serve the location from the manual. Runs as root if started as root: the user nginx would switch to cannot
    write here."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"user root; daemon off; pid {folder / 'pid'}; error_log {folder / 'errors'}; events {{}}"
        f" http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; {said} }} }}"
    )
    return [_binary("nginx", folder), "-e", str(folder / "errors"), "-c", str(configuration)]


def caddy(folder: Path, port: int, said: str) -> list[str]:
    """Serve the site from the manual, without requesting a certificate for its public name."""
    assert said.startswith("app.example.com {")
    site = said.replace("app.example.com", f"http://localhost:{port}", 1)
    configuration = folder / "Caddyfile"
    configuration.write_text(f"{{\n    admin off\n    auto_https off\n    default_bind 127.0.0.1\n}}\n\n{site}")
    return [_binary("caddy", folder), "run", "--adapter", "caddyfile", "--config", str(configuration)]


@contextmanager
def serving(proxy: Proxy, folder: Path, port: int, said: str) -> Iterator[None]:
    """Run a proxy in front of a running server; its own files go into the folder."""
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("w+") as log:
        command = proxy(folder, port, said)
        process = subprocess.Popen(command, env=os.environ | home, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 10
            while not _answers(port):
                assert process.poll() is None, (folder / "proxy.log").read_text()
                assert time.monotonic() < deadline, (folder / "proxy.log").read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(10)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/health/live").status_code == 200
    except httpx.TransportError:
        return False


def _binary(name: str, folder: Path) -> str:
    if found := shutil.which(name, path=PLACES):
        return found
    download = ["apt-get", "download", "-q", *PACKAGES[name]]
    subprocess.run(download, cwd=folder, check=True, capture_output=True, timeout=60)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder / "root")], check=True)
    return str(next(path for path in (folder / "root" / "usr").glob(f"*bin/{name}")))
