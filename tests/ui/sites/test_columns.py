"""Columns of the table of call sites."""

from __future__ import annotations

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.text import Line
from tests.ui import recorded
from tests.ui.busy import Busy
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import HANDLE, MALLOC, Service


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


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
        shown = words(function.draw(row, 26, palette_of(app)))
        assert len(shown) == 26 and shown.rstrip().endswith(f":{row.key.line}")
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        (function, *_) = table.visible_columns()
        assert ":" not in words(function.draw(row, 26, palette_of(app)))


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
        assert "◆ A 0s  B 0s" in words(app.main_screen.header_line(width))
        table = app.main_screen.sites.table
        assert {"a", "b", "bytes_change"} <= {column.name for column in table.visible_columns()}
        sorts = [column.sort for column in table.visible_columns()]
        for _ in sorts:
            await pilot.press("s")
            said = words(table.line(0))
            titles = [part for part in said.replace("▼", "").replace("▲", "").split("  ") if part.strip()]
            assert len(titles) == len(sorts) and not set("–…") & set(said), "no title is cut, sorted by any column"
            briefs = {title.strip() for title in titles} & {"A", "B"}
            assert briefs in (set(), {"A", "B"})


class Alike(Busy):
    """A service with sites that differ by nothing but their type, or their line."""

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        scan, read = ("main.(*store).scan cmd/shopd/store.go", "net/textproto.readMIMEHeader net/textproto/reader.go")
        kinds = ("[]uint8", "*github.com/redis/go-redis/v9.StringCmd", "", "map[string]*main.Customer")
        longer = "main.(*averylongname).whoseNameIsLonger cmd/shopd/longer.go 1234"
        more = [*[(kind, f"{scan} 132") for kind in kinds], ("string", f"{scan} 139"), ("string", f"{read} 508"),
                ("main.Order", longer), ("main.Orders", longer)]  # fmt: skip
        return [*super().all_stacks(), *[(kind, 50.0, 64, [MALLOC, place, *HANDLE]) for kind, place in more]]


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_packages_and_modules_are_told_apart_by_the_end_of_their_paths(width: int) -> None:
    app, _, _ = stage(recorded.messages())
    async with app.run_test(size=(width, 40)) as pilot:
        for keys in ("2tttt", "t"):
            await pilot.press(*keys)
            await pilot.pause()
            table = app.main_screen.sites.table
            path = table._places()[0]
            shown = [
                words(path.column.draw(table._rows.row(i), path.width, palette_of(app))) for i in range(len(table))
            ]
            assert path.column.title in ("PACKAGE", "MODULE") and len(set(shown)) == len(shown) > 5
    assert any(name.strip().endswith("nats-server/v2@v2.15.2") for name in shown)


def test_rows_that_look_alike(snap_compare: Snap) -> None:
    app, _, _ = stage(Alike().run(5))
    assert snap_compare(app, terminal_size=(60, 34), run_before=pressing("2"))
