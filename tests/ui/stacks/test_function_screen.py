"""A function from both sides."""

from __future__ import annotations

from gotop.model.queries import Window
from gotop.ui.frame.call_tree import Branch, CallTree
from gotop.ui.stacks.function_screen import FunctionScreen
from tests.ui.looking import TO_ORDERS, drawn_cells, open_a_function, second_line
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (160, 40)


async def test_enter_on_a_frame_and_on_the_middle_of_both_trees() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*TO_ORDERS, "enter")
        await pilot.pause()
        await pilot.press("tab", "tab", "down", "down", "down", "enter")
        await pilot.pause()
        here = app.screen
        assert isinstance(here, FunctionScreen)
        await pilot.press("tab", "enter")
        assert app.screen is here  # one is there already


async def test_both_sides_of_a_function_say_their_window() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await open_a_function(pilot)
        await pilot.press("x", "m")
        app.action_set_window(Window.MARK.name)
        await pilot.pause()
        for name, what in (("#callers", "CALLED BY"), ("#callees", "CALLS")):
            assert app.screen.query_one(name, CallTree).columns[0].title == f"{what}, since mark, no runtime"
        app.action_set_window(Window.S10.name)
        await pilot.pause()
        size, _, _ = second_line(app).rpartition("/s  ")[0].rpartition("/s")
        assert drawn_cells(app.screen.query_one("#callees", CallTree), "bytes")[0] == " ".join(size.split()[-2:])


async def test_folding_goes_by_arrows_and_a_new_reading_keeps_it() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=SIZE) as pilot:
        await open_a_function(pilot)
        tree = app.screen.query_one("#callees", CallTree)
        app.screen.set_focus(tree)
        before = len(tree)
        await pilot.press("down", "up", "left")
        assert len(tree) == 1 < before
        clock.now += 5
        for message in service.tick():
            app.session.apply(message)
        app.redraw()
        assert len(tree) == 1 and isinstance(tree.cursor_row, Branch)
        await pilot.press("right")
        assert len(tree) == before


def test_a_function(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = (*TO_ORDERS, "enter", "tab", "down", "enter", "tab", "down")
    assert snap_compare(app, terminal_size=(120, 30), run_before=pressing(*keys))


def test_a_function_where_it_is_narrow(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = (*TO_ORDERS, "enter", "tab", "down", "enter", "x", "x")
    assert snap_compare(app, terminal_size=(80, 30), run_before=pressing(*keys))
