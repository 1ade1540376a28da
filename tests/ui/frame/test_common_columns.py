"""Columns that many tables have."""

from __future__ import annotations

import pytest

from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.frame.common_columns import function_and_line
from gotop.ui.widgets.line_table import LineTable
from tests.ui.busy import SimilarSites
from tests.ui.looking import text_of
from tests.ui.stage import stage
from tests.ui.synthetic import Service

WITH_POINTERS = ["w", "i", "t", "h", "space", *"!without"]


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("keys", [
    ("2",), ("2", "m", "m"), ("7", "t", "t"), ("7", "t", "slash", *WITH_POINTERS, "enter", "enter"), ("5", "enter"),
], ids=["rates", "compared", "rounding", "path", "cycle"])  # fmt: skip
@pytest.mark.parametrize("width", [60, 66, 80, 90, 100, 120])
async def test_no_two_rows_look_alike(width: int, keys: tuple[str, ...]) -> None:
    app, _, _ = stage(SimilarSites().run(10))
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        (table,) = [table for table in app.screen.query(LineTable) if table.display and table.is_on_screen]
        names = [placed for placed in table._places() if not placed.column.figure]
        lines = [
            tuple(
                text_of(placed.column.draw(table._rows.row(index), placed.width, palette_of(app))) for placed in names
            )
            for index in range(len(table))
        ]
        assert sum("scan" in line[0] for line in lines) == 6, "the rows that are alike are there"
        assert len(lines) == len(set(lines)), [line for line in lines if lines.count(line) > 1]
        assert all(len(text) == placed.width for line in lines for text, placed in zip(line, names, strict=True))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("compress/flate.NewWriter", "flate.NewWriter:668"),
        ("encoding/json.(*decodeState).object", "json.(*decodeState).object"),
        ("main.(*averylongname).andAMethod", "main.(*averylongname).…:668"),
    ],
)
def test_a_name_that_is_whole_without_its_line_stays_whole(app: MonitorApp, name: str, shown: str) -> None:
    cut = text_of(function_and_line(name, 668, 27, palette_of(app)))
    assert len(cut) == 27 and cut.rstrip() == shown
