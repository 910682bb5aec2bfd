"""What we change in Reflex's front end changes this Reflex, once, and nothing that looks different."""

from pathlib import Path

import pytest
import reflex_base

from settings_ui.front_end import EarlyState, FewModules

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


def test_modules_are_grouped_once() -> None:
    ours = FewModules()._add_groups(VITE)
    assert [name for name in FewModules.GROUPS if f'name: "{name}"' in ours] == list(FewModules.GROUPS)
    assert FewModules()._add_groups(ours) == ours
