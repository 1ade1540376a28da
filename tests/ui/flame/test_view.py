"""The flame view: boxes, zoom, selection that holds on to a function, filter and search."""

from __future__ import annotations

import pytest

from gotop import units
from gotop.model.queries import Hide
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from gotop.ui import incremental_build
from gotop.ui.app import MonitorApp
from gotop.ui.flame.flame_graph import FlameGraph
from gotop.ui.flame.view import FlameView
from gotop.ui.incremental_build import AT_ONCE
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.text import Line
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui import recorded
from tests.ui.looking import second_line
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def graph(app: MonitorApp) -> FlameGraph:
    return app.query_one(FlameGraph)


async def test_zoom_in_out_and_the_selection_outlive_new_figures() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "down", "down", "right")
        chosen = graph(app).selection
        assert chosen
        for _ in range(5):
            clock.now += 0.1
            for message in service.tick():
                app.session.apply(message)
            app.redraw()
        assert graph(app).selection == chosen
        await pilot.press("enter")
        assert graph(app).zoom == chosen
        assert graph(app).boxes[0].width == graph(app).size.width
        await pilot.press("escape", "escape", "escape", "escape", "escape")
        assert graph(app).zoom == ()


async def test_mouse_filter_search_and_pause() -> None:
    service = Service()
    app, _, _ = stage(service.run(20))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.click(FlameGraph, offset=(10, 2))
        first = graph(app).selection
        await pilot.click(FlameGraph, offset=(10, 2))
        assert graph(app).zoom == first != ()
        await pilot.press("home", "slash", *"json", "enter")
        view = app.query_one(FlameView)
        assert view.query_now.filter == "json" and app.focused is graph(app)
        filtered = graph(app).flame
        assert filtered and 0 < filtered.value(ROOT) < app.session.flame(FlameQuery()).value(ROOT)
        await pilot.press("slash", "escape", "f", *"redis", "enter")
        assert view.search == "redis" and view.query_now.filter == "" and graph(app).found
        await pilot.press("space")
        still = graph(app).flame
        for message in service.tick():
            app.session.apply(message)
        app.redraw()
        now = graph(app).flame
        assert still and now and now.value(ROOT) == still.value(ROOT)


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (120, 36), (200, 50)], ids=lambda size: f"{size[0]}")
def test_flame(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("3", "down", "down", "down"))


def test_flame_upwards_with_a_search(snap_compare: Snap) -> None:
    app, _, _ = stage(Service().run(45))
    keys = ("3", "i", "c", "f", *"json", "enter")
    assert snap_compare(app, terminal_size=(120, 36), run_before=pressing(*keys))


@pytest.mark.parametrize("keys", [("3",), ("3", "i")], ids=["icicle", "flame"])
async def test_boxes_have_their_figures_below_their_names_where_all_of_them_have_room(keys: tuple[str, ...]) -> None:
    app, _, _ = stage(recorded.messages())
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        shown, flame = graph(app), graph(app).flame
        assert flame
        lines = ["".join(text for text, _ in shown.line(y)) for y in range(shown.size.height)]
        (y,) = [y for y, line in enumerate(lines) if "startGoRoutine" in line]
        box = next(box for box in shown.boxes if flame.label(box.node).text.endswith("startGoRoutine.func1"))
        amount, share = units.size_rate(flame.rate(box.node)), units.percent(flame.value(box.node) / flame.value(ROOT))
        assert lines[y + 1][: box.width].strip(" ▏") == f"{amount}  {share} of all"
        for line in (y, y + 1):
            shown.select(shown.boxes[0])
            await pilot.click(FlameGraph, offset=(box.x + 1, line))
            assert shown.box == box, "both lines are its own"


async def test_a_graph_with_a_row_more_or_less_stays_as_tall_as_it_is() -> None:
    app, _, _ = stage(recorded.messages())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        shown, rows = graph(app), max(box.row for box in graph(app).boxes) + 1
        tall, around = [], app.size.height - shown.size.height
        for more in (0, 2, 4, 2, 0, -1):
            await pilot.resize_terminal(120, around + 2 * rows + more)
            await pilot.pause()
            tall.append("of all" in "".join(text for text, _ in shown.line(1)))
        assert tall == [True, True, True, True, True, False]
        await pilot.resize_terminal(120, around + 2 * rows + 2)
        await pilot.pause()
        assert "of all" not in "".join(text for text, _ in shown.line(1)), "nor the other way round"


async def test_escape_leaves_the_zoom_then_the_search_then_the_filter() -> None:
    app, _, _ = stage(Service().run(45))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("3", "slash", *"main", "enter", "f", *"store", "enter", "down", "enter")
        await pilot.pause()
        view = app.main_screen.view
        assert isinstance(view, FlameView) and view.graph.zoom and view.search and view.query_now.filter
        while view.graph.zoom:
            await pilot.press("escape")
        assert view.search and view.query_now.filter
        await pilot.press("escape")
        assert not view.search and view.query_now.filter
        await pilot.press("escape")
        assert not view.query_now.filter
        assert not [key for key in app.screen.active_bindings.values() if key.binding.id == "flame.clear"]


SIZE = (160, 40)


async def test_the_flame_hides_and_leads_to_a_function() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "x", "x")
        await pilot.pause()
        view = app.query_one(FlameView)
        flame = view.graph.flame
        assert flame and flame.hidden and f"no std library (−{flame.hidden} functions)" in second_line(app)
        await pilot.press("down", "a")
        await pilot.pause()
        assert isinstance(app.screen, FunctionScreen) and "Flame › " in second_line(app)


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


async def test_the_selected_box_of_the_flame_has_its_name() -> None:
    app, _, _ = stage(Service().run(45))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("3", "down", "down")
        await pilot.pause()
        info = words(app.screen.query_one("#flame-info", StaticLines)._lines[0])
        assert "http.serverHandler.ServeHTTP" in info and "of all" in info


SITES = 3 * AT_ONCE


async def test_the_flame_graph_says_how_far_it_is_and_is_whole_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental_build, "SLICE_S", 0)
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
