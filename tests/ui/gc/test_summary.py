"""The figures above the rows of the collector."""

from __future__ import annotations

from gotop.ui.app import MonitorApp
from gotop.ui.gc import heap_graph, summary
from gotop.ui.widgets.static_lines import StaticLines
from tests.ui.busy import Busy
from tests.ui.stage import stage

SIZE = (300, 70)


def app_at_45() -> MonitorApp:
    return stage(Busy().run(45))[0]


async def test_the_time_line_stands_beside_the_figures() -> None:
    app = app_at_45()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await pilot.pause()
        figures = app.main_screen.view.query(StaticLines).first()
        lines = ["".join(text for text, _ in line) for line in figures._lines]
        assert lines[0].startswith(" Heap ──") and "Time line, last" in lines[0]
        assert "p50" in lines[4] and all(len(line) <= SIZE[0] for line in lines)
        drawn = max(len(line.rstrip()) for line in lines) - lines[0].index("Time line")
        assert summary.columns_for(SIZE[0]) == drawn - heap_graph.GUTTER
