"""What a redraw and a key cost with thousands of live sites. Run it: `python -m tests.bench.ui_redraw [SITES]`.

A redraw is everything between the timer and the bytes for the terminal: asking the session, laying out lines,
compositing. A key is the time from the press until the changed screen has been composed. No terminal is written to.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from gotop.agent.protocol import Tick
from gotop.cli import gc_tuning
from gotop.ui.app import MonitorApp
from tests.ui.stage import Clock, stage
from tests.ui.synthetic import Service

SIZES = ((120, 40), (200, 60))
ROUNDS = 60


def compose(app: MonitorApp) -> None:
    """Bring the screen up to date at once, as Textual's own timer would."""
    app.screen._on_timer_update()


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds of CPU time, so that a busy machine does not count."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def say(what: str, values: list[float]) -> None:
    """Median and the slowest of twenty."""
    ordered = sorted(values)
    print(f"  {what:<34}{statistics.median(values):7.2f} ms   p95 {ordered[int(len(ordered) * 0.95)]:7.2f} ms")


async def measure(sites: int, size: tuple[int, int]) -> None:
    """One size of terminal."""
    service = Service(extra_sites=sites)
    app, clock, _ = stage(service.run(12))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.2)
        print(f"{sites:,} sites, {size[0]}×{size[1]}")
        await one_way(app, clock, service, "redraw")
        await pilot.press("down", "down")
        clock.now += 10
        await one_way(app, clock, service, "redraw, cursor on a row")
        for key in ("down", "s", "w"):
            keys = []
            for _ in range(16):
                start = time.process_time()
                await app._check_bindings(key)
                compose(app)
                keys.append((time.process_time() - start) * 1e3)
            say(f"key {key}", keys)


async def one_way(app: MonitorApp, clock: Clock, service: Service, what: str) -> None:
    """Redraws after one tick each."""
    applied, drawn, composed = [], [], []
    for _ in range(ROUNDS):
        clock.now += 0.1
        for message in service.tick():
            spent = timed(lambda message=message: app.session.apply(message))
            if isinstance(message, Tick):
                applied.append(spent)
        drawn.append(timed(lambda: app.redraw(force=True)))
        composed.append(timed(lambda: compose(app)))
        await asyncio.sleep(0)
    say(f"{what}: session", drawn)
    say(f"{what}: lines", composed)
    say(f"{what}: whole", [a + b for a, b in zip(drawn, composed, strict=True)])
    say("a tick applied (the model's)", applied)


def main() -> None:
    """All sizes."""
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    gc_tuning.tune_gc()
    for size in SIZES:
        asyncio.run(measure(sites, size))


if __name__ == "__main__":
    main()
