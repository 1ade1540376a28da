"""The ways between screens: what is opened over the main screen, and back."""

from __future__ import annotations

from typing import Any

from textual.app import App

from gotop.model.queries import Hide
from gotop.model.values import Frame, SiteKey
from gotop.ui.main_screen import MainScreen


class Navigation:
    """Opens screens of an app. They are imported when they are opened: the first frame does not need them.

    Implements `gotop.ui.monitor.Navigation`.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    @property
    def main_screen(self) -> MainScreen:
        """The screen with the views."""
        return next(screen for screen in self._app.screen_stack if isinstance(screen, MainScreen))

    async def pop_screens(self, depth: int) -> None:
        """Go back to the screen that lies so deep, the main one being 1."""
        while len(self._app.screen_stack) > depth:
            await self._app.pop_screen()

    async def show_view(self, name: str) -> None:
        """Show a view of the main screen."""
        await self.pop_screens(1)
        await self.main_screen.show_view(name)

    def open_site(self, key: SiteKey, hide: Hide | None = None) -> None:
        """Show a site's stacks, without the frames that `hide` or, by default, the table of sites hides."""
        from gotop.ui.stacks.stacks_screen import StacksScreen

        self._app.push_screen(StacksScreen(key, self.main_screen.sites.options.hide if hide is None else hide))

    def open_function(self, frame: Frame, hide: Hide) -> None:
        """Show who calls a function and what it calls."""
        from gotop.ui.stacks.function_screen import FunctionScreen

        self._app.push_screen(FunctionScreen(frame, hide))

    def open_type(self, name: str) -> None:
        """Show the sites that allocate a type: on a screen of their own, so that Sites stays as it was left."""
        from gotop.ui.sites.type_screen import TypeScreen

        self._app.push_screen(TypeScreen(name))
