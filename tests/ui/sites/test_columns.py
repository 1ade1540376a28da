"""Columns of the table of call sites."""

from __future__ import annotations

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from tests.ui import recorded
from tests.ui.busy import SimilarSites
from tests.ui.looking import text_of
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import Service


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


async def test_rows_have_their_line_where_there_is_no_column_for_it() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        table = app.main_screen.sites.table
        (function, *_) = table.visible_columns()
        row = table._rows.row(0)
        shown = text_of(function.draw(row, 26, palette_of(app)))
        assert len(shown) == 26 and shown.rstrip().endswith(f":{row.key.line}")
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        (function, *_) = table.visible_columns()
        assert ":" not in text_of(function.draw(row, 26, palette_of(app)))


@pytest.mark.parametrize("width", [60, 61, 80, 99, 120, 160, 300])
async def test_a_comparison_has_both_marks_and_the_change_and_says_so_at_every_width(width: int) -> None:
    service = Service()
    app, _, _ = stage(service.run(20))
    async with app.run_test(size=(width, 20)) as pilot:
        for _ in range(2):
            await pilot.press("2", "m")
            for message in service.tick():
                app.session.apply(message)
        app.redraw(force=True)
        await pilot.pause()
        assert app.main_screen.second_line(width)[-2][0].strip() == "A→B"
        assert "◆ A 0s  B 0s" in text_of(app.main_screen.header_line(width))
        table = app.main_screen.sites.table
        assert {"a", "b", "bytes_change"} <= {column.name for column in table.visible_columns()}
        sorts = [column.sort for column in table.visible_columns()]
        for _ in sorts:
            await pilot.press("s")
            said = text_of(table.line(0))
            titles = [part for part in said.replace("▼", "").replace("▲", "").split("  ") if part.strip()]
            assert len(titles) == len(sorts) and not set("–…") & set(said), "no title is cut, sorted by any column"
            briefs = {title.strip() for title in titles} & {"A", "B"}
            assert briefs in (set(), {"A", "B"})


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_packages_and_modules_are_told_apart_by_the_end_of_their_paths(width: int) -> None:
    app, _, _ = stage(recorded.messages())
    async with app.run_test(size=(width, 40)) as pilot:
        for keys in ("2tttttt", "t"):
            await pilot.press(*keys)
            await pilot.pause()
            table = app.main_screen.sites.table
            path = table._places()[0]
            shown = [
                text_of(path.column.draw(table._rows.row(i), path.width, palette_of(app))) for i in range(len(table))
            ]
            assert path.column.title in ("PACKAGE", "MODULE") and len(set(shown)) == len(shown) > 5
    assert any(name.strip().endswith("nats-server/v2@v2.15.2") for name in shown)


def test_rows_that_look_alike(snap_compare: Snap) -> None:
    app, _, _ = stage(SimilarSites().run(5))
    assert snap_compare(app, terminal_size=(60, 34), run_before=pressing("2"))
