"""What the screen of a site with many stacks costs. Run it: `python -m tests.bench.stacks_cost [STACKS...]`.

Milliseconds of CPU time a frame, after one tick each: the answer of the session with the rows one sees, the screen
without the callers' tree, and with it.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from functools import cached_property
from itertools import product
from typing import Any, cast
from unittest.mock import patch

from gotop.cli import gc_tuning
from gotop.model.queries import Hide, SiteQuery, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.values import SiteKey
from gotop.ui.app import MonitorApp
from gotop.ui.stacks.stacks_screen import StacksScreen
from tests.bench.ui_redraw import compose
from tests.ui.stage import Clock, stage
from tests.ui.synthetic import HANDLE, MALLOC, NEW, Service

ROUNDS = 15
SEEN = 40
SITE = "example.com/big/tree.newNode tree/node.go 12"
WAYS = [f"example.com/big/tree.(*Builder).step{n} tree/build.go {n + 20}" for n in range(33)]


class OneSite(Service):
    """A service with a site that is reached in very many ways; some go through functions that call themselves."""

    @cached_property
    def made(self) -> list[tuple[str, float, int, list[str]]]:
        stacks = []
        for number, ways in zip(range(self.extra_sites), product(WAYS, WAYS, WAYS), strict=False):
            again = [ways[0]] * (number % 7 // 5 * (number % 5))
            frames = [MALLOC, NEW, SITE, ways[2], *again, *ways[:2], *HANDLE, *WAYS[: number % 11]]
            stacks.append(("tree.node", 3.0 + number % 97, 16 * (1 + number % 40), frames))
        return stacks

    def all_stacks(self) -> list[tuple[str, float, int, list[str]]]:
        return self.made


def spent(work: Callable[[], Any]) -> float:
    """Milliseconds of CPU time, so that a busy machine does not count."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def say(what: str, values: list[float]) -> None:
    """Median and the slowest."""
    print(f"  {what:<34}{statistics.median(values):8.2f} ms   most {max(values):8.2f} ms")


def asked(session: Session, key: SiteKey, window: Window) -> None:
    """What a frame asks of the session: an order, and the rows one sees."""
    sort = StackSort.BYTES if window is Window.TOTAL else StackSort.BYTES_PER_S
    stacks = session.stacks(key, StackQuery(sort, window=window))
    _ = (len(stacks), stacks[:SEEN])


def frame(app: MonitorApp, clock: Clock, service: Service) -> None:
    """A tick, which is not part of what is measured."""
    clock.now += 0.1
    for message in service.tick():
        app.session.apply(message)


async def measure(stacks: int) -> None:
    """A site with so many."""
    service = OneSite(extra_sites=stacks)
    app, clock, _ = stage(service.run(4))
    key = next(row.key for row in app.session.sites(SiteQuery()).rows if row.key.type == "tree.node")
    print(f"{len(app.session.stacks(key)):,} stacks of one site")
    for window in (Window.NOW, Window.TOTAL):
        values = []
        for _ in range(ROUNDS):
            frame(app, clock, service)
            values.append(spent(lambda window=window: asked(app.session, key, window)))
        say(f"the session's answer, {window.name}", values)
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.pause(0.1)
        with patch.object(StacksScreen, "show_tree"):
            start = time.process_time()
            app.navigation.open_site(key)
            await pilot.pause(0.1)
            say("the screen, opened", [(time.process_time() - start) * 1e3])
            await redraws(app, clock, service, "a frame but for the tree")
            await pilot.press("end")
            await redraws(app, clock, service, "the same, cursor on the last row")
            hide = cast("StacksScreen", app.screen).action_hide
            say("key x but for the tree", [spent(lambda: (hide(), compose(app))) for _ in Hide])
        await redraws(app, clock, service, "a frame with the tree", 3)


async def redraws(app: MonitorApp, clock: Clock, service: Service, what: str, rounds: int = ROUNDS) -> None:
    """FrameScheduler after a tick each."""
    values = []
    for _ in range(rounds):
        frame(app, clock, service)
        values.append(spent(lambda: (app.redraw(force=True), compose(app))))
        await asyncio.sleep(0)
    say(what, values)


if __name__ == "__main__":
    gc_tuning.tune_gc()
    for size in [int(word) for word in sys.argv[1:]] or [500, 5000, 30_000]:
        asyncio.run(measure(size))
