"""How the hooks' cost grows: with stacks, frames, Ps, goroutines and threads; and what memory the agent takes.

    python -m tests.bench.growth                     # all curves; some minutes
    python -m tests.bench.growth --only stacks --rounds 20

One program (tests/services/treewalk) allocates at every place of a tree, on several goroutines. In each point the modes
take turns of a quarter of a second in one process; nanoseconds of CPU time that an allocation takes more than in `off`,
with the interval that holds the median in 95 of 100 cases. The viewer's memory: `python -m tests.bench.many_stacks`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path

from gotop.agent.client import Client
from gotop.agent.protocol import Tick
from tests import toolchains
from tests.bench.cost import machine, progress
from tests.bench.turns import PATIENCE_S, Estimate, paired, running, switch, turns
from tests.exactness.monitored import GOTOP

TURN_S = 0.25

Point = tuple[str, int, tuple[str, ...]]
"""What it is called, GOMAXPROCS (0: as many as there are processors), and the program's arguments."""

CURVES: dict[str, list[Point]] = {
    "stacks": [(f"{2 << levels:,}", 0, ("-levels", str(levels))) for levels in (0, 4, 8, 11, 14, 17, 19)],
    "frames": [
        (f"{frames + 6:,}", 0, ("-levels", "4", "-frames", str(frames))) for frames in (0, 10, 30, 100, 300, 500)
    ],
    "Ps": [(str(procs), procs, ("-workers", str(2 * procs))) for procs in (1, 2, 8, 64)],
    "goroutines": [
        (f"{count:,}", 0, ("-levels", "6", "-yield", "-workers", str(count)))
        for count in (1, 10, 1000, 100_000)
    ],
    "threads": [(str(count), 0, ("-levels", "6", "-workers", str(count), "-locked")) for count in (1, 10, 100, 1000)],
}


async def last_reading(socket: Path) -> Tick:
    """What the agent says of itself now."""
    client = Client(socket, log=False, interval_ms=250, tries=0)
    await client.connect()
    async for message in client.messages():
        if isinstance(message, Tick) and message.agent.rss:
            client.close()
            return message
    raise SystemExit("the agent has ended")


def point(curve: str, where: Point, modes: Sequence[str], rounds: int, version: str) -> str:
    """A line of the table."""
    name, procs, arguments = where
    if procs:
        os.environ["GOMAXPROCS"] = str(procs)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            meter, socket = Path(scratch, "meter"), Path(scratch, "sock")
            binary = toolchains.build("treewalk", version)
            command = [*GOTOP, "run", "--no-ui", "--socket", str(socket), str(binary), "--", "-for", "1h", *arguments]
            with running([*command, "-meter", str(meter)]):
                spans = asyncio.run(switch(socket, ("off", *modes), rounds, TURN_S))
                last = asyncio.run(asyncio.wait_for(last_reading(socket), PATIENCE_S))
            records = array("Q")
            records.frombytes(meter.read_bytes())
    finally:
        os.environ.pop("GOMAXPROCS", None)
    taken = list(turns(records, spans))
    bare = statistics.median(turn.cost for turn in taken if turn.mode == "off")
    cells = [
        Estimate.of([mine.cost - base.cost for mine, base in paired(taken, mode, "off")]).text(1) for mode in modes
    ]
    stacks, memory = f"{last.totals.stacks:,}", f"{last.agent.rss / 1e6:,.0f} MB"
    line = f"| {curve} | {name} | {bare:.1f} | {' | '.join(cells)} | {stacks} | {memory} |"
    progress(line)
    return line


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(CURVES), action="append")
    parser.add_argument("--modes", default="exact,sites,sampled")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--go", default="1.26")
    options = parser.parse_args()
    modes = options.modes.split(",")
    lines = [
        f"| curve | at | bare, ns | {' | '.join(modes)} | stacks seen | agent |",
        "|---|---|---|" + "---|" * (len(modes) + 2),
    ]
    for curve in options.only or CURVES:
        for where in CURVES[curve]:
            try:
                lines.append(point(curve, where, modes, options.rounds, options.go))
            except (TimeoutError, FileNotFoundError, statistics.StatisticsError):
                lines.append(f"| {curve} | {where[0]} | agent or program did not get to run in {PATIENCE_S:.0f} s |")
    print("\n".join([machine(), "", *lines]))


if __name__ == "__main__":
    main()
