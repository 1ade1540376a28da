"""A service that runs on while its mode changes in turn, and what it did in each stretch.

Two processes on a shared machine differ by more than what there is to measure. Here all modes take turns of a fraction
of a second in one process; `off` is the service's own code, byte for byte, and so the bare program. The service's meter
(tests/services/internal/meter) says when it had done what with how much processor time.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gotop.agent.client import Client
from gotop.agent.protocol import Settings
from tests.exactness.monitored import GOTOP, environment

#: After a change of mode, what is not counted: the change itself, and caches that fill again.
SETTLE_S = 0.03
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Turn:
    """One stretch in one mode. `round`: all modes have had a turn in each.

    `costs`: ns of processor time for one thing done, of each piece between two records of the meter; `cost`: of all.
    """

    mode: str
    round: int
    costs: tuple[float, ...]
    cost: float


def take(binary: Path, arguments: Sequence[str], modes: Sequence[str], rounds: int, turn_s: float) -> list[Turn]:
    """Run the program under gotop, give each mode its turns in every round, in an order that chance draws."""
    with tempfile.TemporaryDirectory() as scratch:
        meter, socket = Path(scratch, "meter"), Path(scratch, "sock")
        command = [
            *GOTOP,
            "run",
            "--no-ui",
            "--socket",
            str(socket),
            str(binary),
            "--",
            *arguments,
            "-meter",
            str(meter),
        ]
        with running(command):
            spans = asyncio.run(switch(socket, modes, rounds, turn_s))
        records = array.array("Q")
        records.frombytes(meter.read_bytes())
    return list(turns(records, spans))


@contextlib.contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    """gotop, to be interrupted at the end."""
    process = subprocess.Popen(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield
        if process.poll() is not None:
            raise SystemExit(f"gotop ended with {process.returncode}: {process.communicate()[1][-2000:]}")
    finally:
        process.terminate()
        process.communicate()


Span = tuple[str, int, int, int]
"""Mode, round, from and to (CLOCK_MONOTONIC ns)."""


async def switch(socket: Path, modes: Sequence[str], rounds: int, turn_s: float) -> list[Span]:
    """Change modes in turn; returns when which was in force."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if socket.exists():
            break
        await asyncio.sleep(0.05)
    client = Client(socket, log=False, interval_ms=1000, tries=0)
    await client.connect()
    confirmed = settings(client)
    await asyncio.sleep(1)
    spans: list[Span] = []
    for number in range(rounds):
        for mode in random.sample(modes, len(modes)):
            await client.set(mode=mode)
            while (await asyncio.wait_for(anext(confirmed), PATIENCE_S)) != mode:
                pass
            await asyncio.sleep(SETTLE_S)
            start = time.monotonic_ns()
            await asyncio.sleep(turn_s)
            spans.append((mode, number, start, time.monotonic_ns()))
    client.close()
    return spans


async def settings(client: Client) -> AsyncIterator[str]:
    """The modes that the agent says are in force."""
    async for message in client.messages():
        if isinstance(message, Settings):
            yield message.mode


def turns(records: Sequence[int], spans: Sequence[Span]) -> Iterator[Turn]:
    """What the meter says of each span; those in which it said nothing are left out."""
    at = 0
    for mode, number, start, end in spans:
        while at < len(records) and records[at] < start:
            at += 3
        first, costs = at, []
        while at + 3 < len(records) and records[at + 3] <= end:
            done, worked = (records[at + 3 + k] - records[at + k] for k in (1, 2))
            if done:
                costs.append(worked / done)
            at += 3
        done, worked = (records[at + k] - records[first + k] for k in (1, 2)) if at < len(records) else (0, 0)
        if done:
            yield Turn(mode, number, tuple(costs), worked / done)


@dataclass(frozen=True)
class Estimate:
    """A median of rounds with the interval that holds it in 95 of 100 cases (by resampling them)."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """From the value of each round."""
        draw = random.Random(1)
        medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(1000))
        return cls(statistics.median(values), medians[25], medians[975])

    def text(self, digits: int, unit: str = "") -> str:
        """Value and, in brackets, interval."""
        return f"{self.value:,.{digits}f}{unit} ({self.low:,.{digits}f}–{self.high:,.{digits}f})"


def paired(taken: Sequence[Turn], mode: str, base: str) -> list[tuple[Turn, Turn]]:
    """The turns of two modes, by round."""
    by = {(turn.mode, turn.round): turn for turn in taken}
    numbers = sorted({turn.round for turn in taken})
    return [(by[mode, n], by[base, n]) for n in numbers if (mode, n) in by and (base, n) in by]


def least(turn: Turn) -> float:
    """What the quietest twentieth of a turn's pieces took: neighbours and collections only ever add."""
    costs = sorted(turn.costs)
    return costs[len(costs) // 20]
