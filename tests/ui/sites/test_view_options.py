"""Filter, groups, hiding, marks, the past: what is shown, and that the cursor keeps its row through all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Static

from gotop.agent.protocol import Lost, Settings
from gotop.model.queries import ATTRIBUTED, GroupBy, Hide, SiteSort, Window
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import SiteKey
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities, Position
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable
from tests.ui.stage import stage
from tests.ui.synthetic import Service
from tests.ui.widgets.test_line_table import go_on

SIZE = (120, 40)


def table(app: MonitorApp) -> LineTable[SiteKey, SiteRow]:
    return app.main_screen.sites.table


def shown(app: MonitorApp) -> list[SiteRow]:
    return [table(app)._rows.row(index) for index in range(len(table(app)))]


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


def tabs(app: MonitorApp) -> str:
    return text(app.main_screen.second_line(200))


async def test_the_cursor_keeps_its_row_through_everything() -> None:
    service = Service()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        while not (table(app).pinned and table(app).cursor_key.function.startswith("main.")):  # type: ignore[union-attr]
            await pilot.press("down")
        key = table(app).cursor_key
        for keys in (
            ["x"], ["x"], ["x"], ["m"], ["w"], ["m"], ["s", "r"], ["M"], ["space"], ["left_square_bracket"],
            ["left_square_bracket"], ["right_square_bracket"], ["end"], ["2", "1"],
            ["slash", *"main", "enter"], ["escape"], ["F"], ["F"],
        ):  # fmt: skip
            await pilot.press(*keys)
            assert table(app).cursor_key == key, keys
            go_on(app, clock, service, 0.5)
            assert table(app).cursor_key == key, keys
        app.session.apply(Lost("gone", True))
        app.redraw()
        again = Service(seq=service.seq)
        for message in [*again.opening(), *again.tick()]:
            app.session.apply(message)
        app.redraw(force=True)
        assert table(app).cursor_key == key


async def test_grouping_and_back_gives_the_row_back() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down")
        key = table(app).cursor_key
        counts = []
        for group in [*list(GroupBy)[1:], GroupBy.SITE]:
            await pilot.press("t")
            assert app.main_screen.sites.options.group is group
            assert table(app).cursor_key is not None or group in ATTRIBUTED  # which nobody has counted here
            counts.append(len(table(app)))
        assert table(app).cursor_key == key
        assert counts[-1] == 17 and len(set(counts)) > 3
        await pilot.press("T")
        assert app.main_screen.sites.options.group is GroupBy.CREATOR and "creators" in tabs(app)


async def test_what_is_typed_after_a_group_is_a_word_of_its_own() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("t", "t", "down", "enter")
        term, of_group = app.main_screen.sites.options.filter, len(shown(app))
        assert term and of_group
        await pilot.press("slash", *"file:", "enter")
        assert app.main_screen.sites.options.filter == f"{term} file:"
        assert len(shown(app)) == of_group
        await pilot.press("slash", *"go", "enter")
        assert app.main_screen.sites.options.filter == f"{term} file:go", "what one has typed, one changes"


async def test_enter_on_a_group_lists_its_sites_and_escape_comes_back() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        for presses in range(1, 6):
            await pilot.press("home", *["t"] * presses, "down")
            row = table(app).cursor_row
            assert row is not None
            await pilot.press("enter")
            assert app.main_screen.sites.options.group is GroupBy.SITE
            inside = shown(app)
            assert sum(each.bytes for each in inside) == row.bytes and inside
            await pilot.press("escape")
            assert table(app).cursor_key == row.key, "and on the row one came from"
            await pilot.press(*["T"] * presses)


async def test_a_broken_expression_is_said_while_it_is_typed() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"json ~(")
        count = app.main_screen.query_one("#filter-count", Static)
        assert "unterminated" in str(count.render()) and len(table(app)) == 2
        await pilot.press(*"object)")
        assert "1 of 17" in str(count.render())
        await pilot.press("enter")
        assert "/json ~(object)" in tabs(app)


async def test_hiding_says_how_much_is_hidden() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("x")
        assert app.main_screen.sites.options.hide is Hide.RUNTIME and "no runtime" in tabs(app)
        await pilot.press("x")
        rows = shown(app)
        assert all(row.key.function.startswith(("main.", "github.com/")) for row in rows) and rows
        concealed = app.main_screen.sites._answer
        assert concealed is not None and "no std library (−" in tabs(app)
        assert concealed.concealed_share == pytest.approx(1 - sum(row.share for row in rows), abs=1e-6)


async def test_marks_compare_and_are_forgotten() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("s", "m")
        assert app.time.window is Window.MARK and "mark" in tabs(app)
        go_on(app, clock, service, 8)
        assert "◆ mark 8s" in text(app.main_screen.header_line(160))
        await pilot.press("m")
        go_on(app, clock, service, 4)
        assert "◆ A 8s  B 4s" in text(app.main_screen.header_line(160))
        changes = [row.allocs_change for row in shown(app)]
        assert changes == sorted(changes, reverse=True) and changes[0] > 0 > changes[-1], "signed and ranked"
        assert app.main_screen.sites.options.sort is SiteSort.ALLOCS_PER_S
        assert "Δ ALLOCS/S" in text_of_titles(app)
        await pilot.press("M")
        assert app.time.window is Window.S10 and "B−A" not in text_of_titles(app)
        assert app.main_screen.sites.options.order(False) is SiteSort.ALLOCS_PER_S


def text_of_titles(app: MonitorApp) -> str:
    return " ".join(column.title for column in table(app).visible_columns())


async def test_stepping_back_while_data_goes_on_arriving() -> None:
    service = Service()
    app, clock, _ = stage(service.run(60))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.time.back_seconds == pytest.approx(10, abs=1.1) and "back" in tabs(app)
        then = shown(app)
        go_on(app, clock, service, 5)
        assert shown(app) == then and app.time.back_seconds == pytest.approx(15, abs=1.1)
        await pilot.press("s", "s")
        assert sorted(shown(app), key=lambda row: row.key) == sorted(then, key=lambda row: row.key)
        await pilot.press("enter")
        stacks = getattr(app.screen, "_stacks", ())
        assert sum(stack.bytes for stack in stacks) in [row.bytes for row in then], "stacks of then, too"
        await pilot.press("escape", "right_square_bracket")
        assert app.time.back_seconds is not None and app.time.back_seconds < 14
        for _ in range(3):
            await pilot.press("right_square_bracket")
        assert app.time.back_seconds is None and not app.time.paused and shown(app) != then
        for _ in range(80):
            await pilot.press("left_square_bracket")
        assert app.time.back_seconds == pytest.approx(65, abs=1.5), "as far as it goes, and no further"
        await pilot.press("end")
        assert not app.time.paused


async def test_a_mark_can_be_set_while_paused_and_in_the_past() -> None:
    service = Service()
    app, clock, _ = stage(service.run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        go_on(app, clock, service, 5)
        await pilot.press("m", "space")
        assert app.session.now.marks == (pytest.approx(5),)
        await pilot.press("left_square_bracket", "left_square_bracket", "m", "end")
        marks = app.session.now.marks
        assert marks[0] == pytest.approx(10, abs=1.1) and marks[1] == pytest.approx(5)


@pytest.mark.parametrize("key", ["space", "left_square_bracket"])
async def test_a_moment_ends_with_the_program_it_is_of(key: str) -> None:
    service = Service(extra_sites=50)
    app, _, _ = stage(service.run(40))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", key)
        assert app.time.paused
        rebuilt = Service()
        _, *others = rebuilt.opening()
        for message in [replace(rebuilt.hello(), pid=5, build_id="y"), *others, *rebuilt.tick()]:
            app.session.apply(message)
        app.redraw()
        assert not app.time.paused and app.time.paused_seconds is None and app.time.back_seconds is None
        await pilot.press("m")
        assert app.session.now.marks == (0,), "of what is shown"
        for view in "1234567":
            await pilot.press(view)


async def test_marks_in_a_replay_but_no_steps() -> None:
    abilities = Abilities(live=False, replay=True)
    app, _, feed = stage(Service().run(20), abilities, Position(3.0, 60.0, 1.0, True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("left_square_bracket", "m", "e")
        assert feed.calls == [("speed", 0.5)] and not app.time.paused
        assert app.session.now.marks == (0.0,) and app.screen is app.main_screen


async def test_following_keeps_the_row_in_sight() -> None:
    service = Service(extra_sites=200)
    app, clock, _ = stage(service.run(5))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("down", "F")
        assert table(app).following and "following" in tabs(app)
        key = table(app).cursor_key
        await pilot.press("r")
        go_on(app, clock, service, 0.2)
        assert table(app).cursor_key == key and table(app)._visible(table(app)._index)
        await pilot.press("home")
        assert not table(app).following


async def test_each_view_keeps_its_own_look_cursor_and_scroll() -> None:
    app, _, _ = stage(Service(extra_sites=100).run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "s", "2", "slash", *"json", "enter", "t", "pagedown", "x")
        await pilot.press("1")
        await pilot.pause()
        look = app.main_screen.sites.options
        assert (look.sort, look.filter, look.group, look.hide, table(app)._index > 0) == (
            SiteSort.ALLOCS_PER_S, "", GroupBy.SITE, Hide.NOTHING, True,
        )  # fmt: skip
        await pilot.press("2")
        await pilot.pause()
        look = app.main_screen.sites.options
        assert (look.sort, look.filter, look.group, look.hide) == (
            SiteSort.BYTES_PER_S, "json", GroupBy.LINE, Hide.RUNTIME,
        )  # fmt: skip


async def test_modes_and_budgets_are_asked_for() -> None:
    service = Service()
    app, _, feed = stage(service.run(5))
    async with app.run_test(size=SIZE) as pilot:
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Mode: exact ●" in titles and "Budget:  3% of the service's CPU time" in titles
        assert "Budget: none ●" in titles
        await pilot.press("e")
        await pilot.pause(0.1)
        await pilot.press(*"sampled")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert feed.calls == [("mode", "sampled")]
        await app.run_action("set_budget(0.03)")
        assert feed.calls[1:] == [("budget", 0.03)]
        app.session.apply(Settings("sampled", 64, 100))
        assert "sampled" in text(app.main_screen.header_line(160))


async def test_a_filter_can_be_typed_ahead_of_the_screen() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"scan")
        await pilot.pause()
        for _ in range(2):  # one keeps the filter, the other opens the row, with nothing in between
            app.post_message(events.Key("enter", "\r"))
        await pilot.pause(0.2)
        assert isinstance(app.screen, StacksScreen) and not app.screen_stack[0].query("InputBar")
        await pilot.press("escape")
        assert app.main_screen.sites.table.has_focus and app.main_screen.sites.options.filter == "scan"
