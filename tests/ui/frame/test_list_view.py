"""Goroutines, GC and Sizes: what stands in their rows, how one moves through them, and what is asked of the agent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotop.agent.protocol import SizeClasses, Tick
from gotop.model.runtime.gc_values import GcCycle
from gotop.model.runtime.goroutine_values import GoroutineSite
from gotop.model.runtime.site_shares import SiteShare
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.frame.call_tree import CallTree
from gotop.ui.frame.facts import comma_list, goroutine_states
from gotop.ui.frame.list_view import ListView
from gotop.ui.gc.cycle_screen import CycleScreen
from gotop.ui.gc.heap_graph import STEPS, fitting
from gotop.ui.goroutines.stacks_screen import GoroutineStacks
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.sizes.contributor_screens import ClassScreen, PathScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.synthetic import Service
from tests.ui.widgets.test_line_table import go_on

SIZE = (140, 40)


def view(app: MonitorApp) -> ListView:
    shown = app.main_screen.view
    assert isinstance(shown, ListView)
    return shown


def rows(app: MonitorApp) -> tuple[object, ...]:
    return view(app).page.shown.rows


def screen(app: MonitorApp) -> str:
    return ScreenCapture(app).text()


async def test_goroutines_are_read_only_while_one_looks() -> None:
    app, _, feed = stage(Busy().run(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "4", "t", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks)
        assert feed.calls == [("goroutines", True)], "also while one looks at one of them"
        await pilot.press("5", "4", "1")
        assert feed.calls[1:] == [("goroutines", False), ("goroutines", True), ("goroutines", False)]


async def test_living_goroutines_beside_the_runtimes_own_count() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("4")
        await pilot.pause()
        text = screen(app)
        live = app.session.runtime.live_goroutines()
        assert live is not None
        assert f"{live.user}  NumGoroutine {app.session.goroutines().live}" in text
        assert "read 0.2 s ago" in text and "main's first stack" in text
        (serve,) = [row for row in rows(app) if isinstance(row, GoroutineSite) and "conn).serve" in row.starts]
        assert (serve.live, serve.states[0]) == (224, ("IO wait", 212))
        assert (serve.new or 0) + (serve.reused or 0) == serve.created and serve.growths > serve.shrinks > 0
        assert "IO wait 212, " in text


async def test_without_a_reading_it_says_why() -> None:
    app, _, _ = stage(Busy(readings=False).run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert "The agent is asked for a reading" in screen(app)
    replay, _, _ = stage(Service().run(5), Abilities(live=False, replay=True), Position(5.0, 60.0, 1.0, False))
    async with replay.run_test(size=SIZE) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert "This recording has no reading of them" in screen(replay)


async def test_keys_are_those_of_sites() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "s")
        assert view(app).page.sort == view(app).page.sortable(view(app).table.visible_columns())[4]
        before = rows(app)
        await pilot.press("r")
        assert rows(app) != before
        await pilot.press("slash", *"cache", "enter")
        assert len(rows(app)) == 1 and "/cache" in screen(app)
        await pilot.press("escape")
        assert rows(app) != () and view(app).page.filter == ""
        await pilot.press("t")
        assert view(app).page.name == "growth" and view(app).page.filter == ""
        assert app.focused is view(app).table
        await pilot.press("T", "z")
        await pilot.pause()
        assert "NumGoroutine" not in screen(app)
        await pilot.press("z", "down", "down")
        key = view(app).table.cursor_key
        await pilot.press("t", "t", "t", "5", "4")
        assert view(app).table.cursor_key == key, "each page keeps its row"
        await pilot.press("7", "t", "4", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks), "and the keys are its own again"


async def test_the_runtimes_own_can_be_hidden() -> None:
    app, _, _ = stage(Busy().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7", "t", "t")
        every = len(rows(app))
        await pilot.press("x")
        assert len(rows(app)) == every - 1 and "no runtime (−1)" in screen(app)


async def test_a_statement_from_within() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "slash", *"refresh", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, GoroutineStacks)
        text = screen(app)
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
        assert said in screen(app), screen(app)


async def test_pause_and_the_past_hold_for_goroutines_and_cycles() -> None:
    service = Busy()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "space")
        created = rows(app)
        go_on(app, clock, service, 5)
        assert rows(app) == created
        await pilot.press("space")
        assert rows(app) != created
        await pilot.press("5")
        newest = rows(app)[0]
        await pilot.press("left_square_bracket", "left_square_bracket")
        then = rows(app)[0]
        assert isinstance(newest, GcCycle) and isinstance(then, GcCycle) and then.number < newest.number


async def test_a_cycle_and_the_sites_behind_it() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "down", "down")
        cycle = view(app).table.cursor_row
        assert isinstance(cycle, GcCycle)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CycleScreen) and app.screen.cycle is cycle
        text = screen(app)
        assert f"gc {cycle.number}" in text and "sweep termination" in text and "17.6 MB → 9." in text
        shares = app.screen.read()
        assert sum(share.share for share in shares) == pytest.approx(1)
        await pilot.press("enter")
        await pilot.pause()
        assert type(app.screen) is StacksScreen and app.screen.key == shares[0].key
        await pilot.press("escape", "escape")
        assert app.screen is app.main_screen and view(app).table.cursor_key == cycle.number


async def test_from_a_reason_to_its_stops_to_the_cycle() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "T", "enter")
        assert view(app).page.name == "stops" and len({row.reason for row in rows(app)}) == 1  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CycleScreen) and app.screen.cycle.number == 16


async def test_escape_leads_from_a_reasons_stops_back_to_the_reason() -> None:
    app, _, _ = stage(Busy().run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "t", "slash", *"mark", "enter", "t", "down")
        reason = view(app).table.cursor_key
        await pilot.press("enter")
        assert view(app).page.name == "stops" and {row.reason for row in rows(app)} == {reason}  # type: ignore[attr-defined]
        await pilot.press("escape")
        assert view(app).page.name == "reasons" and view(app).table.cursor_key == reason
        await pilot.press("T")
        assert view(app).page.filter == "mark", "the stops are as they were"
        await pilot.press("t", "enter", "slash", *" x", "enter", "escape")
        assert (view(app).page.name, view(app).page.filter) == ("stops", ""), "a filter of one's own is cleared"


async def test_the_time_line_points_at_the_row_and_can_be_made_longer() -> None:
    app, _, _ = stage(Busy().run(90))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        assert "last 1m30s" in screen(app) and "longest stop" in screen(app)
        await pilot.press("end")
        await pilot.pause()
        assert "Time line, last 1m30s" in screen(app), "the first cycle is still in sight"
        await pilot.press(*["right_parenthesis"] * 4)
        await pilot.pause()
        assert "Time line, 4.5 s from" in screen(app) or "s from -" not in screen(app)
        await pilot.press(*["left_parenthesis"] * 9)
        await pilot.pause()
        assert "last 45m" in screen(app)


def test_the_step_that_fits() -> None:
    assert [STEPS[fitting(seconds, 100)] for seconds in (0.5, 5, 30, 99, 1e6)] == [0.01, 0.05, 0.5, 1.0, 1.0]


async def test_paths_and_size_classes() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7")
        await pilot.pause()
        text = screen(app)
        assert all(path in text for path in ("tiny", "small without pointers", "small with pointers", "large"))
        waste = sum(row.waste for row in rows(app))  # type: ignore[attr-defined]
        assert waste == app.session.totals().waste
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ClassScreen)
        await pilot.press("escape", "t", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PathScreen)
        await pilot.press("escape", "t")
        first = rows(app)[0]
        assert isinstance(first, SiteShare) and first.waste == max(row.waste for row in rows(app))  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert "lost to rounding" in screen(app)


async def test_before_the_first_count_of_size_classes() -> None:
    app, _, _ = stage(message for message in Busy().run(3) if not isinstance(message, SizeClasses))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("7")
        await pilot.pause()
        assert "have not been read yet" in screen(app)


def test_nothing_is_cut_in_the_middle_of_a_word() -> None:
    assert comma_list(["select 12", "IO wait 3", "sleep 1"], 100) == "select 12, IO wait 3, sleep 1"
    assert comma_list(["select 12", "IO wait 3", "sleep 1"], 22) == "select 12, …"
    assert comma_list(["select 12", "IO wait 3"], 10) == "select 12"
    assert goroutine_states([("IO wait", 7)], 20) == "IO wait"


async def test_a_collector_that_is_off_has_no_goal_and_the_heap_the_whole_graph() -> None:
    """GOGC=off without a memory limit: the runtime's goal is a number that no heap would be seen beside."""
    boundless = [
        replace(message, runtime=replace(message.runtime, heap_goal=0x7C28F5C28F5C28F5))
        if isinstance(message, Tick) and message.runtime
        else message
        for message in Busy().run(20)
    ]
    app, _, _ = stage(boundless)
    async with app.run_test(size=(160, 40)) as pilot:
        assert "goal none" in screen(app).replace("  ", "")
        await pilot.press("5")
        await pilot.pause()
        text = screen(app)
        assert ", none" in text and " EB" not in text
        assert "█" in text, "the heap is seen"
        assert not any("┄┄" in line for line in text.splitlines()), "and no goal's line is"
