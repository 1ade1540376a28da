"""What else can watch a Go program's allocations, and the programs under it.

Each contender runs one of the measuring services (tests/services) to its end and returns what that measured of itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from elftools.elf.elffile import ELFFile

from tests.exactness.monitored import monitor

BARE, GOTOP = "bare", "gotop"
PROFILE, DEFAULT, TRACE, UPROBE = "MemProfileRate=1", "default profile", "traceallocfree=1", "uprobe"
TRACEFS = Path("/sys/kernel/tracing")

Contender: TypeAlias = Callable[[Path, Sequence[str], Path], Any]


def bare(binary: Path, arguments: Sequence[str], out: Path, **environment: str) -> Any:
    """Nothing watches."""
    command = [binary, *arguments, "-out", out]
    subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return json.loads(out.read_text())


def watched(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """gotop in mode exact, which must have seen everything."""
    run = monitor(binary, *arguments, "-out", str(out), statement=out, timeout=300)
    if run.report["totals"]["coverage"] != 1.0:
        raise SystemExit(f"coverage was {run.report['totals']['coverage']}: a measurement of something else")
    return run.statement


def by_labels(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """gotop, counting by labels and creators as well."""
    run = monitor(binary, *arguments, "-out", str(out), options=["--by", "labels"], statement=out, timeout=300)
    counted = sum(row["allocs"] for row in run.report["attribution"]["labels"])
    if counted != run.report["totals"]["allocs"]:
        raise SystemExit(f"{counted} allocations have labels: a measurement of something else")
    return run.statement


def profiled(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """The runtime's own profile, of every allocation: what gotop's exact mode knows, seen afterwards."""
    return bare(binary, [*arguments, "-rate", "1"], out)


def profiled_by_default(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """The runtime's own profile as every service with net/http/pprof has it: a sample in 512 KB."""
    return bare(binary, [*arguments, "-rate", str(512 << 10)], out)


def traced(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """The execution tracer with allocation events (runtime/tracealloc.go): address and type, no stack; thrown away."""
    return bare(binary, [*arguments, "-trace", os.devnull], out, GODEBUG="traceallocfree=1")


def probed(binary: Path, arguments: Sequence[str], out: Path) -> Any:
    """A kernel's probe on mallocgc, as BPF tools use it: one event a call, without a stack, that nobody reads."""
    with uprobe(binary, "runtime.mallocgc"):
        return bare(binary, arguments, out)


@contextlib.contextmanager
def uprobe(binary: Path, function: str) -> Iterator[None]:
    """An enabled probe on the entry of a function of a binary that is not position-independent."""
    define = partial(say, TRACEFS / "uprobe_events")
    enable = partial(say, TRACEFS / "events/gotop/probe/enable")
    define(f"p:gotop/probe {binary}:{file_offset(binary, function):#x}")
    try:
        enable("1")
        yield
        enable("0")
    finally:
        define("-:gotop/probe")


def say(file: Path, text: str) -> None:
    """Write to a file of the kernel's; truncating it would remove everybody's probes."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def file_offset(binary: Path, function: str) -> int:
    """Where in the file a function begins."""
    with binary.open("rb") as file:
        elf = ELFFile(file)
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name(function)
        return int(next(iter(elf.address_offsets(symbol["st_value"]))))


def contenders() -> dict[str, Contender]:
    """All of them; the kernel's probe only where tracefs can be written, which is said by its absence."""
    found: dict[str, Contender] = {
        BARE: bare, GOTOP: watched, DEFAULT: profiled_by_default, TRACE: traced, PROFILE: profiled,
    }  # fmt: skip
    if os.access(TRACEFS / "uprobe_events", os.W_OK):
        found[UPROBE] = probed
    return found


#: Arguments that keep the slow ones' runs of `microalloc` short.
FEWER: Mapping[str, Sequence[str]] = {PROFILE: ("-n", "100000"), UPROBE: ("-n", "100000")}
