"""`--memory`: how much memory gotop may take in all, and who gets how much of it.

Tables and agent take what stacks there are, and so does the viewer. What they take in any case, some 130 MB together,
comes first; of the rest the viewer gets two fifths, tables and agent three (`hookagent/tables_room.go` divides these).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gotop import units
from gotop.config import MEMORY

if TYPE_CHECKING:
    from gotop.model.counts.room import Room

LEAST = 160_000_000
VIEWER_TAKES, AGENT_TAKES = 110_000_000, 20_000_000
"""What viewer and agent take before there are stacks."""
SHARE, MOST = 8, 2_000_000_000
"""By itself, gotop takes an eighth of what the machine or the memory cgroup has, and no more than this."""
OF_TIMELINE, OF_TREES, OF_STACKS = 0.25, 0.15, 0.6
"""Parts of the viewer's room. There may be two trees at a time: a flame graph's, and that of a site's callers."""
NODE = 2 * 400
"""Bytes of a node in both."""
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


MOST_GIVEN = 1 << 50


class MemoryParam(click.ParamType[int]):
    """`300M`, `1.5G`: bytes, as many as gotop needs at least."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse it and check its range."""
        size = _bytes_of(str(value))
        if size is None:
            self.fail(f"{value!r} is not an amount of memory. Write it like 300M or 1.5G.", param, ctx)
        if not LEAST <= size <= MOST_GIVEN:
            self.fail(f"{value!r} is out of range: from {LEAST // 10**6}MB, which gotop takes in any case.", param, ctx)
        return size


def _bytes_of(text: str) -> int | None:
    match = MEMORY.fullmatch(text.strip())
    return int(float(match[1]) * _UNITS[match[2].upper()]) if match else None


def configured_memory(text: str) -> int | None:
    """The amount that the configuration names, None where it names none: the nearest one that there can be."""
    size = _bytes_of(text)
    return None if size is None else max(LEAST, min(size, MOST_GIVEN))


def default_memory(root: Path = Path("/")) -> int:
    """What gotop may take where nobody has said: a share of what the machine and its memory cgroups have, in bytes."""
    return max(LEAST, min(MOST, *(limit // SHARE for limit in _limits(root))))


def agent_share(memory: int) -> int:
    """What tables and agent may take together, in bytes."""
    return memory - VIEWER_TAKES - (memory - VIEWER_TAKES - AGENT_TAKES) * 2 // 5


def viewer_room(memory: int | None, with_agent: bool = True) -> Room:
    """What the viewer may keep; None: nobody has said. `with_agent`: tables and agent were given their part, too."""
    from gotop.model.counts.room import Room  # not needed for --help

    whole = default_memory() if memory is None else memory
    spare, usual = (whole - VIEWER_TAKES - AGENT_TAKES) * 2 // 5, Room()
    others = f"tables and agent {units.size(agent_share(whole))}, " if with_agent else ""
    text = f"{others}this viewer {units.size(VIEWER_TAKES + spare)} of {units.size(whole)} (--memory)"
    return Room(
        min(usual.timeline, int(spare * OF_TIMELINE)),
        int(spare * OF_STACKS),
        min(usual.nodes, int(spare * OF_TREES) // NODE),
        text if memory is not None else "",
    )


def _limits(root: Path) -> Iterator[int]:
    """What there is, as far as it can be read: of the machine, and of each memory cgroup that this process is in."""
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemTotal:"):
            yield int(line.split()[1]) << 10
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory") and "memory" not in controllers.split(","):
            continue
        base, file = ("sys/fs/cgroup/memory", "limit_in_bytes") if controllers else ("sys/fs/cgroup", "max")
        inner = root / base / path.lstrip("/")
        for directory in (inner, *inner.parents):
            if not directory.is_relative_to(root / base):
                break
            yield from (int(text) for text in _lines(directory / f"memory.{file}") if text.isdigit() and int(text))
    yield MOST * SHARE


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
