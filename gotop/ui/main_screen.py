"""The main screen: one view at a time, chosen by its number."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from gotop.model.queries import ATTRIBUTED
from gotop.ui.frame import chrome
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.base_view import View
from gotop.ui.sites.view import Sites
from gotop.ui.text import Line


class MainScreen(LiveScreen):
    """Views are made when they are first looked at."""

    current = "overview"
    _last_sites = "overview"

    def compose_body(self) -> ComposeResult:
        """The first view; the others come when they are asked for."""
        with Container(id="body"):
            yield Sites("overview")

    @property
    def crumb(self) -> str:
        """The view."""
        return dict(chrome.VIEWS)[self.current]

    @property
    def sites(self) -> Sites:
        """The call sites that are shown, or were shown last."""
        return self.query_one(f"#{self._view_id(self._last_sites)}", Sites)

    @property
    def attributing(self) -> bool:
        """Whether rows are shown, or were before another screen was laid over them, of who allocates."""
        return self.current in ("overview", "sites") and self.sites.look.group in ATTRIBUTED

    @property
    def view(self) -> View:
        """The view that is shown."""
        return self.query_one(f"#{self._view_id(self.current)}", View)

    async def show_view(self, name: str) -> None:
        """Show another view. It has the focus when this returns, so that the next key is its own."""
        if not self.query(f"#{self._view_id(name)}"):
            await self.get_child_by_id("body").mount(_make(name))
        self.current = name
        if name in ("overview", "sites"):
            self._last_sites = name
        for view in self.query(View):
            view.display = view.id == self._view_id(name)
        self._focus_view()
        self.draw_body()  # the next key may come before the next frame, and is for the rows
        await self.monitor.look_at_goroutines(self.view.wants_goroutines)
        self.call_after_refresh(self.draw_all)

    def state(self, action: str) -> str:
        """What the view says of it."""
        return self.view.state(action) if self.view.is_mounted else ""

    def action_page(self, name: str) -> None:
        """A click on a page's title."""
        self.view.turn_to_page(name)

    def _focus_view(self) -> None:
        focusable: list[Widget] = [widget for widget in self.view.query("*") if widget.focusable and widget.display]
        if focusable:
            self.set_focus(focusable[0])

    def draw_body(self) -> None:
        """The view that is shown."""
        view = self.view
        if view.is_mounted:
            view.draw()

    def second_line(self, width: int) -> Line:
        """The tabs, and what the view says of itself."""
        note = self.view.note() if self.view.is_mounted else []
        return chrome.tabs(self.current, self.monitor.view_keys, [*self.standing(), *note], width, self.palette)

    @staticmethod
    def _view_id(name: str) -> str:
        return f"view-{name}"


def _make(name: str) -> View:
    """Imported only now: the first frame does not need them."""
    if name == "sites":
        return Sites("sites")
    if name == "goroutines":
        from gotop.ui.goroutines.view import GoroutinesView

        return GoroutinesView()
    if name == "flame":
        from gotop.ui.flame.view import FlameView

        return FlameView()
    if name == "gc":
        from gotop.ui.gc.view import GcView

        return GcView()
    if name == "sizes":
        from gotop.ui.sizes.view import SizesView

        return SizesView()
    from gotop.ui.log.view import LogView

    return LogView()
