"""The time line of heap, goal, cycles and stops."""

from __future__ import annotations

from gotop.agent.protocol import RuntimeStat
from gotop.model.runtime.gc_values import Pause
from gotop.model.runtime.heap_timeline import HeapTimeline, bins, within

S = 1_000_000_000


def test_a_reading_is_kept_once_and_what_could_not_be_read_is_left_out() -> None:
    heap = HeapTimeline()
    for stat in (RuntimeStat(2 * S, heap_live=10, heap_goal=20), RuntimeStat(2 * S, heap_live=99), RuntimeStat(3 * S)):
        heap.add_reading(stat, started=S)
    assert (heap.heap_points([]), heap.goal_points()) == ([(1.0, 10.0)], [(1.0, 20.0)])
    heap.clear()
    heap.add_reading(RuntimeStat(2 * S, heap_live=7), started=S)
    assert heap.heap_points([]) == [(1.0, 7.0)]


def test_steps_have_the_highest_value_or_one_on_the_line_and_none_before_the_first() -> None:
    heap, goal = [(1.0, 10.0), (1.5, 30.0), (4.5, 90.0)], [(1.2, 50.0)]
    stops = [Pause(1.1, "a", 5, 10), Pause(1.9, "b", None, 40), Pause(3.0, "a", 1, 1)]
    found = bins(heap, goal, [], stops, 0.0, 1.0, 5)
    assert [step.heap for step in found] == [None, 30.0, 50.0, 70.0, 90.0]
    assert [step.goal for step in found] == [None, 50.0, 50.0, 50.0, 50.0]
    assert [(step.stops, step.longest_ns) for step in found] == [(0, 0), (2, 40), (0, 0), (1, 2), (0, 0)]


def test_the_points_of_a_span_have_a_neighbour_on_either_side() -> None:
    points = [(float(at), 0.0) for at in range(6)]
    assert [at for at, _ in within(points, 2, 3)] == [1, 2, 3, 4]
    assert [at for at, _ in within(points, 9, 10)] == [5]
