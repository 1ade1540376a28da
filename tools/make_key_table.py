"""Write the table of keys in docs/keys.md, from the bindings: `python -m tools.make_key_table`.

A test (tests/ui/test_keys.py) says when it has to be run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from textual.binding import Binding
from textual.keys import format_key

from gotop.ui.views import key_groups

PAGE = Path(__file__).parent.parent / "docs" / "keys.md"
BEGIN, END = "<!-- keys: made by tools/make_key_table.py -->\n", "<!-- end of keys -->\n"


def shown(binding: Binding) -> str:
    """A binding's keys as they stand on a keyboard."""
    if binding.key_display:
        return f"`{binding.key_display}`"
    return " ".join(f"`{written(key)}`" for key in binding.key.split(","))


def written(key: str) -> str:
    """A character as itself, other keys by their names."""
    character = format_key(key)
    return character if len(character) == 1 and character.isascii() else key


def table() -> str:
    """The whole of it. Keys with the same meaning stand on one line."""
    lines = ["| key | | id |", "|---|---|---|"]
    for title, bindings in chain(*key_groups()):
        lines.append(f"| **{title}** | | |")
        lines += rows(bindings)
    return "\n".join(lines) + "\n"


def rows(bindings: Iterable[Binding]) -> list[str]:
    """One line a binding."""
    return [f"| {shown(binding)} | {binding.description} | `{binding.id}` |" for binding in bindings]


def main() -> None:
    """Replace what stands between the two marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + table() + END + after)


if __name__ == "__main__":
    main()
