"""Graphs made of characters."""

from __future__ import annotations

from gotop.ui.graph import area, bar, nice_ceiling, sparkline


def test_graphs() -> None:
    assert sparkline([0, 0], 4) == "  ▁▁"
    assert sparkline([1, 4, 8], 3) == "▁▄█"
    assert area([0, 0.001, 8, 16], 4, 2, 16) == ["   █", " ▁██"]
    assert bar(0.5, 4) == "━━  " and bar(0.6, 4) == "━━╸ " and bar(7, 2) == "━━"
    assert [nice_ceiling(value) for value in (0, 0.4, 7, 901, 1_234_567)] == [1, 1, 8, 1000, 2_000_000]
