"""Stacks in columns, against the stacks themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.stack_store import StackIdentity, StackStore, beyond_text

stacks = st.builds(
    StackIdentity,
    kind=st.integers(-1, 4),
    type=st.integers(-1, 3) | st.integers(0, 2**63),
    pcs=st.lists(st.integers(0, 5) | st.integers(0, 2**64), max_size=8).map(tuple),
    cut=st.booleans(),
    path=st.integers(-1, 4) | st.integers(-(2**63), 2**63),
    apart=st.integers(-1, 3),
    short=st.booleans(),
    limit=st.integers(0, 2),
)


@given(st.lists(stacks, max_size=30))
def test_every_stack_comes_back_as_it_was_and_is_found_again(given_: list[StackIdentity]) -> None:
    store, rows = StackStore(), list[StackIdentity]()
    for stack in given_:
        row = store.find(stack)
        assert row == (rows.index(stack) if stack in rows else None)
        if row is None:
            assert store.add_stack(stack) == len(rows)
            rows.append(stack)
    assert list(store) == rows and len(store) == len(rows)
    for row, stack in enumerate(rows):
        its = (store.kind(row), store.type(row), store.pcs(row), store.cut(row), store.path(row), store.depth(row))
        assert (store.short(row), store.beyond(row)) == (stack.short, beyond_text(stack.cut, stack.limit))
        assert its == (stack.kind, stack.type, stack.pcs, stack.cut, stack.path, len(stack.pcs))
        assert tuple(map(store.pc, store.numbers(row))) == stack.pcs


def test_stacks_with_the_same_hash_are_not_taken_for_one_another() -> None:
    one, other = (StackIdentity(0, 0, (pc,), False) for pc in (-1, -2))
    assert hash(one) == hash(other)
    store = StackStore()
    store.add_stack(one)
    assert store.find(other) is None
