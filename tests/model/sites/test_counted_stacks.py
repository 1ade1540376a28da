"""Counts of stacks in a window against those of the windows around it."""

from __future__ import annotations

from collections import Counter

import pytest

from gotop.model.queries import Window
from gotop.model.session import Session
from tests.ui.recorded import messages


def counts(session: Session, window: Window) -> Counter[tuple[object, ...]]:
    found = Counter[tuple[object, ...]]()
    for stack in session.now.counted_stacks(window):
        found[stack.site, tuple(pc for pc, _ in stack.calls)] += stack.bytes
    return found


@pytest.fixture(scope="module")
def session() -> Session:
    """A NATS server, with a mark in the midst."""
    session = Session(lambda: 0.0)
    every = messages()
    for number, message in enumerate(every):
        session.apply(message)
        if number == len(every) // 2:
            session.mark()
            session.until_mark = counts(session, Window.TOTAL)  # type: ignore[attr-defined]
    return session


def test_before_and_after_a_mark_are_all(session: Session) -> None:
    after, before = counts(session, Window.MARK), session.until_mark  # type: ignore[attr-defined]
    assert sum(after.values()) > 0 < sum(before.values())
    assert after + before == counts(session, Window.TOTAL)


def test_all_stacks_together_are_the_totals(session: Session) -> None:
    stacks = list(session.now.counted_stacks(Window.TOTAL))
    assert sum(stack.allocs for stack in stacks) == session.totals().allocs
    assert sum(stack.bytes for stack in stacks) == session.totals().bytes
    assert any(len(frames) > 1 and frames[0].inlined for stack in stacks for _, frames in stack.calls)
