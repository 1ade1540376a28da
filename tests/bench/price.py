"""What the header says that the hooks cost, beside what they do cost.

    python -m tests.bench.price                       # every service, exact and sites, staticcheck
    python -m tests.bench.price --only treewalk --modes exact,sampled --rounds 12

Services run on while `off` (the service's own code) and the modes take turns of a quarter of a second: the difference
in CPU time for one thing done (a request, a tree, an allocation) is what the hooks cost. What gotop says of it is the
last reading of some seconds in each mode. staticcheck runs from beginning to end, bare and watched in turn, its cache
removed. All figures are shares of the CPU time with hooks; medians, with the interval that holds them in 95 of 100
cases. The last column is the one over the other: 1 is honest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from gotop.agent.client import Client
from gotop.agent.protocol import Settings, Tick
from tests import toolchains
from tests.bench.cost import machine, progress
from tests.bench.turns import PATIENCE_S, Estimate, paired, running, switch, turns
from tests.exactness.monitored import GOTOP, environment

SERVICES: dict[str, tuple[str, ...]] = {
    "httpjson": ("-for", "1h"),
    "treewalk": ("-for", "1h"),
    "microalloc": ("-frames", "15", "-stacks", "1000", "-n", "5000", "-repeat", "1000000000"),
}
STATICCHECK = "honnef.co/go/tools/cmd/staticcheck@v0.6.1"
SHORT_S, SHORT_TURNS = 0.25, 6
"""A turn of each mode, for what the hooks cost, and how many of them a round has."""
HEAD = (
    "| service | mode | bare | hooks, real | hooks, as gotop says | said / real |",
    "|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Compared:
    """Shares of each round: what the hooks took, and what gotop said; both 0 to 1."""

    real: tuple[float, ...]
    said: tuple[float, ...]
    least: bool  # gotop said that it was no more than a lower bound

    def cells(self) -> str:
        """Three columns."""
        real, said = (Estimate.of([100 * share for share in shares]) for shares in (self.real, self.said))
        ratio = f"{said.value / real.value:.2f}" if real.low > 0 else "–"
        return f"{real.text(1, ' %')} | {'≥' if self.least else '≈'}{said.text(1, ' %')} | {ratio}"


def service(name: str, modes: Sequence[str], rounds: int, watch_s: float, version: str) -> list[str]:
    """Short turns in one process say what the hooks cost, and longer stretches in each mode what gotop says of it."""
    with tempfile.TemporaryDirectory() as scratch:
        meter, socket = Path(scratch, "meter"), Path(scratch, "sock")
        binary = toolchains.build(name, version)
        command = [*GOTOP, "run", "--no-ui", "--socket", str(socket), str(binary), "--", *SERVICES[name]]
        with running([*command, "-meter", str(meter)]):
            spans = asyncio.run(switch(socket, ("off", *modes), rounds * SHORT_TURNS, SHORT_S))
            said = asyncio.run(watch(socket, modes, max(2, rounds // 2), watch_s))
        records = array("Q")
        records.frombytes(meter.read_bytes())
    taken = list(turns(records, spans))
    bare = statistics.median(turn.cost for turn in taken if turn.mode == "off")
    lines = []
    for mode in modes:
        compared = Compared(
            tuple(1 - base.cost / mine.cost for mine, base in paired(taken, mode, "off")),
            tuple(tick.agent.overhead for tick in said[mode]),
            any(not tick.agent.overhead_high for tick in said[mode]),
        )
        lines.append(f"| {name} | {mode} | {bare / 1000:,.3g} µs | {compared.cells()} |")
        progress(lines[-1])
    return lines


async def watch(socket: Path, modes: Sequence[str], rounds: int, watch_s: float) -> dict[str, list[Tick]]:
    """Stay in each mode for so long: returns the last readings of each stretch."""
    client = Client(socket, log=False, interval_ms=250, tries=0)
    await client.connect()
    said: dict[str, list[Tick]] = {mode: [] for mode in modes}
    messages = client.messages()
    for mode in [*modes] * rounds:
        await client.set(mode=mode)
        ends, last, in_force = time.monotonic() + watch_s, None, False
        while time.monotonic() < ends or last is None:
            message = await asyncio.wait_for(anext(messages), PATIENCE_S)
            if isinstance(message, Settings):
                in_force = message.mode == mode
            elif isinstance(message, Tick) and in_force:
                last = message
        said[mode].append(last)
    client.close()
    return said


def staticcheck(modes: Sequence[str], rounds: int) -> list[str]:
    """A whole run of a program with very many stacks, bare and in each mode in turn."""
    binary = tool()
    real: dict[str, list[float]] = {mode: [] for mode in modes}
    said: dict[str, list[dict[str, Any]]] = {mode: [] for mode in modes}
    bare: list[float] = []
    for _ in range(rounds):
        bare.append(run_staticcheck([str(binary), "net/http"])[0])
        for mode in modes:
            command = [*GOTOP, "run", "--json", "--mode", mode, str(binary), "--", "net/http"]
            cpu_s, report = run_staticcheck(command)
            real[mode].append(1 - bare[-1] / cpu_s)
            health = json.loads(report)["health"]
            said[mode].append(health)
            progress(f"staticcheck {mode}: {bare[-1]:.1f} s bare, {cpu_s:.1f} s; said {health['overhead_all']:.3f}")
    lines = []
    for mode in modes:
        compared = Compared(
            tuple(real[mode]),
            tuple(health["overhead_all"] for health in said[mode]),
            any(health["overhead_all_high"] is None for health in said[mode]),
        )
        lines.append(f"| staticcheck net/http | {mode} | {statistics.median(bare):.1f} s | {compared.cells()} |")
        progress(lines[-1])
    return lines


def tool() -> Path:
    """staticcheck, from Go's module proxy, kept in the tests' cache."""
    into = toolchains.cache_dir() / "tools" / STATICCHECK.rpartition("@")[2]
    if not (into / "staticcheck").exists():
        environ = {**os.environ, "GOBIN": str(into)}
        subprocess.run(["go", "install", STATICCHECK], env=environ, check=True)
    return into / "staticcheck"


def run_staticcheck(command: Sequence[str]) -> tuple[float, bytes]:
    """CPU seconds of the process that is called staticcheck, and what the command wrote. Findings are no failure."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryFile() as output:
        environ = environment(STATICCHECK_CACHE=cache)
        process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
        cpu_s = watch_cpu(process)
        output.seek(0)
        return cpu_s, output.read()


def watch_cpu(process: subprocess.Popen[bytes]) -> float:
    """The CPU time of what is called staticcheck: the process or what it starts, as it was when last seen."""
    mine, found, cpu_s = psutil.Process(process.pid), None, 0.0
    while process.poll() is None:
        try:
            if found is None:
                family = [mine, *mine.children(recursive=True)]
                found = next((each for each in family if each.name() == "staticcheck"), None)
            if found is not None:
                times = found.cpu_times()
                cpu_s = times.user + times.system
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.01)
    return cpu_s


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[*SERVICES, "staticcheck"], action="append")
    parser.add_argument("--modes", default="exact,sites,sampled")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--watch", type=float, default=6.0, help="seconds that gotop is asked for, each time")
    parser.add_argument("--go", default="1.26")
    options = parser.parse_args()
    lines, modes = [*HEAD], options.modes.split(",")
    for name in options.only or [*SERVICES, "staticcheck"]:
        if name == "staticcheck":
            lines += staticcheck(modes, max(1, options.rounds // 2))
        else:
            lines += service(name, modes, options.rounds, options.watch, options.go)
    print("\n".join([machine(), "", *lines]))


if __name__ == "__main__":
    main()
