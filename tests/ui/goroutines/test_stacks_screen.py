"""What is behind a row of goroutines: a statement, a function in which stacks grow, new stacks."""

from __future__ import annotations

import pytest

from gotop.ui.frame.call_tree import CallTree
from gotop.ui.goroutines.stacks_screen import GoroutineStacks
from tests.ui.busy import Busy
from tests.ui.looking import screen_text
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}")
def test_a_statement(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("4", "down", "enter"))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}")
def test_growth(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("4", "t", "enter"))


SIZE = (140, 40)


async def test_a_statement_from_within() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "slash", *"refresh", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks)
        text = screen_text(app)
        assert "states sleep 16" in text and "CREATED BY" in text
        tree = app.screen.query_one(CallTree)
        # refresh was run by connections' goroutines, which Serve started, which main ran.
        assert [tree._rows.row(index).node.frame.function for index in range(len(tree))] == [
            "main.(*cache).refresh", "net/http.(*Server).Serve", "main.main",
        ]  # fmt: skip
        await pilot.press("escape")
        assert app.screen is app.main_screen


@pytest.mark.parametrize(
    ("keys", "said"),
    [(["t"], "from → to 4.10 → 8.19 kB"), (["T", "slash", *"signals", "enter"], "stacks of signals of a thread")],
)
async def test_growth_and_new_stacks_from_within(keys: list[str], said: str) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", *keys, "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks)
        assert said in screen_text(app), screen_text(app)
