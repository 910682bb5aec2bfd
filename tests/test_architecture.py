"""The pictures in docs/architecture.md are the imports."""

import re
from typing import NamedTuple

import grimp
import pytest

from settings_ui.config import ROOT

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()
PICTURED = ("settings_ui", "settings_ui.services")
"""The packages, in the order of their pictures and of the rows of the table."""
IMPORTS = grimp.build_graph("settings_ui", cache_dir=None)


class House(NamedTuple):
    """Rooms, those that any other may use, and arrows without those that lead to the ground."""

    rooms: set[str]
    ground: set[str]
    arrows: set[tuple[str, str]]


def drawn(picture: str) -> House:
    """Return what a picture shows: `one --> another & a third`, or a room alone; the ground is a subgraph."""
    above, ground = picture.split("subgraph ground")
    arrows = {
        (start, end)
        for start, ends in re.findall(r"^ +(\w+) --> (.+)$", picture, re.MULTILINE)
        for end in ends.split(" & ")
    }
    names = {part: set(re.findall(r"\w+", part)) - {"flowchart", "TD", "end"} for part in (above, ground)}
    return House(names[above] | names[ground], names[ground], arrows)


def built(package: str, ground: set[str]) -> House:
    """Return what the imports under a package are."""
    rooms = {room.removeprefix(f"{package}.") for room in IMPORTS.find_children(package)}
    arrows = set()
    for importer in IMPORTS.find_descendants(package):
        start = importer.removeprefix(f"{package}.").split(".")[0]
        for imported in IMPORTS.find_modules_directly_imported_by(importer):
            end = imported.removeprefix(f"{package}.").split(".")[0]
            if imported.startswith(f"{package}.") and start != end and (end not in ground or start in ground):
                arrows.add((start, end))
    return House(rooms, ground, arrows)


@pytest.mark.parametrize("package", PICTURED)
def test_the_picture_shows_the_imports_and_nothing_else(package: str) -> None:
    pictures = dict(zip(PICTURED, re.findall(r"```mermaid\n(.*?)```", DOCUMENT, re.DOTALL), strict=True))
    shown = drawn(pictures[package])
    assert shown == built(package, shown.ground)


@pytest.mark.parametrize("package", PICTURED)
def test_the_figures_are_those_of_the_imports(package: str) -> None:
    """Arrows to the ground count too. How many files there are changes with every feature: within a tenth is enough."""
    row = re.search(rf"^\| `{package.replace('.', '/')}` \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    assert row is not None
    files, rooms, arrows = map(int, row.groups())
    all_of_it = built(package, ground=set())
    assert (rooms, arrows) == (len(all_of_it.rooms), len(all_of_it.arrows))
    assert files == pytest.approx(len(IMPORTS.find_descendants(package)), rel=0.1)
