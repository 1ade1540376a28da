"""The ways between screens: what opens over the main screen, and what is hidden there."""

from __future__ import annotations

from gotop.model.queries import Hide
from gotop.model.values import Frame
from gotop.ui.sites.type_screen import TypeScreen
from gotop.ui.stacks.function_screen import FunctionScreen
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.ui.looking import site_rows
from tests.ui.stage import stage
from tests.ui.synthetic import Service


async def test_each_subject_opens_its_screen_and_pop_leads_back() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test() as pilot:
        await pilot.press("2")
        key = site_rows(app)[0].key
        app.navigation.open_type("main.Order")
        await pilot.pause()
        assert isinstance(app.screen, TypeScreen)
        app.navigation.open_function(Frame("main.(*store).list", "store.go", 97, False), Hide.RUNTIME)
        await pilot.pause()
        assert isinstance(app.screen, FunctionScreen)
        await app.navigation.pop_screens(2)
        assert isinstance(app.screen, TypeScreen)
        await app.navigation.show_view("gc")
        assert app.screen is app.navigation.main_screen and app.main_screen.current == "gc"
        assert key


async def test_a_sites_frames_are_hidden_as_the_table_hides_them_unless_said_otherwise() -> None:
    app, _, _ = stage(Service().run(5))
    async with app.run_test() as pilot:
        await pilot.press("2", "x")
        assert app.main_screen.sites.options.hide is Hide.RUNTIME
        key = app.main_screen.sites.table.cursor_key or site_rows(app)[0].key
        for asked, hidden in ((None, Hide.RUNTIME), (Hide.STANDARD, Hide.STANDARD)):
            app.navigation.open_site(key, asked)  # type: ignore[arg-type]
            await pilot.pause()
            assert isinstance(app.screen, StacksScreen) and app.screen.hide is hidden
            await app.navigation.pop_screens(1)
