"""Trees do not grow without end, and lose nothing by it: what has no node of its own is in one more."""

from __future__ import annotations

from itertools import product

from gotop.agent.protocol import Stacks
from gotop.model.counts.room import Room
from gotop.model.queries import Hide, SiteQuery, Window
from gotop.model.session import Session
from gotop.model.trees.caller_tree import LazyCallerNode
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from gotop.model.trees.tree_limit import DEEPER
from tests.streams import hello, names, stack, tick

WAYS = list(product(range(3, 7), repeat=5))


def branching(nodes: int = 1_000_000) -> Session:
    """A site that is reached in 4⁵ ways."""
    session = Session(lambda: 0.0, room=Room(nodes=nodes))
    session.apply(hello())
    session.apply(names(["runtime.mallocgc", "main.site", *(f"main.f{number}" for number in range(4))]))
    session.apply(Stacks(tuple(stack(number, 1, 2, *way) for number, way in enumerate(WAYS))))
    session.apply(tick(1, dict.fromkeys(range(len(WAYS)), (1, 16, 0))))
    return session


def test_a_flame_graph_with_little_room_still_has_all_bytes() -> None:
    flame = branching(100).flame(FlameQuery(Window.TOTAL))
    deeper = [node for node in range(len(flame)) if flame.label(node).text == DEEPER]
    assert len(flame) <= 200 and deeper
    assert flame.value(ROOT) == 16 * len(WAYS)
    leaves = [node for node in range(len(flame)) if not flame.children(node)]
    assert sum(map(flame.value, leaves)) == flame.value(ROOT)
    assert set(deeper) <= set(leaves)


def test_callers_with_little_room_still_have_all_bytes() -> None:
    session = branching()
    key = session.sites(SiteQuery()).rows[0].key
    whole = session.callers(key)
    assert whole is not None
    bounded = branching(100).now.callers(key, Hide.NOTHING)
    assert bounded is not None
    assert (bounded.bytes, bounded.allocs) == (whole.bytes, whole.allocs) == (16 * len(WAYS), len(WAYS))

    def below(node: LazyCallerNode) -> int:
        """Bytes of the leaves."""
        return sum(map(below, node.children)) if node.children else node.bytes

    assert below(bounded) == below(whole) == 16 * len(WAYS)
    assert DEEPER in {child.frame.function for first in bounded.children for child in first.children} | {
        child.frame.function for child in bounded.children
    }
