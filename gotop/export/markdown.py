"""Tables in Markdown, as GitHub shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gotop.printable import printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#!|~$@])")


def plain(text: str) -> str:
    """Return a text whose characters mean nothing in Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", printable(text)).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "&#64;")


def code(text: str) -> str:
    """Return a name as code, in a cell of a table as well."""
    text = printable(text).replace("|", "\\|")
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}" if text else "–"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int) -> Iterator[str]:
    """Yield a table's lines, the first `right` columns to the right. Cells are Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(['---:'] * right + ['---'] * (len(head) - right))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
