"""The sites that allocate a type."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop.model.sites.filter_query import exact_term
from gotop.ui import keys
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.detail_screen import CRUMB
from gotop.ui.sites.view import SitesView
from gotop.ui.text import Line, choose, spread, type_name, width_of_line


class TypeScreen(LiveScreen):
    """A view of sites, with all of its keys. Where it has nothing for Esc to undo, Esc leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.type = name

    def compose_body(self) -> ComposeResult:
        """Compose the view of the sites."""
        yield SitesView("type", scope=exact_term("type", self.type))

    @property
    def sites(self) -> SitesView:
        """The view of the sites."""
        return self.query_one(SitesView)

    @property
    def crumb(self) -> str:
        """The type, without the directories of its packages."""
        return type_name(self.type, CRUMB)

    def draw_body(self) -> None:
        """Draw the sites as they are now."""
        if self.sites.is_mounted:
            self.sites.draw()

    def state(self, action: str) -> str:
        """Return the state of what an action of the view changes."""
        return self.sites.state(action)

    def second_line(self, width: int) -> Line:
        """Write how one came here, where one is, and the state of the view."""
        palette = self.palette
        name: Line = [(type_name(self.type, width // 2), palette.kind)]
        note = [*self.standstill(), *(self.sites.note() if self.sites.is_mounted else [])]
        end = [*choose(note, width - width_of_line(name) - 3), (" ", palette.dim)]
        start = choose([*self.crumbs(), (0, name)], width - width_of_line(end) - 2)
        return spread([(" ", palette.dim), *start], end, width, (" ", palette.dim))

    def action_back(self) -> None:
        """Go back to the tree below."""
        self.dismiss()
