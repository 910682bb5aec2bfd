"""The dependency diagrams in docs/architecture.md, and the same diagrams built from the actual imports."""

import functools
import re
from typing import NamedTuple

import grimp

from settings_ui.config import ROOT

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()
PICTURED = ("settings_ui", "settings_ui.services")
"""The packages, in the order of their diagrams and of the table's rows."""


class House(NamedTuple):
    """One diagram: its nodes, the shared ("ground") nodes that any other may import, and the arrows not ending in
    those."""

    rooms: set[str]
    ground: set[str]
    arrows: set[tuple[str, str]]


def drawn(picture: str) -> House:
    """Parse a mermaid diagram: `one --> another & a third`, or a node alone; the ground is a subgraph."""
    above, ground = picture.split("subgraph ground")
    arrows = {
        (start, end)
        for start, ends in re.findall(r"^ +(\w+) --> (.+)$", picture, re.MULTILINE)
        for end in ends.split(" & ")
    }
    names = {part: set(re.findall(r"\w+", part)) - {"flowchart", "TD", "end"} for part in (above, ground)}
    return House(names[above] | names[ground], names[ground], arrows)


def pictures() -> dict[str, House]:
    """Return the diagrams in the document, by package."""
    found = re.findall(r"```mermaid\n(.*?)```", DOCUMENT, re.DOTALL)
    return dict(zip(PICTURED, map(drawn, found), strict=True))


def figures(package: str) -> tuple[int, int, int]:
    """Return the number of files, nodes and arrows that the document states for a package."""
    row = re.search(rf"^\| `{package.replace('.', '/')}` \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)
    assert row is not None
    files, rooms, arrows = map(int, row.groups())
    return files, rooms, arrows


@functools.cache
def imports() -> grimp.ImportGraph:
    """Return the import graph of the product."""
    return grimp.build_graph("settings_ui", cache_dir=None)


def built(package: str, ground: set[str]) -> House:
    """Return the diagram of the imports under a package."""
    rooms = {room.removeprefix(f"{package}.") for room in imports().find_children(package)}
    arrows = set()
    for importer in imports().find_descendants(package):
        start = importer.removeprefix(f"{package}.").split(".")[0]
        for imported in imports().find_modules_directly_imported_by(importer):
            end = imported.removeprefix(f"{package}.").split(".")[0]
            if imported.startswith(f"{package}.") and start != end and (end not in ground or start in ground):
                arrows.add((start, end))
    return House(rooms, ground, arrows)
