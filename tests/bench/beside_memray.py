"""One redraw of gotop's screen beside one of memray's live screen, in one process, with as many live sites in both.

    pip install memray && python -m tests.bench.beside_memray [SITES ...]

Both get new figures for every site, as both do from a busy service, and both bring their own screen up to date with
them: gotop from ticks of its protocol, memray from the snapshot its reader hands over (which memray's thread has made
by then, so that it is not in its figure; applying the ticks is in ours). CPU time until the picture has been put
together, the median of some rounds; the last columns are what follows for a core at each one's own rate of redraws
(memray's is one a second, ours four).
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from textual.app import App

from gotop.ui.app import FRAMES_PER_SECOND
from tests.bench.ui_redraw import compose
from tests.ui.stage import stage
from tests.ui.synthetic import Service

SIZE = (120, 40)
ROUNDS = 9
MEMRAY_PER_SECOND = 1.0
TICKS = 5
"""Readings that come in two frames: one each 100 ms."""


async def spent(app: App[Any], works: Iterable[Callable[[], object]]) -> float:
    """Milliseconds of CPU time until the app's picture is as some work wants it, the median of all."""
    rounds = []
    for work in works:
        start = time.process_time()
        work()
        for _ in range(10):  # Textual hands on from widget to screen what is to be drawn
            await asyncio.sleep(0)
        compose(app)  # type: ignore[arg-type]
        rounds.append((time.process_time() - start) * 1e3)
    return statistics.median(rounds)


async def ours(sites: int) -> float:
    """Readings applied and drawn."""
    service = Service(extra_sites=sites)
    app, clock, _ = stage(service.run(12))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        await pilot.pause()
        frames = [[m for _ in range(TICKS // 2 + number % 2) for m in service.tick()] for number in range(ROUNDS)]

        def one(messages: list[Any]) -> None:
            clock.now += 1 / FRAMES_PER_SECOND
            for message in messages:
                app.session.apply(message)
            app.redraw(force=True)

        return await spent(app, [partial(one, messages) for messages in frames])


async def memrays(sites: int) -> float:
    """A snapshot taken over and drawn."""
    from memray.reporters import tui

    def snapshot(number: int) -> tui.Snapshot:
        records = {
            tui.Location(f"step_{n}", f"/srv/app/pkg{n % 37}/step.py"): tui.AllocationEntry(
                own_memory=1024 * (1 + (n * 7919 + number * 131) % sites),
                total_memory=4096 * (1 + (n * 6101 + number * 17) % sites),
                n_allocations=1 + (n * 31 + number) % sites,
                thread_ids={1},
            )
            for n in range(sites)
        }
        return tui.Snapshot(heap_size=sites * 8192, records=[], records_by_location=records)

    class Screen(App[None]):
        CSS_PATH = str(Path(tui.__file__).with_name("tui.css"))

        def on_mount(self) -> None:
            self.tui = tui.TUI(pid=1, cmd_line="app.py", native=False)
            self.push_screen(self.tui)

    app = Screen()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table = app.tui.query_one(tui.AllocationTable)
        news = [snapshot(number) for number in range(ROUNDS + 1)]
        table.current_thread = 1
        table.snapshot = news.pop()
        await pilot.pause()
        assert len(table.query_one("DataTable").rows) == sites  # type: ignore[attr-defined]

        def one(number: int) -> None:
            with app.batch_update():
                table.snapshot = news[number]

        return await spent(app, [partial(one, number) for number in range(ROUNDS)])


def main() -> None:
    """All numbers of sites."""
    print(
        f"{'sites':>7}{'memray':>12}{'gotop':>12}{'ratio':>9}{'memray, 1/s':>14}{f'gotop, {FRAMES_PER_SECOND:g}/s':>13}"
    )
    for sites in [int(word) for word in sys.argv[1:]] or [100, 500, 1000, 5000]:
        theirs, mine = asyncio.run(memrays(sites)), asyncio.run(ours(sites))
        print(
            f"{sites:>7,}{theirs:>9.1f} ms{mine:>9.1f} ms{theirs / mine:>8.1f}×"
            f"{theirs * MEMRAY_PER_SECOND / 10:>12.1f} %{mine * FRAMES_PER_SECOND / 10:>11.1f} %"
        )


if __name__ == "__main__":
    main()
