"""Patches to Reflex's front end are applied once; unexpected code is left unchanged."""

import gzip
import re
from pathlib import Path

import pytest
import reflex as rx
import reflex_base
from reflex.compiler.compiler import compile_contexts

from settings_ui.front_end import CarriedState, EarlyState, FewModules
from settings_ui.front_end.first_paint import paint_from_html
from settings_ui.pages.settings import settings
from settings_ui.pages.tabs import TABS
from settings_ui.pages.tabs.api_keys import api_keys
from settings_ui.settings_ui import app

WEB = Path(reflex_base.__file__).parent / ".templates" / "web"
VITE = "output: { codeSplitting: { groups: [\n { test: /env.json/ } ] } }"


def test_the_script_that_opens_the_socket_asks_early() -> None:
    theirs = (WEB / "utils" / "state.js").read_text()
    ours = EarlyState().ask_early(theirs)
    assert EarlyState.ASKS in ours
    assert EarlyState.MOUNTED in ours
    assert EarlyState().ask_early(ours) == ours
    older = ours.replace("    socket.connect();\n", "    socket.open();\n")
    assert older != ours
    assert EarlyState().ask_early(older) == ours


@pytest.mark.parametrize("missing", [EarlyState.OPENS, EarlyState.CONNECTS])
def test_a_script_in_which_either_place_is_missing_or_twice_is_left_as_it_is(missing: str) -> None:
    theirs = (WEB / "utils" / "state.js").read_text()
    for other in (theirs.replace(missing, ""), theirs + missing):
        assert EarlyState().ask_early(other) == other


def compiled_context() -> str:
    """Return the script with the compiled defaults, as this Reflex writes it."""
    return compile_contexts(app._state, None)[1]


def test_the_script_with_the_defaults_begins_with_what_the_page_carries() -> None:
    theirs = compiled_context()
    ours = CarriedState().begin_carried(theirs)
    assert CarriedState.READS in ours
    assert all(theirs not in ours and patch in ours for theirs, patch in CarriedState.PATCHES.items())


@pytest.mark.parametrize("missing", [*CarriedState.PATCHES, CarriedState.BEFORE])
def test_defaults_in_which_a_place_is_missing_or_twice_are_left_as_they_are(missing: str) -> None:
    theirs = compiled_context()
    for other in (theirs.replace(missing, ""), theirs + missing):
        assert CarriedState().begin_carried(other) == other


def test_modules_are_grouped_once() -> None:
    ours = FewModules()._add_groups(VITE)
    assert [name for name in FewModules.GROUPS if f'name: "{name}"' in ours] == list(FewModules.GROUPS)
    assert FewModules()._add_groups(ours) == ours


PAGE = (
    '<head><link as="style" href="/assets/all.css" rel="preload"/><link rel="modulepreload" href="/assets/a.js"/>'
    '<link href="/assets/all.css" rel="stylesheet" type="text/css"/></head><p>Here'
)
STARTS = """<script type="module" async="">import "/assets/b.js";
import * as route0 from "/assets/c.js";
  window.routes = {"root":route0};

import("/assets/d.js");</script>"""


def test_a_built_page_has_its_stylesheet_in_it_and_requests_its_scripts_last_compressed_too(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "all.css").write_text("p { color: red }")
    page, other = tmp_path / "settings" / "index.html", tmp_path / "other.html"
    page.parent.mkdir()
    page.write_text(PAGE + STARTS)
    other.write_text("<p>No stylesheet")
    kept = [page.with_name(f"index.html{suffix}") for suffix in (".gz", ".br")]
    for file in kept:
        file.write_bytes(b"what it was before")
    paint_from_html(tmp_path, WEB)
    assert page.read_text() == (
        '<head><link as="style" media="not all" href="/assets/all.css" rel="preload"/>'
        '<link rel="modulepreload" media="not all" fetchpriority="low" href="/assets/a.js"/>'
        "<style>p { color: red }</style>"
        '<link href="/assets/all.css" rel="stylesheet" type="text/css" disabled/></head><p>Here'
        "<script>Promise.resolve(globalThis.filling).catch(console.error).then(() => {"
        ' document.querySelectorAll("link[rel=modulepreload]").forEach((link) => { link.media = "all"; });'
        ' return Promise.all([import("/assets/b.js"), import("/assets/c.js")]); }).then(([, route0]) => '
        '{ window.routes = {"root":route0};\n\nimport("/assets/d.js"); });</script>'
    )
    assert gzip.decompress(kept[0].read_bytes()).decode() == page.read_text()
    assert kept[1].read_bytes() != b"what it was before"
    assert other.read_text() == "<p>No stylesheet"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["assets", "other.html", "settings"]


def test_a_page_that_starts_in_another_way_keeps_requesting_its_scripts(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "all.css").write_text("p { color: red }")
    page = tmp_path / "index.html"
    page.write_text(other := PAGE + '<script type="module" src="/assets/b.js"></script>')
    paint_from_html(tmp_path, WEB)
    links = re.findall("<(?:link rel=.modulepreload|script).*?>", other)
    assert re.findall("<(?:link rel=.modulepreload|script).*?>", page.read_text()) == links


FRAMED = ["dashboard", "calls", "numbers", "business", "activity", "settings", "staff"]


@pytest.mark.parametrize("route", FRAMED)
def test_a_page_is_one_component_whose_elements_are_created_when_it_is_drawn(route: str) -> None:
    page = app._unevaluated_pages[route].component()  # type: ignore[operator]
    assert re.fullmatch(r"jsx\(\w+,\{\},\)", str(page))


def test_the_settings_page_creates_no_element_of_a_tab() -> None:
    page = str(settings())
    for tab, build in TABS.items():
        assert str(rx.memo(build)()) in page, tab
    assert "Create key" in str(api_keys())
    assert "Create key" not in page
