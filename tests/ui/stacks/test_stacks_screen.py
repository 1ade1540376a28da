"""The stacks of a site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gotop.agent.protocol import SITE_SAMPLE, SITES_SAMPLED, Message, Stacks
from gotop.model.counts.stack_store import NOT_SAMPLED
from gotop.model.queries import Hide, SiteQuery, SiteSort
from gotop.model.symbols.packages import conceals
from gotop.ui import incremental_build
from gotop.ui.app import MonitorApp
from gotop.ui.frame.call_tree import CallTree
from gotop.ui.incremental_build import AT_ONCE
from gotop.ui.screenshot import ScreenCapture
from gotop.ui.stacks.stacks_screen import StacksScreen
from gotop.ui.text import Line
from gotop.ui.widgets.line_table import LineTable
from tests.model.runtime.recorded import FUNCTIONS, MAIN, SERVE, TYPES, T
from tests.model.runtime.recorded import MALLOC as MALLOC_PC
from tests.streams import hello, names, stack, tick
from tests.ui import recorded
from tests.ui.busy import Busy
from tests.ui.looking import drawn_cells, table_rows
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage
from tests.ui.synthetic import HANDLE, MALLOC, Service


@pytest.mark.parametrize("size", [(160, 30), (300, 70)], ids=lambda size: f"{size[0]}")
def test_stacks(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Service().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("down", "down", "down", "down", "enter"))


SIZE = (160, 40)


TO_ORDERS = ("slash", *"func:scan", "enter")


async def test_x_hides_frames_and_says_how_many() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*TO_ORDERS, "enter")
        await pilot.pause()
        every = table_rows(app, "#frames")
        await pilot.press("x", "x")
        await pilot.pause()
        left = table_rows(app, "#frames")
        hidden = [row.frame for row in every if conceals(Hide.STANDARD, row.frame)]
        assert hidden and len(left) == len(every) - len(hidden)
        frames = app.screen.query_one("#frames", LineTable)
        assert f"{len(hidden)} of {len(every)} hidden" in frames.columns[0].title
        assert not any(conceals(Hide.STANDARD, row.node.frame) for row in table_rows(app, "#callers"))
        assert left[0].gap  # the allocator stood before the site
        await pilot.press("x")
        await pilot.pause()
        assert table_rows(app, "#frames") == every


async def test_trees_are_of_the_window_that_the_stacks_are_of_and_say_which() -> None:
    app, _, _ = stage(Service().run(40))
    async with app.run_test(size=(240, 40)) as pilot:
        await pilot.press("slash", *"object", "enter", "enter")
        await pilot.pause()
        seen = []
        for window, title in (("10 s", "BYTES/S"), ("60 s", "BYTES/S"), ("total", "BYTES"), ("now", "BYTES/S")):
            stacks, tree = app.screen.query_one("#stacks", LineTable), app.screen.query_one(CallTree)
            titles = {column.name: column.title for column in tree.visible_columns()}
            assert titles["name"] == f"CALLED BY, {window}" and titles["bytes"] == title
            shares, ways = drawn_cells(stacks, "share"), drawn_cells(tree, "share")
            assert len(shares) == 2 and set(shares) < set(ways)
            assert set(drawn_cells(stacks, "bytes" if window == "total" else "bytes_per_s")) < set(
                drawn_cells(tree, "bytes")
            )
            seen.append(shares)
            await pilot.press("w")
            await pilot.pause()
        assert seen[0] != seen[2] != seen[3]


async def test_of_a_site_whose_stacks_are_sampled_the_split_is_an_estimate_and_the_site_is_none() -> None:
    site, caller = (MALLOC_PC, SERVE), (MALLOC_PC, SERVE, MAIN)
    stacks = Stacks((
        stack(0, *site, type=T, cut=True), stack(1, *caller, kind=SITE_SAMPLE, type=T),
        stack(2, MALLOC_PC, MAIN, cut=True),
    ))  # fmt: skip
    ticks = tick(1, {0: (5, 80, 0)}), tick(2, {0: (10, 160, 0), 1: (1, 16, 0)}, seq=2)
    app, _, _ = stage([hello(mode=SITES_SAMPLED, rate=1000), names(FUNCTIONS, TYPES), stacks, *ticks])
    async with app.run_test(size=SIZE) as pilot:
        assert "sites+sampled" in ScreenCapture(app).text()
        assert "≈" not in ScreenCapture(app).text(), "figures of sites are exact"
        await pilot.press("enter")
        await pilot.pause()
        table = app.screen.query_one("#stacks", LineTable)
        assert drawn_cells(table, "share") == ["≈66.7 %", "33.3 %"]
        assert NOT_SAMPLED in ScreenCapture(app).text()
        await pilot.press("escape", "3")
        await pilot.pause()
        assert NOT_SAMPLED in ScreenCapture(app).text()


async def test_hiding_goes_along_from_the_sites() -> None:
    app, _, _ = stage(Service().run(20))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("x", "x", "enter")
        await pilot.pause()
        assert isinstance(app.screen, StacksScreen) and app.screen.hide is Hide.STANDARD


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.fixture(scope="module")
def app() -> MonitorApp:
    return stage(Service().run(5))[0]


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


SITES = 3 * AT_ONCE


async def test_who_calls_a_site_of_many_stacks_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental_build, "SLICE_S", 0)
    app, _, _ = stage(many_stacks(SITES))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2", "enter")
        screen = app.screen
        assert isinstance(screen, StacksScreen)
        while (progress := app.session.now.read_callers(screen.key, Hide.NOTHING, 0))[0] < SITES:
            assert progress[1] == SITES
            await pilot.pause()
        await pilot.pause()
        assert "CALLED BY" in ScreenCapture(app).text()
        tree = screen.query_one("#callers", CallTree)
        assert tree.cursor_row is not None and tree.cursor_row.node.allocs == SITES


def many_stacks(count: int) -> Iterator[Message]:
    """One site that is called from as many places."""
    yield hello()
    yield names(["runtime.mallocgc", "main.site", *[f"main.f{number}" for number in range(count)]])
    yield Stacks(tuple(stack(number, 1, 2, 3 + number) for number in range(count)))
    yield tick(1, dict.fromkeys(range(count), (1, 16, 0)))
