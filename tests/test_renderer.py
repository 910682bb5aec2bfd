"""Pages are drawn by an engine with bounds, one after another."""

import asyncio
from pathlib import Path

import pytest
import quickjs

from settings_ui.front_end.renderer import Renderer

DRAWS = """
globalThis.drawn = 0;
globalThis.draw = (path, query, state) => {
  const { loops = 0, bytes = 0, fails = false } = JSON.parse(state);
  for (let n = 0; n < loops; n++);
  if (fails) throw new Error("no such page");
  return { body: `${path} ${query} ${++drawn} ${"x".repeat(bytes).length}` };
};
"""


@pytest.fixture
def engine(tmp_path: Path) -> Renderer:
    script = tmp_path / "renderer.js"
    script.write_text(DRAWS)
    return Renderer(script)


async def test_pages_are_drawn_one_after_another(engine: Renderer) -> None:
    drawn = await asyncio.gather(*(engine.draw("/settings", f"?n={n}", "{}") for n in range(20)))
    assert drawn == [f"/settings ?n={n} {n + 1} 0" for n in range(20)]


async def test_a_page_that_cannot_be_drawn_takes_no_other_with_it(tmp_path: Path) -> None:
    (tmp_path / "renderer.js").write_text(DRAWS)
    engine = Renderer(tmp_path / "renderer.js", most_bytes=4_000_000, most_s=0.05)
    for state in ('{"fails": true}', '{"loops": 1e12}', '{"bytes": 50000000}', "no json"):
        with pytest.raises(quickjs.JSException):
            await engine.draw("/settings", "", state)
    assert await engine.draw("/settings", "", "{}") == "/settings  2 0"


async def test_the_server_goes_on_while_a_page_is_drawn(engine: Renderer) -> None:
    drawing = asyncio.create_task(engine.draw("/settings", "", '{"loops": 5e6}'))
    beats = 0
    while not drawing.done():
        await asyncio.sleep(0.001)
        beats += 1
    assert beats > 10
