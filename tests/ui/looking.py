"""What a test sees on the screen: rows, titles and text, and the keys that lead to a function."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import GroupKey, RowKey
from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.frame.list_view import ListView
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable

TO_ORDERS = ("slash", *"func:scan", "enter")
"""Keys that lead from the overview to the stacks of `(*store).scan`."""


def text_of(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(part for part, _ in line)


def screen_text(app: MonitorApp) -> str:
    """All that is on the screen."""
    return ScreenCapture(app).text()


def second_line(app: MonitorApp) -> str:
    """The line below the header: tabs, or the way to this screen."""
    screen = app.live_screen
    assert screen
    return text_of(screen.second_line(app.size.width))


def list_view(app: MonitorApp) -> ListView:
    """The view that is shown, which is one of pages of rows: goroutines, GC or sizes."""
    shown = app.main_screen.view
    assert isinstance(shown, ListView)
    return shown


def page_rows(app: MonitorApp) -> tuple[Any, ...]:
    """The rows of that view's page."""
    return list_view(app).page.listing.rows


def site_table(app: MonitorApp) -> LineTable[RowKey, SiteRow]:
    """The table of call sites."""
    return app.main_screen.sites.table


def cursor_function(app: MonitorApp) -> str:
    """The function of the site or group that its cursor is on, "" where it holds on to none."""
    key = site_table(app).cursor_key
    return key.function if key is not None else ""


def cursor_group(app: MonitorApp) -> GroupKey:
    """The group that its cursor is on."""
    key = site_table(app).cursor_key
    assert isinstance(key, GroupKey), key
    return key


def site_rows(app: MonitorApp) -> list[SiteRow]:
    """Its rows."""
    return rows_of(site_table(app))


def table_rows(app: MonitorApp, selector: str) -> list[Any]:
    """The rows of a table of the screen on top, by its CSS selector."""
    return rows_of(app.screen.query_one(selector, LineTable))


def rows_of(table: LineTable[Any, Any]) -> list[Any]:
    """The rows of a table, also those that are not in sight."""
    return [table._rows.row(index) for index in range(len(table))]


def drawn_cells(table: LineTable[Any, Any], name: str) -> list[str]:
    """A column's cells as they are on the screen."""
    palette = palette_of(table.app)
    (column,) = (column for column in table.visible_columns() if column.name == name)
    return [text_of(column.draw(row, 9, palette)).strip() for row in rows_of(table)]


async def open_a_function(pilot: Pilot[Any]) -> None:
    """Go to the screen of the function that calls `(*store).scan`."""
    await pilot.press(*TO_ORDERS, "enter")
    await pilot.pause()
    await pilot.press("tab", "down", "enter")
    await pilot.pause()
