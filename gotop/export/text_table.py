"""Tables of a text report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gotop.printable import printable


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int) -> Iterator[str]:
    """Aligned columns, the first `right` to the right; the last column is as long as it is."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for cells in (head, *rows):
        padded = [
            cell.rjust(width) if number < right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()
