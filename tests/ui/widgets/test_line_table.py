"""The cursor holds on to a row, whatever happens around it."""

from __future__ import annotations

from gotop.model.queries import Window
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import SiteKey
from gotop.ui.app import MonitorApp
from gotop.ui.widgets.line_table import HOLD_SECONDS, LineTable
from gotop.ui.widgets.rows import HeldRows, ListRows
from tests.ui.stage import go_on, stage
from tests.ui.synthetic import Service

SIZE = (120, 40)


def sites(app: MonitorApp) -> LineTable[SiteKey, SiteRow]:
    return app.main_screen.sites.table


async def test_stays_on_its_row_through_sorting_and_new_data() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down")
        key = sites(app).cursor_key
        for presses in ("s", "s", "r", "S", "w", "w", "w", "w"):
            await pilot.press(presses)
            assert sites(app).cursor_key == key
        go_on(app, clock, service, 9)
        assert sites(app).cursor_key == key


async def test_the_first_rows_of_another_order_are_in_sight_if_the_cursors_row_is_among_them() -> None:
    app, _, _ = stage(Service(extra_sites=300).run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "down", "down", "r")
        table = sites(app)
        assert table.top > len(table) // 2 and table._visible(table._index)
        await pilot.press("r")
        assert (table.top, table._index) == (0, 2)


async def test_order_is_held_for_a_moment_after_moving() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w", "w", "w")  # now: the order changes with every reading
        assert app.time.window is Window.NOW
        table = sites(app)
        await pilot.press("down")
        before = [table._rows.key(index) for index in range(len(table))]
        figures = table._rows.row(0).bytes
        go_on(app, clock, service, HOLD_SECONDS - 0.5)
        assert [table._rows.key(index) for index in range(len(table))] == before
        assert table._rows.row(0).bytes > figures, "figures go on while the order is held"
        go_on(app, clock, service, 3)
        assert [table._rows.key(index) for index in range(len(table))] != before


async def test_filter_keeps_the_row_if_it_matches_and_gives_it_back_afterwards() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down", "down")
        key = sites(app).cursor_key
        assert key is not None and "json" in key.function
        await pilot.press("slash", *"JSON")
        assert len(sites(app)) == 2
        assert sites(app).cursor_key == key
        await pilot.press(*"xyz")
        assert sites(app).cursor_key is None
        await pilot.press("escape")
        assert not app.main_screen.query("InputBar")
        assert sites(app).cursor_key == key
        assert sites(app).has_focus


async def test_filter_is_kept_by_enter_and_cleared_by_escape() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"http", "enter")
        few = len(sites(app))
        assert not app.main_screen.query("InputBar") and sites(app).has_focus and 0 < few < 17
        await pilot.press("escape")
        assert len(sites(app)) > few


async def test_first_line_stays_first_until_the_cursor_is_moved() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        assert not sites(app).pinned
        await pilot.press("s")
        assert sites(app).cursor_key == sites(app)._rows.key(0)
        await pilot.press("down")
        assert sites(app).pinned
        await pilot.press("home")
        assert not sites(app).pinned


async def test_pause_freezes_rows_but_not_order_nor_the_service() -> None:
    service = Service()
    app, clock, _ = stage(service.run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "space")
        table, key = sites(app), sites(app).cursor_key
        before = {table._rows.key(i): table._rows.row(i) for i in range(len(table))}
        total = app.session.totals().allocs
        go_on(app, clock, service, 5)
        assert app.session.totals().allocs > total
        await pilot.press("s", "r")
        assert {table._rows.key(i): table._rows.row(i) for i in range(len(table))} == before
        assert table.cursor_key == key
        assert app.time.paused_seconds is not None and round(app.time.paused_seconds) == 5
        await pilot.press("space")
        assert {table._rows.key(i): table._rows.row(i) for i in range(len(table))} != before
        assert table.cursor_key == key


async def test_pause_orders_rows_as_the_session_does() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(200, 40)) as pilot:
        table = sites(app)
        for _ in range(11):
            await pilot.press("s")
            live = [table._rows.key(i) for i in range(len(table))]
            await pilot.press("space")
            still = [table._rows.key(i) for i in range(len(table))]
            await pilot.press("space")
            assert still == live, app.main_screen.sites.options


def test_a_row_that_is_gone_keeps_its_last_figures_while_the_order_is_held() -> None:
    old = ListRows[str, tuple[str, int]]([("a", 1), ("b", 2), ("c", 3)], lambda row: row[0])
    new = ListRows[str, tuple[str, int]]([("c", 30), ("d", 40), ("a", 10)], lambda row: row[0])
    held = HeldRows(old, new)
    assert [held.row(index) for index in range(len(held))] == [("a", 10), ("b", 2), ("c", 30)]
    assert held.index_of("c") == 2


async def test_a_removed_row_leaves_the_cursor_near_and_gets_it_back() -> None:
    app, clock, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        table = sites(app)
        await pilot.press("down", "down", "down")
        clock.now += 10
        rows = [table._rows.row(index) for index in range(len(table))]
        key, index = table.cursor_key, table._index
        table.show(ListRows[SiteKey, SiteRow]([row for row in rows if row.key != key], lambda row: row.key))
        assert table._index == index and table.cursor_key != key
        table.show(ListRows[SiteKey, SiteRow](rows[::-1], lambda row: row.key))
        assert table.cursor_key == key


async def test_enter_opens_the_row_and_escape_comes_back_to_it() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down", "down")
        key = sites(app).cursor_key
        await pilot.press("enter")
        assert type(app.screen).__name__ == "StacksScreen" and getattr(app.screen, "key", None) == key
        await pilot.press("tab", "down", "right", "left", "tab", "down")
        await pilot.press("escape")
        assert app.screen is app.main_screen and sites(app).cursor_key == key


async def test_clicks_order_choose_and_open() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        table = sites(app)
        await pilot.click(table, offset=(112, 0))
        assert app.main_screen.sites.options.sort.value == "allocs_per_s"
        await pilot.click(table, offset=(112, 0))
        assert app.main_screen.sites.options.reverse
        await pilot.click(table, offset=(10, 4))
        assert table._index == 3
        await pilot.click(table, offset=(10, 4))
        assert type(app.screen).__name__ == "StacksScreen"


async def test_keys_typed_at_once_go_where_they_were_meant_to() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        redraws = app.set_interval(0.03, lambda: app.redraw(force=True))
        await pilot.press("slash", *"json", "enter")  # a second a key: the pilot waits for a pause that does not come
        assert len(sites(app)) == 2
        await pilot.press("enter", "down", "escape", "escape", "3", "down", "1")
        await pilot.pause()
        assert len(sites(app)) == 17
        redraws.stop()
