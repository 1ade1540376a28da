"""What the flame view costs. Run it: `python -m tests.bench.flame_cost [STACKS]`.

In CPU time: the tree when it is first asked for, a question to it for every window, the boxes, and a whole redraw.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from gotop.model.queries import Window
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from gotop.ui.flame.layout import layout
from tests.bench.ui_redraw import compose
from tests.ui.stage import stage
from tests.ui.synthetic import Service

ROUNDS = 25


def say(what: str, work: Callable[[], Any], rounds: int = ROUNDS) -> None:
    """The median of some rounds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append((time.process_time() - start) * 1e3)
    print(f"  {what:<30}{statistics.median(spent):8.2f} ms")


async def measure(stacks: int) -> None:
    """One size of session."""
    app, _, _ = stage(Service(extra_sites=stacks).run(12))
    session = app.session
    print(f"{stacks:,} stacks")
    say("the first question", lambda: session.flame(FlameQuery()), 1)
    for window in (Window.NOW, Window.S10, Window.TOTAL):
        say(f"a question, {window.name}", lambda window=window: session.flame(FlameQuery(window)))
    flame = session.flame(FlameQuery())
    print(f"  {len(flame):,} nodes")
    say("a search", lambda: flame.matching("serve"))
    for width in (80, 200):
        say(f"boxes for {width} cells", lambda width=width: layout(flame, ROOT, width, True))
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("3")
        say("a redraw, 200×60", lambda: (app.redraw(force=True), compose(app)))


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
