"""What hosting services run: Reflex's own command, in the ways that they call it."""

import os
import subprocess
import sys
from pathlib import Path

from settings_ui.config import ROOT
from tests.ports import free_port


def test_a_host_may_run_the_server_alone(tmp_path: Path) -> None:
    """Reflex refuses that if the configuration names a port for the front end. The start gets as far as our own checks,
    which refuse this one."""
    settings = {
        "PORT": str(free_port()),
        "SECRET_KEY": "short",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'settings.db'}",
        "REFLEX_WEB_WORKDIR": str(tmp_path / "web"),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("reflex"), "run", "--env", "prod", "--backend-only"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=90,
        check=False,
    )
    assert "SECRET_KEY is shorter than 32 characters." in done.stdout, done.stdout[-2000:]
