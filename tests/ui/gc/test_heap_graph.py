"""The time line of heap, cycles and stops."""

from __future__ import annotations

from gotop.ui.gc.heap_graph import STEPS, fitting


def test_the_step_that_fits() -> None:
    assert [STEPS[fitting(seconds, 100)] for seconds in (0.5, 5, 30, 99, 1e6)] == [0.01, 0.05, 0.5, 1.0, 1.0]
