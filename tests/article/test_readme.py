"""The table in the README and the tests list each other completely."""

import re
from pathlib import Path

HERE = Path(__file__).parent
ROW = re.compile(r"\[`(test_\w+)`\]\((\w+\.py)\)")


def test_every_sentence_of_the_readme_has_its_test_and_every_test_its_sentence() -> None:
    listed = set(ROW.findall((HERE / "README.md").read_text(encoding="utf-8")))
    written = {
        (test, file.name)
        for file in HERE.glob("test_*.py")
        if file != Path(__file__)
        for test in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert listed == written
