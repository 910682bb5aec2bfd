"""No secret is committed: no file contains anything that looks like one."""

import re
import subprocess
from pathlib import Path

import pytest

from settings_ui.config import ROOT

LOOKS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a live key of Stripe": r"\b(?:sk|rk)_live_[0-9A-Za-z]{16,}",
    "a webhook secret of Stripe": r"\bwhsec_[0-9A-Za-z+/=]{32,}",
    "a token of GitHub": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60,})",
    "a token of PyPI": r"\bpypi-AgEI[\w-]{50,}",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    "a JSON Web Token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
}


def found_in(text: str) -> list[str]:
    """Return what looks like a secret in a text, by kind."""
    return [kind for kind, look in LOOKS.items() if re.search(look, text)]


def committed() -> list[Path]:
    """Return every file that is in the repository or would be with the next commit; without git, all files except
    generated ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split(b"\0") if name and (path := ROOT / name.decode()).is_file()]
    made = (".venv", ".web", "var", ".states", ".git")
    return [path for path in ROOT.rglob("*") if path.is_file() and not path.relative_to(ROOT).parts[0].startswith(made)]


def test_no_file_of_ours_has_a_secret() -> None:
    files = committed()
    assert ROOT / "settings_ui" / "config.py" in files
    wrong = {path.name: kinds for path in files if (kinds := found_in(path.read_text(errors="replace")))}
    assert wrong == {}


@pytest.mark.parametrize(
    "parts",
    [
        ("-----BEGIN RSA ", "PRIVATE KEY-----"),
        ("AKIA", "IOSFODNN7EXAMPLE"),
        ("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
        ("ghp_", "a" * 36),
        ("whsec_", "b" * 32),
        ("xoxb-", "1" * 24),
    ],
)
def test_what_looks_like_one_is_found(parts: tuple[str, str]) -> None:
    assert len(found_in(f"x = '{''.join(parts)}'")) == 1
