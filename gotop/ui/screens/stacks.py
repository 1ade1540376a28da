"""A site from within: its stacks, every frame of one of them, and the callers that lead there."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from gotop import units
from gotop.model.values import Frame, SiteKey, SiteRow, Sort, StackQuery, StackRow, Window
from gotop.source import Home
from gotop.ui import keys
from gotop.ui.editor import open_editor
from gotop.ui.screens.frames import (
    FRAME_COLUMNS,
    STACK_COLUMNS,
    TREE_COLUMNS,
    NumberedFrame,
    Stack,
    is_site,
    told_apart,
)
from gotop.ui.screens.live import LiveScreen
from gotop.ui.screens.source import SourcePane, place_of
from gotop.ui.screens.tree import Branch, Folding, Path, flatten
from gotop.ui.text import Line, choose, function_parts, location, spread
from gotop.ui.views.bars import windows
from gotop.ui.widgets.linetable import LineTable
from gotop.ui.widgets.rows import ListRows

NARROW = 110


class CallerTree(LineTable[Path, Branch]):
    """The table with the tree in it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.TREE]

    def action_expand(self, unfold: bool) -> None:
        """Unfold or fold the branch under the cursor."""
        screen = self.screen
        if isinstance(screen, StacksScreen) and self.cursor_row is not None:
            screen.fold(self.cursor_row, unfold)


class StacksScreen(LiveScreen):
    """Stacks at the left, callers below them, frames at the right; one below the other where it is narrow."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.STACKS, *keys.SOURCE_LINE]

    def __init__(self, key: SiteKey) -> None:
        super().__init__()
        self.key = key
        self._folding = Folding()
        self._stacks: tuple[StackRow, ...] = ()

    def compose_body(self) -> ComposeResult:
        """Three tables."""
        clock = self.monitor.clock
        with Horizontal(id="stack-panes"):
            with Vertical(id="left-pane"):
                yield LineTable[int, Stack](STACK_COLUMNS, clock, id="stacks")
                yield CallerTree(TREE_COLUMNS, clock, id="callers", marks_idle=False)
            with Vertical(id="right-pane"):
                yield LineTable[int, NumberedFrame](FRAME_COLUMNS, clock, id="frames", holds=False, opens=False)
                yield SourcePane(self._home())

    def draw_body(self) -> None:
        """The site's stacks as they are now; they stand still with the table they came from."""
        self.set_class(self.app.size.width < NARROW, "narrow")
        window = self.monitor.window
        sort = Sort.BYTES if window is Window.TOTAL else Sort.BYTES_PER_S
        self._stacks = self.monitor.moment.stacks(self.key, StackQuery(sort, window=window))
        self._draw_tree()
        table = self.query_one("#stacks", LineTable)
        table.styles.max_height = len(self._stacks) + 1
        table.show(ListRows[int, Stack](told_apart(self._stacks, self.key), lambda stack: stack.row.id))
        self._draw_frames()

    def _draw_tree(self) -> None:
        branches = flatten(self.monitor.moment.callers(self.key), self._folding)
        self.query_one(CallerTree).show(ListRows[Path, Branch](branches, lambda row: row.path))

    def _draw_frames(self) -> None:
        stack = self.query_one("#stacks", LineTable).cursor_row
        frames = self._numbered(stack.row) if isinstance(stack, Stack) else []
        self.query_one("#frames", LineTable).show(ListRows[int, NumberedFrame](frames, lambda row: row.number))

        self._draw_source()

    def _home(self) -> Home:
        target = self.monitor.session.target
        return Home(target.cwd, target.exe, target.go_version) if target else Home()

    @property
    def frame(self) -> Frame | None:
        """The frame one looks at: under the cursor of the pane one is in; in the stacks, the site."""
        focused = self.focused
        row = focused.cursor_row if isinstance(focused, LineTable) else None
        if isinstance(row, Branch):
            return row.node.frame
        frames = self.query_one("#frames", LineTable)
        if frames.pinned and isinstance(frames.cursor_row, NumberedFrame):
            return frames.cursor_row.frame
        return Frame(self.key.function, self.key.file, self.key.line, False)

    def _draw_source(self) -> None:
        self.query_one(SourcePane).show(self.frame)

    def on_descendant_focus(self) -> None:
        """Another pane: its frame."""
        self._draw_source()

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

    def action_maximise(self) -> None:
        """The pane one is in, or the source below it, alone; and all again."""
        names = {"stacks": "only-stacks", "callers": "only-callers", "frames": "only-frames"}
        wanted = names.get(self.focused.id or "" if self.focused else "", "")
        alone = wanted if not any(self.has_class(name) for name in names.values()) else ""
        for name in names.values():
            self.set_class(name == alone, name)
        self.call_after_refresh(self.draw_all)

    def _numbered(self, stack: StackRow) -> list[NumberedFrame]:
        return [NumberedFrame(number, frame, is_site(frame, self.key)) for number, frame in enumerate(stack.frames)]

    def fold(self, branch: Branch, unfold: bool) -> None:
        """Unfold or fold; folding what is folded already goes to the branch it hangs from."""
        tree = self.query_one(CallerTree)
        if not unfold and not branch.unfolded and len(branch.path) > 1:
            tree.move_to_key(branch.path[:-1])
        else:
            self._folding.set(branch.path, unfold)
        tree.release()
        self._draw_tree()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another stack: its frames."""
        if event.table.id == "stacks":
            self._draw_frames()
        self._draw_source()

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Enter in the tree folds and unfolds; on a stack it leads to the frames."""
        event.stop()
        row = event.table.cursor_row
        if isinstance(row, Branch):
            self.fold(row, not row.unfolded)
        elif isinstance(row, Stack):
            self.query_one("#frames").focus()

    def action_back(self) -> None:
        """To the table, where the cursor still is on this site."""
        self.dismiss()

    def second_line(self, width: int) -> Line:
        """Where one is, and the site's figures."""
        palette = self.palette
        chosen = choose(windows(self.monitor.window, palette), width)
        end = [*self._figures(), ("  ", palette.dim), *chosen, (" ", palette.dim)]
        package, rest = function_parts(self.key.function, max(20, width // 2))
        start = choose(
            [
                (0, [(" ", palette.dim)]),
                (3, [("Sites › ", palette.dim)]),
                (0, [(package, palette.dim), (rest, palette.title)]),
                (1, [("  " + location(self.key.file, self.key.line, 40), palette.accent)]),
                (2, [("  " + self.key.type, palette.kind)] if self.key.type else []),
            ],
            width - sum(len(text) for text, _ in end) - 2 if width >= NARROW else width - 1,
        )
        return spread(start, end if width >= NARROW else [], width, (" ", palette.dim))

    def _figures(self) -> Line:
        palette, row = self.palette, self._site()
        if row is None:
            return []
        figures = units.size_rate(row.bytes_per_s), units.count_rate(row.allocs_per_s), units.percent(row.share)
        return [("  ".join(units.about(figure, row.estimated) for figure in figures), palette.text)]

    def _site(self) -> SiteRow | None:
        return self.monitor.moment.site(self.key, self.monitor.window)
