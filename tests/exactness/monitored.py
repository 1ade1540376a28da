"""Runs a program under `gotop run --json`, and reads what gotop and the program itself say about it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgpack

CHECKOUT = Path(__file__).parents[2]

#: Options for a document that leaves nothing out.
EVERYTHING = ("--top", "1000000", "--stacks", "1000000")

#: `gotop`, whether or not this checkout is installed.
GOTOP = (sys.executable, "-c", "from gotop.cli.main import main; main()")

#: Function, file and line; `inlined` has an oracle of its own.
Frame = tuple[str, str, int]
Stack = tuple[Frame, ...]


@dataclasses.dataclass(frozen=True)
class Run:
    """What came of one run: gotop's report, its exit code, what it wrote to stderr, and the program's own statement."""

    report: dict[str, Any]
    code: int
    stderr: str
    statement: Any


def environment(**extra: str) -> dict[str, str]:
    """This process's environment with the checkout importable."""
    path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, **extra}


def monitor(
    binary: Path,
    *arguments: str,
    options: Iterable[str] = (),
    statement: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Run:
    """Run to the program's end, or that of `--for` in the options. `statement`: a JSON file that the program writes."""
    command = [*GOTOP, "run", "--json", *EVERYTHING, *options, str(binary), "--", *arguments]
    done = subprocess.run(
        command,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        said = f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
        raise AssertionError(f"no report (exit code {done.returncode}) from {' '.join(command)}\n{said}") from None
    said = json.loads(statement.read_text()) if statement else None
    return Run(report, done.returncode, done.stderr, said)


def report_stacks(report: Mapping[str, Any]) -> Iterable[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    """Every stack of a report: its site's type, its frames, its figures."""
    for site in report["sites"]:
        for stack in site["stacks"]:
            yield site["type"], frames_of(report, stack), stack


def frames_of(report: Mapping[str, Any], stack: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frames of a stack of a report, innermost first."""
    return [report["frames"][number] for number in report["stacks"][stack["stack"]]]


def without_runtime(frames: Iterable[Frame]) -> Stack:
    """Without the runtime's own frames above the allocation and below the goroutine's first function.

    Profiles leave them out, and CallersFrames starts below them.
    """
    kept = list(frames)
    while kept and is_runtime(*kept[0][:2]):
        kept.pop(0)
    while kept and kept[-1][0] in ("runtime.goexit", "runtime.main"):
        kept.pop()
    return tuple(kept)


def is_runtime(function: str, file: str) -> bool:
    """Whether a function belongs to the runtime: by its package, or by its file where it goes under another's name.

    Such as `reflect.unsafe_New` and `internal/bytealg.MakeNoZero`. Profiles leave them out.
    """
    return function.startswith(("runtime.", "internal/runtime/")) or "/src/runtime/" in file


@dataclasses.dataclass(frozen=True)
class RecordedStack:
    """A stack with all its figures, as it came over the wire."""

    type: str
    frames: tuple[tuple[str, str, int, bool], ...]
    allocs: int
    bytes: int
    waste: int
    cut: bool


def _run(tick: dict[str, Any]) -> Iterator[tuple[int, int, int, int]]:
    """What a tick has in columns instead of a list (PROTOCOL.md, `run`)."""
    first, length, *columns = tick.get("run") or (0, 0)
    for number in range(length):
        widths = [len(column) // length for column in columns]
        parts = [column[number * width : (number + 1) * width] for column, width in zip(columns, widths, strict=True)]
        count, size, waste = (int.from_bytes(part, "little") for part in parts)
        if count or size or waste:
            yield first + number, count, size, waste


def recorded_stacks(path: Path, wanted: int = 0) -> list[RecordedStack]:
    """The stacks of a kind (hookagent/PROTOCOL.md) in a recording, by default of the heap: added up here from the
    messages themselves and not by gotop's model. Only the heap's have types.
    """
    defined: dict[int, list[Any]] = {}
    figures: dict[int, Counter[str]] = {}
    symbols: dict[int, list[list[Any]]] = {}
    types: dict[int, str] = {0: ""}
    with path.open("rb") as file:
        for message in msgpack.Unpacker(file, raw=False, strict_map_key=False):
            match message["t"]:
                case "stacks":
                    defined.update((definition[0], definition) for definition in message["defs"])
                case "symbols":
                    symbols.update(message["frames"])
                    types.update((addr, name) for addr, name, *_ in message["types"])
                case "types":
                    types.update((addr, name) for addr, name, *_ in message["names"])
                case "tick":
                    flat = iter(message["deltas"])
                    for stack, count, size, waste in (*zip(flat, flat, flat, flat, strict=True), *_run(message)):
                        figures.setdefault(stack, Counter()).update(allocs=count, bytes=size, waste=waste)
    out = []
    for stack, figure in figures.items():
        _, kind, type_address, pcs, cut, *_ = defined[stack]
        if kind == wanted:
            frames = tuple((str(f), str(file), int(line), bool(i)) for pc in pcs for f, file, line, i in symbols[pc])
            name = types[type_address] if kind == 0 else ""
            out.append(RecordedStack(name, frames, figure["allocs"], figure["bytes"], figure["waste"], bool(cut)))
    return out
