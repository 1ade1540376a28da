"""The line in which a filter or a search is typed, as every view opens and closes it."""

from __future__ import annotations

from gotop.ui.frame.base_view import FILTER_HINT, view_id
from gotop.ui.widgets.input_bar import InputBar
from tests.ui.looking import screen_text
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (160, 40)


async def test_the_line_has_the_filter_in_force_and_is_opened_once() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        view = app.main_screen.view
        assert view.id == view_id("sites") and view.input_bar is None
        await view.open_filter("json")
        bar = view.input_bar
        assert bar is not None and bar.purpose == "filter"
        await view.open_search("other", "nothing")
        assert len(view.query(InputBar)) == 1 and view.input_bar is bar
        await pilot.pause()
        table = app.main_screen.sites.table
        assert f"{len(table)} of 17" in screen_text(app)


async def test_closed_it_is_removed_and_the_rows_have_the_focus() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "slash", *"json", "enter")
        view = app.main_screen.view
        await pilot.pause()
        assert view.input_bar is None
        assert app.focused is app.main_screen.sites.table
        view.show_input_result("nobody sees it")  # there is no line to say it in
    assert "caller:" in FILTER_HINT
