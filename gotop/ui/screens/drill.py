"""What the screens have in common that one comes to with Enter: breadcrumbs, panes, the source of a frame."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from gotop.model.values import Frame, Hide
from gotop.source import Home
from gotop.ui import keys
from gotop.ui.editor import open_editor
from gotop.ui.screens.live import LiveScreen
from gotop.ui.screens.source import SourcePane, place_of
from gotop.ui.screens.tree import Branch, CallTree
from gotop.ui.text import Line, Part, choose, function_parts, spread, width_of_line
from gotop.ui.views.bars import windows
from gotop.ui.views.ordering import next_hide
from gotop.ui.widgets.linetable import LineTable

NARROW, SHORT = 110, 20
"""Columns below which panes lie one below the other, and lines below which these have no room for the source, too."""
PANES_NEED = 12
"""Lines of bars and panes, however short the terminal is: figures above them have the rest."""
CRUMB, WINDOW = 28, 7
"""Cells for the name of a screen one came through, and for that of the window alone."""


class DrillScreen(LiveScreen):
    """A screen with tables, a source pane, and a way back."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.STACKS, *keys.SOURCE_LINE, *keys.PANE]
    PANES: ClassVar[tuple[str, ...]] = ()
    """Ids of the tables. A pane that is alone has the screen in class `only-ID`."""

    def __init__(self, function: str, hide: Hide) -> None:
        super().__init__()
        self.function = function
        self.hide = hide

    # The frame one looks at

    @property
    def frame(self) -> Frame | None:
        """The one whose source is shown."""
        raise NotImplementedError

    def home(self) -> Home:
        """Where the service's sources may be."""
        target = self.monitor.session.target
        return Home(target.cwd, target.exe, target.go_version) if target else Home()

    @property
    def branch(self) -> Branch | None:
        """The line under the cursor, if one is in a tree."""
        row = self.focused.cursor_row if isinstance(self.focused, LineTable) else None
        return row if isinstance(row, Branch) else None

    def draw_source(self) -> None:
        """Show the source of the frame."""
        self.query_one(SourcePane).show(self.frame)

    def on_descendant_focus(self) -> None:
        """Another pane: its frame."""
        self.draw_source()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another row: its frame."""
        self.draw_source()

    def action_copy_place(self) -> None:
        """`file:line` into the clipboard, through the terminal."""
        if self.frame is not None:
            place = place_of(self.frame, self.query_one(SourcePane).path)
            self.app.copy_to_clipboard(place)
            self.app.notify(place, title="Copied", timeout=3, markup=False)

    def action_open_editor(self) -> None:
        """The source in the user's editor."""
        path = self.query_one(SourcePane).path
        problem = "There is no source here to open." if not path else ""
        if self.frame is not None and path:
            problem = open_editor(self.app, path, self.frame.line)
        if problem:
            self.app.notify(problem, severity="warning", markup=False)
        self.call_after_refresh(self.draw_all)

    # Panes

    def fit(self) -> None:
        """As it is readable in a terminal of this size."""
        size = self.app.size
        self.set_class(size.width < NARROW, "narrow")
        self.set_class(size.width < NARROW and size.height < SHORT, "short")

    def action_maximise(self) -> None:
        """The pane one is in, or the source below it, alone; and all again."""
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
        """Enter in a tree: a function from both sides; of a type the sites that allocate it."""
        row = tree.cursor_row
        if row is None:
            return
        if row.node.type:
            self.monitor.open_type(row.node.frame.function)
        else:
            self.monitor.open_function(row.node.frame, self.hide)

    def action_back(self) -> None:
        """To where one came from, where the cursor still is on the same row."""
        self.dismiss()

    # The second line

    @property
    def crumb(self) -> str:
        """The function, without the directories of its package."""
        return "".join(function_parts(self.function.rpartition("/")[2], CRUMB))

    def place(self) -> list[Part]:
        """What tells this one from others with its name."""
        return []

    def figures(self) -> Line:
        """What is allocated here."""
        return []

    def second_line(self, width: int) -> Line:
        """Where one is and how one came here, and the figures."""
        palette, figures = self.palette, self.figures()
        standing: Line = [cell for _, line in self.standing() for cell in line]
        end: Line
        room = width - width_of_line(standing) - 2
        package, rest = function_parts(self.function, room if width < NARROW else width // 2)
        start: list[Part] = [
            (0, [(" ", palette.dim)]),
            *self.crumbs(),
            (0, [(package, palette.dim), (rest, palette.title)]),
            *self.place(),
        ]
        if width < NARROW:
            line = choose(start, room)
            left = max(0, room - width_of_line(line) - 1)
            end = [*choose(windows(self.monitor.window, palette), left), (" ", palette.dim), *standing]
            return spread(line, end, width, (" ", palette.dim))
        wanted = sum(width_of_line(line) for _, line in start) + width_of_line(figures) + 5
        chosen = choose(windows(self.monitor.window, palette), max(WINDOW, room - wanted))
        gap = ("  ", palette.dim)
        end = [*standing, *([gap] if standing else []), *figures, gap, *chosen, (" ", palette.dim)]
        return spread(choose(start, width - width_of_line(end) - 2), end, width, (" ", palette.dim))
