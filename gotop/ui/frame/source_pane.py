"""The pane with the source of a frame: its line in the middle, highlighted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pygments.lexers.asm import GasLexer
from pygments.lexers.go import GoLexer
from pygments.token import Comment, Keyword, Name, Number, String
from rich.style import Style

from gotop.model.values import Frame
from gotop.source import Home, Source, find
from gotop.ui.colours import Palette, palette_of
from gotop.ui.text import Line, fitted, left, location, spread, tail, width_of_line
from gotop.ui.widgets.lines import Lines

CONTEXT = 60
"""Lines before and after that are looked at by the highlighter: a whole file would take too long."""
_ROLES = (
    (Comment, "dim"), (Keyword, "title"), (String, "good"), (Number, "warn"), (Name.Function, "accent"),
    (Name.Builtin, "kind"),
)  # fmt: skip


@lru_cache(maxsize=64)
def source_of(file: str, home: Home) -> Source:
    """Return the source of a file, which is read once."""
    return find(file, home)


@lru_cache(maxsize=32)
def highlighted(source: Source, line: int) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return lines around a line (the first is 1) as pieces and the palette's roles for them."""
    first = max(1, line - CONTEXT)
    text = "\n".join(source.lines[first - 1 : line + CONTEXT])
    lexer = GasLexer if source.path and source.path.suffix == ".s" else GoLexer
    rows: list[list[tuple[str, str]]] = [[]]
    for kind, value in lexer(stripnl=False, ensurenl=False).get_tokens(text):
        role = next((role for token, role in _ROLES if kind in token), "text")
        for number, piece in enumerate(value.split("\n")):
            if number:
                rows.append([])
            if piece:
                rows[-1].append((piece, role))
    return {first + number: tuple(row) for number, row in enumerate(rows)}


class SourcePane(Lines):
    """Shows one frame. `remarks` stand at the right of their lines: the place for what the compiler says of them."""

    def __init__(self, home: Home) -> None:
        super().__init__(id="source")
        self.home = home
        self.remarks: Mapping[int, str] = {}
        self._frame: Frame | None = None
        self._source = Source(None)

    @property
    def path(self) -> str:
        """Where the source was found, "" if it was not."""
        return str(self._source.path or "")

    def show(self, frame: Frame | None) -> None:
        """Show the source of a frame; None shows nothing."""
        if frame != self._frame:
            self._frame = frame
            self._source = source_of(frame.file, self.home) if frame else Source(None)
            self.refresh()

    def line(self, y: int) -> Line:
        """Return a line: the title, then the source."""
        palette, width = palette_of(self.app), self.size.width
        if self._frame is None:
            return []
        if y == 0:
            return self._title(self._frame, width, palette)
        if self._source.problem:
            return [(" " + left(self._source.problem, width - 2), palette.dim)] if y == 2 else []
        return self._code(self._first(self._frame.line) + y - 1, self._frame.line, width, palette)

    def _title(self, frame: Frame, width: int, palette: Palette) -> Line:
        end: Line = [(f"{self._source.remark} ", palette.warn)] if self._source.remark else []
        shown = tail(f"{self.path}:{frame.line}", max(20, width - width_of_line(end) - 9)).rstrip()
        start: Line = [(" SOURCE ", palette.dim), (shown, palette.accent)]
        return spread(start if self.path else [(" SOURCE ", palette.dim)], end, width, (" ", palette.dim))

    def _first(self, line: int) -> int:
        """Return the first line in sight, so that the one that matters stands in the middle."""
        rows = max(1, self.size.height - 1)
        return max(1, min(line - rows // 2, len(self._source.lines) - rows + 1))

    def _code(self, number: int, here: int, width: int, palette: Palette) -> Line:
        if number > len(self._source.lines):
            return []
        marked = number == here
        line: Line = [(f" {number:>5} ", palette.title if marked else palette.faint)]
        for text, role in highlighted(self._source, here).get(number, ()):
            style: Style = getattr(palette, role)
            line.append((text, style))
        remark = self.remarks.get(number, "")
        if remark:
            room = width - len(remark) - 2
            return [*fitted(line, room), (f"  {remark}", palette.kind)]
        return fitted(line, width, palette.cursor) if marked else line


def file_and_line(frame: Frame, path: str) -> str:
    """Return `file:line` as other programs take it."""
    file = path or frame.file
    return f"{file}:{frame.line}" if frame.line else file or location(frame.file, frame.line, 80)
