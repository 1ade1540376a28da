"""What is alive in a service when gotop stops it is what is reported, not what its end has left of it."""

from gotop.agent.protocol import RuntimeStat
from gotop.model.session import Session
from tests.streams import START, hello, tick


def test_what_is_alive_is_held_and_what_is_counted_goes_on() -> None:
    session = Session()
    session.apply(hello())
    session.apply(tick(1, runtime=RuntimeStat(START, goroutines=41, heap_live=900, heap_goal=1800, num_gc=3)))
    session.hold()
    session.apply(tick(2, seq=2, runtime=RuntimeStat(START, goroutines=2, heap_live=100, heap_goal=400, num_gc=5)))
    assert session.goroutines().live == 41
    heap = session.heap()
    assert (heap.live, heap.goal, heap.cycles) == (900, 1800, 5)


def test_without_a_reading_there_is_nothing_to_hold() -> None:
    session = Session()
    session.apply(hello())
    session.hold()
    session.apply(tick(1, runtime=RuntimeStat(START, goroutines=2)))
    assert session.goroutines().live == 2
