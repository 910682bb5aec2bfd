"""`backup` and `restore` as an operator runs them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import OUTSIDE, CommandLine, command_line


@pytest.fixture
def operate(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line with a migrated database that has a business."""
    with command_line(tmp_path) as operating:
        operating.says("migrate")
        owner = ("--owner", "dana@example.com", "--password-stdin")
        operating.says("create-business", "Northwind", *owner, stdin="correct horse battery staple\n")
        yield operating


def test_an_operator_keeps_and_puts_back(operate: CommandLine, tmp_path: Path) -> None:
    file, storage = tmp_path / "today.backup", f"file://{tmp_path}/stored"
    (tmp_path / "stored").mkdir()
    (tmp_path / "stored" / "photo.webp").write_bytes(b"a photo")
    said = operate.says("backup", str(file), STORAGE_URL=storage)
    assert "1 files; as of 20" in said
    other = {"DATABASE_URL": f"sqlite:///{tmp_path}/new folder/other.db", "STORAGE_URL": f"file://{tmp_path}/elsewhere"}
    assert operate.says("restore", str(file), **other) == said
    assert (tmp_path / "elsewhere" / "photo.webp").read_bytes() == b"a photo"
    assert operate.says("check", **other, **OUTSIDE).endswith("All is well.")
    operate.says("set-role", "Northwind", "dana@example.com", "owner", **other)  # Dana was restored


def test_what_keeps_a_restore_from_happening_is_one_line(operate: CommandLine, tmp_path: Path) -> None:
    file, storage = tmp_path / "today.backup", f"file://{tmp_path}/stored"
    operate.says("backup", str(file), STORAGE_URL=storage)
    assert "Use --force" in operate.refuses("restore", str(file), STORAGE_URL=storage)
    assert operate.says("restore", str(file), "--force", STORAGE_URL=storage)
    assert "already exists" in operate.refuses("backup", str(file), STORAGE_URL=storage)
    assert "No such file" in operate.refuses("restore", str(tmp_path / "none.backup"), STORAGE_URL=storage)
    assert "No such file" in operate.refuses("backup", str(tmp_path / "no" / "x.backup"), STORAGE_URL=storage)


def test_a_bucket_is_said_to_be_left_out(operate: CommandLine, tmp_path: Path) -> None:
    said = operate.says("backup", str(tmp_path / "x.backup"), STORAGE_URL="s3://key:secret@bucket/prefix")
    assert "no files: they are in a bucket" in said
