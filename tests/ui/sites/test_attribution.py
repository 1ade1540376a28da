"""Who allocates, on the screen: rows, the way down, and that it is asked for only while somebody looks."""

from __future__ import annotations

from gotop.model.queries import GroupBy
from gotop.ui.app import MonitorApp
from gotop.ui.feed import Abilities
from tests.ui.attributed import attribution
from tests.ui.looking import cursor_group, site_rows, site_table
from tests.ui.sites.test_view import SIZE, tabs
from tests.ui.stage import stage
from tests.ui.synthetic import Service

GO = 0x10_0000


def asked(feed: object) -> list[object]:
    return [value for call, value in feed.calls if call == "attribution"]  # type: ignore[attr-defined]


def fed(app: MonitorApp, seconds: int = 30) -> None:
    for message in attribution(seconds):
        app.session.apply(message)
    app.redraw(force=True)


async def test_it_is_asked_for_while_it_is_looked_at() -> None:
    app, _, feed = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T", "T")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True] and app.main_screen.sites.options.group is GroupBy.LABELS
        await pilot.press("t")
        app.redraw()
        await pilot.press("5")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True, False]
        await pilot.press("2")
        app.redraw()
        await pilot.press("t")
        app.redraw()
        await pilot.pause()
        assert asked(feed) == [True, False, True, False]


async def test_a_moment_before_it_was_counted_does_not_promise_it() -> None:
    app, _, _ = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "space", "T")
        fed(app)
        await pilot.pause()
        assert "not counted yet" in site_table(app).empty[0][0][0]
        await pilot.press("space")
        assert len(site_rows(app)) == 2


async def test_rows_and_the_way_down_and_up() -> None:
    app, _, _ = stage(Service().run(30))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T", "T")
        app.redraw()
        await pilot.pause()
        assert "begins" in site_table(app).empty[0][0][0]
        fed(app)
        await pilot.pause()
        assert [row.key.name for row in site_rows(app)] == ["path=/orders user=7", "(no labels)", "path=/stock"]
        assert "3 sets of labels" in tabs(app)
        await pilot.press("down", "enter")
        assert [row.key.function for row in site_rows(app)][1] == "(the runtime itself)" and "2 of 2 creators" in tabs(
            app
        )
        await pilot.press("enter")
        assert "2 of 2 creators" in tabs(app)
        await pilot.press("escape")
        assert "3 sets of labels" in tabs(app) and cursor_group(app).name == "(no labels)"
        await pilot.press("slash", *"label:orders", "enter")
        assert [row.key.name for row in site_rows(app)] == ["path=/orders user=7"]


async def test_a_recording_without_it_says_so() -> None:
    app, _, _ = stage(Service().run(10), Abilities(live=False, replay=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "T")
        app.redraw()
        await pilot.pause()
        assert "not counted" in site_table(app).empty[0][0][0]
