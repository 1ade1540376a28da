"""Sums from the leaves to the root, against a walk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import column_of
from gotop.model.trees.sum_tree import SumTree


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1 << 40)), max_size=60), st.integers(0, 60))
def test_each_node_has_what_is_below_it(added: list[tuple[int, int]], asked_at: int) -> None:
    tree, values = SumTree(), [5]
    for number, (where, value) in enumerate(added):
        if number == asked_at:
            tree.sum_upward(column_of(values))  # what is worked out must not outlast the tree
        assert tree.add_node(where % len(tree)) == len(values)
        values.append(value)
    wanted = list(values)
    for node in range(len(values) - 1, 0, -1):
        wanted[tree.parents[node]] += wanted[node]
    assert tree.sum_upward(column_of(values)).tolist() == wanted
    assert tree.sum_upward(column_of(values[:1])).tolist() == [5] + [0] * (len(values) - 1)
