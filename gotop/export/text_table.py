"""Tables of a text report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gotop.printable import printable

MOST = 48
"""Characters of a column that every row has room for: a struct's type can have hundreds."""


def place_text(function: str, file: str, line: int) -> str:
    """Return a place in the source as `function  file:line`, without what is not known of it."""
    place = f"{file}:{line}" if file and line else file
    return "  ".join(filter(None, (function or "–", place)))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int) -> Iterator[str]:
    """Aligned columns, the first `right` to the right; the last column is as long as it is. A text longer than `MOST`
    moves what follows in its row, and no other row.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = zip(head, *rows, strict=True)
    widths = [max(min(len(cell), MOST) for cell in column) for column in columns]
    for cells in (head, *rows):
        padded = [
            cell.rjust(width) if number < right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()
