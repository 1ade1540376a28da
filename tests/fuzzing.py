"""What the fuzz tests share: how many examples they try, and the time and the memory that each of these may take.

The usual run tries the same examples every time, so that a change is not blamed for what it has not done; `--slow`
tries many more, and others each time.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator
from types import FrameType

from hypothesis import HealthCheck, settings

SLOW = False
"""Whether `--slow` was given: tests/conftest.py sets it before any test is imported."""

ROUND = 0
"""How many examples a test tries when `tests.fuzz` calls it again and again, 0 if it does not."""

CPU_S = 120.0
"""Processor time of one example, far above what any needs, on any machine."""

MEMORY = 768 << 20
"""Bytes of address space beyond what is in use already."""


class Hangs(BaseException):
    """An example took too long. No `except Exception` of the code under test can take it for its own."""


def fuzz(usual: int, slow: int) -> settings:
    """Hypothesis's settings for a test with so many examples."""
    return settings(
        max_examples=ROUND or (slow if SLOW else usual),
        derandomize=not SLOW,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextlib.contextmanager
def bounded(cpu_s: float = CPU_S, memory: int = MEMORY) -> Iterator[None]:
    """Code inside raises Hangs after that much processor time, and MemoryError where it wants that much memory."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise Hangs(f"after {cpu_s} s of processor time")

    handler = signal.signal(signal.SIGVTALRM, give_up)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:  # noqa: PTH123
        in_use = int(file.read().split()[0]) * resource.getpagesize()
    wanted = in_use + memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if before[0] < 0 else min(wanted, before[0]), before[1]))
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGVTALRM, handler)
