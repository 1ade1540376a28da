"""What the screens have in common that one comes to with Enter: breadcrumbs, panes, the source of a frame."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from gotop.model.queries import Hide
from gotop.model.values import Frame
from gotop.source import Home
from gotop.ui import keys
from gotop.ui.editor import open_editor
from gotop.ui.frame.base_screen import LiveScreen
from gotop.ui.frame.call_tree import Branch, CallTree
from gotop.ui.frame.chrome import windows
from gotop.ui.frame.hiding import next_hide
from gotop.ui.frame.source_pane import SourcePane, file_and_line
from gotop.ui.text import (
    CUT,
    Line,
    Part,
    choose,
    function_parts,
    location,
    spread,
    width_of,
    width_of_line,
)
from gotop.ui.widgets.line_table import LineTable

NARROW, SHORT = 110, 20
"""Columns below which panes lie one below the other, and lines below which these have no room for the source, too."""
PANES_NEED = 12
"""Lines of bars and panes, however short the terminal is: figures above them have the rest."""
CRUMB, PLACE, WINDOW = 28, 40, 7
"""Cells for the name of a screen one came through, for file and line, and for the name of the window alone."""
PLACE_GAP = "  "


class DetailScreen(LiveScreen):
    """A screen with tables, a source pane, and a way back."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.STACKS, *keys.SOURCE_LINE, *keys.PANE]
    PANES: ClassVar[tuple[str, ...]] = ()
    """Ids of the tables. A pane that is alone has the screen in class `only-ID`."""
    site_location: tuple[str, int] | None = None
    """The file and the line that the name does not tell."""

    def __init__(self, function: str, hide: Hide) -> None:
        super().__init__()
        self.function = function
        self.hide = hide

    # The frame one looks at

    @property
    def frame(self) -> Frame | None:
        """The frame whose source is shown."""
        raise NotImplementedError

    def home(self) -> Home:
        """Return where the service's sources may be."""
        target = self.monitor.session.target
        return Home(target.cwd, target.exe, target.go_version) if target else Home()

    @property
    def branch(self) -> Branch | None:
        """The line under the cursor, if a tree has the focus."""
        row = self.focused.cursor_row if isinstance(self.focused, LineTable) else None
        return row if isinstance(row, Branch) else None

    def draw_source(self) -> None:
        """Show the source of the frame."""
        self.query_one(SourcePane).show(self.frame)

    def on_descendant_focus(self) -> None:
        """Show the source of the frame in the pane that has the focus."""
        self.draw_source()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Show the source of the frame under the cursor."""
        self.draw_source()

    def action_copy_place(self) -> None:
        """Copy `file:line` into the clipboard, through the terminal."""
        if self.frame is not None:
            place = file_and_line(self.frame, self.query_one(SourcePane).path)
            self.app.copy_to_clipboard(place)
            self.app.notify(place, title="Copied", timeout=3, markup=False)

    def action_open_editor(self) -> None:
        """Open the source in the user's editor."""
        path = self.query_one(SourcePane).path
        problem = "There is no source here to open." if not path else ""
        if self.frame is not None and path:
            problem = open_editor(self.app, path, self.frame.line)
        if problem:
            self.app.notify(problem, severity="warning", markup=False)
        self.call_after_refresh(self.draw_all)

    # Panes

    def fit_to_size(self) -> None:
        """Lay panes out beside or below each other, as the terminal has room."""
        size = self.app.size
        self.set_class(size.width < NARROW, "narrow")
        self.set_class(size.width < NARROW and size.height < SHORT, "short")

    def action_maximise(self) -> None:
        """Show the pane with the focus, or the source below it, alone; and all again."""
        wanted = self.focused.id if self.focused and self.focused.id in self.PANES else ""
        alone = wanted if not any(self.has_class(f"only-{name}") for name in self.PANES) else ""
        for name in self.PANES:
            self.set_class(name == alone, f"only-{name}")
        self.call_after_refresh(self.draw_all)

    def action_hide(self) -> None:
        """Leave out frames of the runtime, then of the standard library, then none."""
        self.hide = next_hide(self.hide)
        for table in self.query(LineTable):
            table.release()
        self.draw_all()

    def open_branch(self, tree: CallTree) -> None:
        """Open the function under the cursor from both sides, or the sites that allocate a type."""
        row = tree.cursor_row
        if row is None:
            return
        if row.node.type:
            self.monitor.navigation.open_type(row.node.frame.function)
        else:
            self.monitor.navigation.open_function(row.node.frame, self.hide)

    def action_back(self) -> None:
        """Go back to the screen below, where the cursor still is on the same row."""
        self.dismiss()

    # The second line

    @property
    def crumb(self) -> str:
        """The function, without the directories of its package."""
        return "".join(function_parts(self.function.rpartition("/")[2], CRUMB))

    def location_parts(self, room: int) -> list[Part]:
        """Return file and line in at most so many cells, if the file's name fits into them; and what else tells this
        one from others with its name.
        """
        if self.site_location is None or room < self._least_place:
            return []
        text = location(*self.site_location, min(room - len(PLACE_GAP), PLACE))
        return [(1, [(PLACE_GAP + text, self.palette.accent)])]

    @property
    def _least_place(self) -> int:
        file, line = self.site_location or ("", 0)
        return width_of(PLACE_GAP + location(file.rpartition("/")[2], line, PLACE)) if self.site_location else 0

    def figures(self) -> Line:
        """Return what is allocated here, for the second line."""
        return []

    def _start(self, room: int, most: int, spare: int = 0) -> list[Part]:
        """How one came here and where one is. `most`: cells for the name alone; `spare`: those that directories of the
        file leave to something else.
        """
        palette, least = self.palette, self._least_place
        package, rest = self._name_beside(room - least - 1, most)
        name: Line = [(package, palette.dim), (rest, palette.title)]
        left = room - width_of_line(name) - 1
        return [
            (0, [(" ", palette.dim)]),
            *self.crumbs(),
            (0, name),
            *self.location_parts(max(left - spare, min(left, least))),
        ]

    def _name_beside(self, room: int, most: int) -> tuple[str, str]:
        """Return the name beside file and line, to which it gives way with the path's directories, then with the
        package.
        """
        package, rest = function_parts(self.function, min(room, most))
        if not rest.endswith(CUT):
            return package, rest
        bare = CUT + function_parts(self.function, width_of(self.function))[1].lstrip(".")
        return ("", bare) if width_of(bare) <= room else function_parts(self.function, most)

    def second_line(self, width: int) -> Line:
        """Write how one came here, where one is, and the figures."""
        palette, figures = self.palette, self.figures()
        standing: Line = [cell for _, line in self.standstill() for cell in line]
        end: Line
        room = width - width_of_line(standing) - 2
        start = self._start(room, room, WINDOW) if width < NARROW else self._start(room, width // 2)
        if width < NARROW:
            line = choose(start, room)
            left = max(0, room - width_of_line(line) - 1)
            end = [*choose(windows(self.monitor.time.window, palette), left), (" ", palette.dim), *standing]
            return spread(line, end, width, (" ", palette.dim))
        wanted = sum(width_of_line(line) for _, line in start) + width_of_line(figures) + 5
        chosen = choose(windows(self.monitor.time.window, palette), max(WINDOW, room - wanted))
        gap = ("  ", palette.dim)
        end = [*standing, *([gap] if standing else []), *figures, gap, *chosen, (" ", palette.dim)]
        room = width - width_of_line(end) - 2
        return spread(choose(self._start(room, width // 2), room), end, width, (" ", palette.dim))
