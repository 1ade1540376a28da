"""Where it is narrow, what drops out is chosen: nothing is cut off, views keep their names, the way back stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.style import Style
from textual.widgets import Static

from gotop.model.queries import SiteQuery, SiteSort
from gotop.model.status.log import LogLine
from gotop.ui.app import MonitorApp
from gotop.ui.colours import palette_of
from gotop.ui.feed import Abilities, Position
from gotop.ui.frame import chrome
from gotop.ui.frame.common_columns import function_and_line
from gotop.ui.frame.facts import facts
from gotop.ui.log.view import LogLines
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.text import Line, Part, width_of_line
from gotop.ui.views import VIEWS
from gotop.ui.widgets.line_table import LineTable
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui import recorded
from tests.ui.busy import Busy
from tests.ui.stage import stage
from tests.ui.synthetic import HANDLE, MALLOC, Service
from tests.ui.test_snapshots import Snap, pressing

NAMES = [spec.name for spec in VIEWS]
KEYS = {name: str(number + 1) for number, name in enumerate(NAMES)}
PLAIN = Style()
NOTE: list[Part] = [(2, [("  1,380 sites", PLAIN)]), (1, [("  10 s", PLAIN)])]
WITH_POINTERS = ["w", "i", "t", "h", "space", *"!without"]
FILTERED: list[Part] = [(0, [("  /pkg:server !client", PLAIN)]), *NOTE]


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


@pytest.mark.parametrize("current", NAMES)
@pytest.mark.parametrize("width", [60, 61, 67, 72, 80, 93, 120, 200, 300])
def test_views_have_names_at_every_width(app: MonitorApp, current: str, width: int) -> None:
    line = chrome.tabs(VIEWS, current, KEYS, NOTE, width, palette_of(app))
    said = words(line).split()
    assert width_of_line(line) == width
    assert next(spec.title for spec in VIEWS if spec.name == current) in said
    named = [said[said.index(key) + 1] for key in KEYS.values()]
    assert not any(name.isdecimal() for name in named) and len(set(named)) == len(NAMES)
    assert "10" in said
    assert ("1,380" in said) or width < 80


@pytest.mark.parametrize("width", [60, 80, 120])
def test_how_one_looks_goes_before_the_names(app: MonitorApp, width: int) -> None:
    said = words(chrome.tabs(VIEWS, "sites", KEYS, FILTERED, width, palette_of(app)))
    assert "/pkg:server !client" in said and "10 s" in said and "2 Sites" in said
    assert ("3 Fl" in said) or width == 60


def test_a_wide_screen_shows_more_of_a_filter(app: MonitorApp) -> None:
    text = "pkg:=github.com/nats-io/nats-server/v2/server"
    _, (narrow,) = chrome.filter_part(text, False, 60, palette_of(app))
    _, (wide,) = chrome.filter_part(text, False, 200, palette_of(app))
    assert len(narrow[0]) == chrome.FILTER_SHOWN + 2 and narrow[0].endswith("…")
    assert wide[0] == f"  /{text}"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_facts_go_on_in_the_next_line(app: MonitorApp, width: int) -> None:
    told = [("sweep termination", "51.7 µs"), ("mark termination", "241 ns"), ("", "4 → 2"), ("on", "2 Ps")]
    lines = facts(told, width, palette_of(app), "stops")
    assert all(words(line)[:10].strip() in ("stops", "") for line in lines)
    assert " ".join(words(line)[10:].strip() for line in lines).split() == " ".join(map(" ".join, told)).split()
    assert all(width_of_line(line) <= max(width, 10 + len("sweep termination 51.7 µs")) for line in lines)
    assert len(lines) == 1 or width < 80


@pytest.mark.parametrize("path", [("2", "enter"), ("2", "enter", "tab", "enter"), ("4", "enter"), ("5", "enter")])
async def test_the_way_back_is_always_offered(path: tuple[str, ...]) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(60, 24)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        assert len(app.screen_stack) > 1
        footer = words(app.screen.get_child_by_id("footer", StaticLines)._lines[0])
        assert "esc Back" in footer and "? Help" in footer and "q Quit" in footer


@pytest.mark.parametrize("path", [("2", "enter"), ("4", "enter"), ("5", "enter"), ("7", "enter"), ("7", "t", "enter")])
@pytest.mark.parametrize("width", [60, 80])
async def test_no_figure_is_cut_off(path: tuple[str, ...], width: int) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        for board in app.screen.query(StaticLines):
            assert all(width_of_line(line) <= width for line in board._lines), board.id


async def test_a_function_has_the_line_where_there_is_no_room_for_its_name_and_figures() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("2", "enter")
        await pilot.pause()
        key = app.screen.key  # type: ignore[attr-defined]
        assert key.function in words(app.live_screen.second_line(60))  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [60, 80, 109, 110])
async def test_the_stacks_of_a_site_say_of_which_type_they_are(width: int) -> None:
    """Another site may be the same but for that."""
    app, _, _ = stage(recorded.messages())
    async with app.run_test(size=(width, 24)) as pilot:
        rows = app.session.sites(SiteQuery(sort=SiteSort.BYTES)).rows
        alike = [row.key for row in rows if row.key.function.endswith("storeRawMsg") and row.twins][:2]
        assert len({key.type for key in alike}) == 2
        for key in alike:
            app.navigation.open_site(key)
            await pilot.pause()
            assert key.type.rpartition("/")[2] in ScreenCapture(app).text()


class Deep(Busy):
    """A service of a long module path."""

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        path = "github.com/nats-io/nats-server/v2/server/internal/jetstream"
        site = f"{path}.(*fileStore).storeRawMsgLocked {path}/filestore.go 3123"
        return [*super().all_stacks(), ("main.message", 9000.0, 640, [MALLOC, site, *HANDLE])]


@pytest.mark.parametrize(
    ("width", "still"), [(60, False), (60, True), (80, False), (80, True), (109, True), (110, False), (120, True)]
)
async def test_file_and_line_of_a_site_outlive_the_directories_of_its_path(width: int, still: bool) -> None:
    app, _, _ = stage(Deep().run(5))
    async with app.run_test(size=(width, 24)) as pilot:
        await pilot.press("2", "slash", *"storeRaw", "enter", "enter", *["space"] * still)
        await pilot.pause()
        said = words(app.live_screen.second_line(width))  # type: ignore[union-attr]
        assert "(*fileStore).storeRawMsgLocked  " in said and "filestore.go:3123 " in said
        assert len(said) == width and ("‖" in said) is still


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


async def test_a_long_name_of_a_service_is_cut_and_not_left_out() -> None:
    service = Service()
    hello = replace(service.hello(), exe="/srv/a-service-with-a-long-name")
    position = Position(45.0, 300.0, 4.0, True)
    app, _, _ = stage([hello, *service.tick()], Abilities(live=False, replay=True), position)
    async with app.run_test(size=(60, 24)):
        header = words(app.main_screen.header_line(60))
        assert header.startswith("  a-serv") and "… " in header and len(header) == 60
        assert "coverage 100.0 %" in header and "replay 45s of 5m00s  4×" in header


class Alike(Busy):
    """A service with sites that differ by nothing but their type, or their line."""

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        scan, read = ("main.(*store).scan cmd/shopd/store.go", "net/textproto.readMIMEHeader net/textproto/reader.go")
        kinds = ("[]uint8", "*github.com/redis/go-redis/v9.StringCmd", "", "map[string]*main.Customer")
        longer = "main.(*averylongname).whoseNameIsLonger cmd/shopd/longer.go 1234"
        more = [*[(kind, f"{scan} 132") for kind in kinds], ("string", f"{scan} 139"), ("string", f"{read} 508"),
                ("main.Order", longer), ("main.Orders", longer)]  # fmt: skip
        return [*super().all_stacks(), *[(kind, 50.0, 64, [MALLOC, place, *HANDLE]) for kind, place in more]]


@pytest.mark.parametrize("keys", [
    ("2",), ("2", "m", "m"), ("7", "t", "t"), ("7", "t", "slash", *WITH_POINTERS, "enter", "enter"), ("5", "enter"),
], ids=["rates", "compared", "rounding", "path", "cycle"])  # fmt: skip
@pytest.mark.parametrize("width", [60, 66, 80, 90, 100, 120])
async def test_no_two_rows_look_alike(width: int, keys: tuple[str, ...]) -> None:
    app, _, _ = stage(Alike().run(10))
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        (table,) = [table for table in app.screen.query(LineTable) if table.display and table.is_on_screen]
        names = [placed for placed in table._places() if not placed.column.figure]
        lines = [
            tuple(words(placed.column.draw(table._rows.row(index), placed.width, palette_of(app))) for placed in names)
            for index in range(len(table))
        ]
        assert sum("scan" in line[0] for line in lines) == 6, "the rows that are alike are there"
        assert len(lines) == len(set(lines)), [line for line in lines if lines.count(line) > 1]
        assert all(len(text) == placed.width for line in lines for text, placed in zip(line, names, strict=True))


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


async def test_the_selected_box_of_the_flame_has_its_name() -> None:
    app, _, _ = stage(Service().run(45))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("3", "down", "down")
        await pilot.pause()
        info = words(app.screen.query_one("#flame-info", StaticLines)._lines[0])
        assert "http.serverHandler.ServeHTTP" in info and "of all" in info


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_help_explains_figures_in_whole_sentences(width: int) -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        figures = app.screen.query_one("#help-figures", Static)
        lines = str(figures.render()).splitlines()
        room = app.screen.query_one("#help").content_size.width
        assert max(map(len, lines)) <= room
        assert "over the runtime's own count of the same span" in " ".join(" ".join(lines).split())


async def test_a_line_of_the_log_that_goes_on_says_so() -> None:
    service = Service()
    app, _, _ = stage(service.run(45))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        lines = app.screen.query_one(LogLines)
        text = "x" * 100
        lines.add([LogLine(lines.last_number + 1, 1, text)])
        lines.action_first()
        lines.action_last()
        lines._top = len(lines) - 1
        shown = "".join(text for text, _ in lines.line(0))
        assert shown.endswith("›") and len(shown) == 60
        lines.action_sideways(len(text))
        assert not "".join(text for text, _ in lines.line(0)).endswith("›")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("compress/flate.NewWriter", "flate.NewWriter:668"),
        ("encoding/json.(*decodeState).object", "json.(*decodeState).object"),
        ("main.(*averylongname).andAMethod", "main.(*averylongname).…:668"),
    ],
)
def test_a_name_that_is_whole_without_its_line_stays_whole(app: MonitorApp, name: str, shown: str) -> None:
    cut = words(function_and_line(name, 668, 27, palette_of(app)))
    assert len(cut) == 27 and cut.rstrip() == shown


@pytest.mark.parametrize("path", [("1", "enter"), ("4", "enter"), ("5", "enter"), ("7", "enter")])
async def test_every_pane_has_rows_in_the_smallest_terminal(path: tuple[str, ...]) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(60, 15)) as pilot:
        for key in path:
            await pilot.press(key)
            await pilot.pause()
        assert app.screen.max_scroll_y == 0, "the header is in sight"
        for table in app.screen.query(LineTable):
            assert table.size.height >= 3 or table.size.height > len(table), table.id


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_a_pause_and_a_filter_are_both_seen(width: int) -> None:
    app, clock, _ = stage(Busy().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("2", "slash", *"pkg:=encoding/json", "enter", "space")
        clock.now += 100
        app.redraw(force=True)
        await pilot.pause()
        said = words(app.main_screen.second_line(width))
        assert "‖" in said and "100 s" in said and "/pkg:=encoding/json" in said and "2 Sites" in said


async def test_whoever_looks_closer_at_what_stands_still_is_told_so() -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("2", "space", "enter")
        await pilot.pause()
        assert "‖ table stands still" in words(app.live_screen.second_line(120))  # type: ignore[union-attr]
        await pilot.press("escape", "5", "enter")
        await pilot.pause()
        assert "‖ table stands still" in words(app.live_screen.second_line(120))  # type: ignore[union-attr]


def order_said(app: MonitorApp, table: LineTable[Any, Any], width: int) -> str:
    """What the rows are ordered by, as it is said above them: over a column, or in the second line."""
    above = [title.strip() for title in words(table.line(0)).split("  ") if "▼" in title or "▲" in title]
    _, by, rest = words(app.screen.second_line(width)).partition("  by ")  # type: ignore[attr-defined]
    end = min((rest.index(arrow) for arrow in "▲▼" if arrow in rest), default=-1)
    said = above + ([rest[: end + 1]] if by else [])
    assert len(said) == 1, said
    return said[0].replace("▼", "").replace("▲", "").strip()


@pytest.mark.parametrize(("width", "filtered"), [(60, False), (60, True), (80, True)])
@pytest.mark.parametrize("view", ["2", "4", "5", "7"])
async def test_what_rows_are_ordered_by_is_always_said(view: str, width: int, filtered: bool) -> None:
    app, _, _ = stage(Busy().run(20))
    async with app.run_test(size=(300, 40)) as pilot:
        await pilot.press(view)
        await pilot.pause()
        shown = app.main_screen.view
        for _ in range(len(getattr(shown, "pages", "1"))):
            if filtered:
                await pilot.press("slash", *"a-filter:of some length", "enter")
            titles = {column.sort: column.title for column in shown.table.visible_columns() if column.sort}  # type: ignore[attr-defined]
            await pilot.resize_terminal(width, 40)
            await pilot.pause()
            for sort, title in titles.items():
                table = shown.table  # type: ignore[attr-defined]
                table.post_message(LineTable.TitleClicked(table, sort))
                await pilot.pause()
                assert order_said(app, table, width) == title
                assert ("/a-filt" in words(app.main_screen.second_line(width))) is filtered
            await pilot.resize_terminal(300, 40)
            await pilot.press("t")
            await pilot.pause()


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_an_order_that_a_group_has_no_column_for_is_said(width: int) -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.press("2")
        sites = app.main_screen.sites
        sites.set_options(replace(sites.options, sort=SiteSort.TYPE))
        for _ in range(6):
            await pilot.pause()
            assert order_said(app, sites.table, width) == "TYPE" == app.main_screen.state("sort")
            assert len(words(app.main_screen.second_line(width))) == width
            await pilot.press("t")
