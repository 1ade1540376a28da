"""The main screen: one view at a time, chosen by its key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from gotop.model.queries import ATTRIBUTED
from gotop.ui import views
from gotop.ui.frame import chrome
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.base_view import View, view_id
from gotop.ui.frame.view_spec import ViewSpec
from gotop.ui.sites.view import SitesView
from gotop.ui.text import Line


class MainScreen(LiveScreen):
    """Views are made when they are first looked at. `current`: the name of the one that is shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.current = self._last_sites = views.VIEWS[0].name

    def compose_body(self) -> ComposeResult:
        """Compose the first view; the others come when they are asked for."""
        with Container(id="body"):
            yield self.spec.make()

    @property
    def spec(self) -> ViewSpec:
        """The view that is shown, as it is registered."""
        return self._spec(self.current)

    @property
    def crumb(self) -> str:
        """The view's title."""
        return self.spec.title

    @property
    def sites(self) -> SitesView:
        """The call sites that are shown, or were shown last."""
        return self.query_one(f"#{view_id(self._last_sites)}", SitesView)

    @property
    def attributing(self) -> bool:
        """Whether rows are shown, or were before another screen was laid over them, of who allocates."""
        return self.current == self._last_sites and self.sites.options.group in ATTRIBUTED

    @property
    def view(self) -> View:
        """The view that is shown."""
        return self.query_one(f"#{view_id(self.current)}", View)

    async def show_view(self, name: str) -> None:
        """Show another view. It has the focus when this returns, so that the next key is its own."""
        if not self.query(f"#{view_id(name)}"):
            await self.get_child_by_id("body").mount(self._spec(name).make())
        self.current = name
        if isinstance(self.view, SitesView):
            self._last_sites = name
        for view in self.query(View):
            view.display = view.id == view_id(name)
        self._focus_view()
        self.draw_body()  # the next key may come before the next frame, and is for the rows
        await self.monitor.on_demand_readings.want_goroutines(self.view.wants_goroutines)
        self.call_after_refresh(self.draw_all)

    def state(self, action: str) -> str:
        """Return the state of what an action of the view changes."""
        return self.view.state(action) if self.view.is_mounted else ""

    def action_page(self, name: str) -> None:
        """Show the page whose title was clicked."""
        self.view.turn_to_page(name)

    def _focus_view(self) -> None:
        focusable: list[Widget] = [widget for widget in self.view.query("*") if widget.focusable and widget.display]
        if focusable:
            self.set_focus(focusable[0])

    def draw_body(self) -> None:
        """Draw the view that is shown."""
        view = self.view
        if view.is_mounted:
            view.draw()

    def second_line(self, width: int) -> Line:
        """Return the tabs, and what the view says of itself."""
        note = [*self.standstill(), *(self.view.note() if self.view.is_mounted else [])]
        return chrome.tabs(views.VIEWS, self.current, self.monitor.view_keys, note, width, self.palette)

    @staticmethod
    def _spec(name: str) -> ViewSpec:
        return next(spec for spec in views.VIEWS if spec.name == name)
