"""What a real service said: the recording of NATS that the screenshots are made from, without what a replay adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from gotop.agent.protocol import Ended, Hello, Lost, Message, Recorded, RuntimeStat, Tick
from gotop.agent.recording import read_recording

RECORDING = Path(__file__).parents[2] / "screenshots" / "nats.gotop.gz"


@lru_cache(maxsize=1)
def messages() -> tuple[Message, ...]:
    """All of its stream, as it would come from the agent."""
    return tuple(each for each in read_recording(RECORDING) if not isinstance(each, Recorded | Ended | Lost))


def end(code: int | None = 0, signal: int | None = None, by_us: bool = False) -> Ended:
    """The service's end, just after its last reading."""
    last = max(each.at for each in messages() if isinstance(each, Tick))
    return Ended(last + 1_000_000, code, signal, False, by_us, False)


def with_gaps(said: str, coverage: float) -> Iterator[Message]:
    """The same of a service whose allocations are not all seen, for a reason that the agent says."""
    for message in messages():
        match message:
            case Hello():
                yield replace(message, partial=(said,))
            case Tick(runtime=RuntimeStat(hooked=int(hooked)) as runtime):
                yield replace(message, runtime=replace(runtime, hooked=round(hooked * coverage)))
            case _:
                yield message
