"""Thousands of stacks are read in parts: keys are answered in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gotop.agent.protocol import Message, Stacks
from gotop.model.queries import Hide
from gotop.ui.flame.view import FlameView
from gotop.ui.frame.call_tree import CallTree
from gotop.ui.incremental_build import AT_ONCE, IncrementalBuild
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.widgets.static_lines import StaticLines
from tests.streams import hello, names, stack, tick
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SITES = 3 * AT_ONCE


def test_asks_again_once_until_all_is_read() -> None:
    waiting: list[Callable[[], None]] = []
    drawn: list[int] = []
    reading = IncrementalBuild(waiting.append, lambda: drawn.append(1))
    assert reading.goes_on((1, 3)) and reading.goes_on((2, 3))
    assert len(waiting) == 1
    waiting.pop()()
    assert drawn == [1]
    assert reading.goes_on((2, 3)) and len(waiting) == 1
    waiting.pop()()
    assert not reading.goes_on((3, 3)) and not waiting


async def test_the_flame_graph_says_how_far_it_is_and_is_whole_then() -> None:
    app, _, _ = stage(Service(extra_sites=SITES).run(3))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.action_view("flame")
        view = app.main_screen.view
        assert isinstance(view, FlameView)
        info = view.query_one("#flame-info", StaticLines)
        view.draw()
        read, every = app.session.read_flame(Hide.NOTHING, 0)
        assert AT_ONCE <= read < every and every > SITES
        assert info.line(0)[0][0].strip() == f"Reading stacks: {read:,} of {every:,}"
        assert view.graph.flame is None
        while app.session.read_flame(Hide.NOTHING, 0)[0] < every:
            await pilot.pause()
        await pilot.pause()
        assert "Reading" not in info.line(0)[0][0]
        assert view.graph.flame is not None and len(view.graph.flame) > SITES


async def test_who_calls_a_site_of_many_stacks_is_read_in_parts() -> None:
    app, _, _ = stage(many_stacks(SITES))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2", "enter")
        screen = app.screen
        assert isinstance(screen, StacksScreen)
        while (progress := app.session.now.read_callers(screen.key, Hide.NOTHING, 0))[0] < SITES:
            assert progress[1] == SITES
            await pilot.pause()
        await pilot.pause()
        assert "CALLED BY" in ScreenCapture(app).text()
        tree = screen.query_one("#callers", CallTree)
        assert tree.cursor_row is not None and tree.cursor_row.node.allocs == SITES


def many_stacks(count: int) -> Iterator[Message]:
    """One site that is called from as many places."""
    yield hello()
    yield names(["runtime.mallocgc", "main.site", *[f"main.f{number}" for number in range(count)]])
    yield Stacks(tuple(stack(number, 1, 2, 3 + number) for number in range(count)))
    yield tick(1, dict.fromkeys(range(count), (1, 16, 0)))
