"""The `ps` command."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from gotop import units
from gotop.agent.containers import SHOWN, Container, container_of
from gotop.agent.permission import NO_PROC
from gotop.agent.processes import GoProcess, go_processes
from gotop.agent.session_store import sessions_being_left
from gotop.cli import output
from gotop.printable import printable

HEADINGS = ("PID", "USER", "GO", "RSS", "UP", "CONTAINER", "MONITORED AT", "EXECUTABLE", "ARGUMENTS")
BRIEF_HEADINGS = (*HEADINGS[:6], "MONITORED", "COMMAND")
LONGEST = 80
"""Characters of a process's arguments that are shown."""
_RIGHT = {"PID", "RSS", "UP"}


@click.command("ps")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(as_json: bool) -> int:
    """List the running Go programs that gotop can attach to.

    Those of yours, or as root everybody's: process, Go version, memory, how long it has been running, the socket
    where it is monitored already, program and arguments; where there is one, the container it runs in. `gotop attach
    PID` joins either kind. "Being left": its last viewer has gone, but gotop could not take its hooks out yet; why is
    said below the table.
    """
    if not Path("/proc/self").exists():
        output.say(NO_PROC)
        return 1
    processes = go_processes()
    if as_json:
        output.write_json({"schema": 1, "processes": [_document(process) for process in processes]})
    elif processes:
        output.write_lines(map(output.cut_to_terminal, lines(processes, output.terminal_width())))
    else:
        output.say(_none_text())
    if not as_json:
        for pid, why in sessions_being_left().items():  # also of those that may not be looked at any more
            output.say(being_left(pid, why))
    return 0


def lines(processes: Sequence[GoProcess], width: int | None = None) -> Iterator[str]:
    """Yield the table, every column as wide as its widest cell.

    Where a line has no room in `width` cells (None: any), programs are named without their directories and sockets not
    at all. Containers have a column where there are any but this one's.
    """
    here = container_of(os.getpid())
    rows = [_row(process, here) for process in processes]
    table = list(_table(HEADINGS, rows))
    if width is not None and max(map(len, table)) > width:
        table = list(_table(BRIEF_HEADINGS, map(_brief_row, processes, rows)))
    yield from table


def _table(headings: Sequence[str], cells_of: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = [headings, *(tuple(map(printable, cells)) for cells in cells_of)]
    container = headings.index("CONTAINER")
    if not any(row[container] for row in rows[1:]):
        rows = [(*row[:container], *row[container + 1 :]) for row in rows]
    headings = rows[0]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    for row in rows:
        cells = (
            cell.rjust(width) if heading in _RIGHT else cell.ljust(width)
            for heading, cell, width in zip(headings, row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def shortened(args: Sequence[str]) -> str:
    """Return arguments as a shell would take them, cut where they are long."""
    text = shlex.join(args)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def being_left(pid: int, why: str) -> str:
    """What to say of a process that an agent cannot leave yet."""
    return (
        f"gotop's hooks are still in process {pid}, whose last viewer has left, because {why.strip()}. They do no harm "
        f"there. The agent tries again until it succeeds; gotop detach {pid} tries at once (as root where this user "
        "may not), and says what it did."
    )


def _row(process: GoProcess, here: Container | None) -> tuple[str, ...]:
    elsewhere = process.container if process.container and (here is None or process.container.id != here.id) else None
    return (
        str(process.pid),
        process.user,
        process.go_version.removeprefix("go") or units.UNKNOWN,
        units.size(process.rss),
        units.age(process.uptime_s),
        elsewhere.id[:SHOWN] if elsewhere else "",
        "being left" if process.leaving else str(process.socket or units.UNKNOWN),
        process.exe,
        shortened(process.args),
    )


def _brief_row(process: GoProcess, row: Sequence[str]) -> tuple[str, ...]:
    *cells, monitored, exe, arguments = row
    monitored = "yes" if process.socket and not process.leaving else monitored
    return (*cells, monitored, f"{Path(exe).name or exe} {arguments}".rstrip())


def _document(process: GoProcess) -> dict[str, object]:
    return {
        "pid": process.pid,
        "user": process.user,
        "go_version": process.go_version,
        "rss": process.rss,
        "uptime_s": round(process.uptime_s, 3),
        "exe": process.exe,
        "args": list(process.args),
        "container": process.container.id if process.container else None,
        "pod": (process.container.pod or None) if process.container else None,
        "host": (process.container.host or None) if process.container else None,
        "socket": str(process.socket) if process.socket else None,
        "leaving": process.leaving or None,
    }


def _none_text() -> str:
    others = "" if os.geteuid() == 0 else " of yours; those of others are shown to root"
    return f"no Go program is running{others}."
