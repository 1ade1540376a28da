"""The wall clock is set while a service is watched: nothing but what is said of the time of day may change."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import Lost, Message, Stacks
from gotop.export.json_report import document
from gotop.model.session import Session
from tests.streams import SECOND, hello, names, stack, tick


def watched(*wall: int) -> Session:
    """A session over as many connections as there are readings of the wall clock (ns), one a connection."""
    session = Session(clock=lambda: 0.0)
    messages: list[Message] = []
    at, total = 1.0, 0
    for unix in wall:
        if messages:
            messages.append(Lost("gone", retrying=True))
        messages += [hello(unix=unix, mono=round((100 + at) * SECOND)), names(["main.a"]), Stacks((stack(1, 1),))]
        for turn in range(5):
            at, total = at + 1.0, total + 10
            counts = (total, 16 * total, 0) if turn == 0 else (10, 160, 0)
            messages.append(tick(at, {1: counts}, None, dur=at if turn == 0 else 1.0, seq=turn + 1))
    for message in messages:
        session.apply(message)
    return session


@pytest.mark.parametrize("step", [-86_400, 86_400, -1_790_000_000])
def test_a_step_of_the_wall_clock_changes_no_figure(step: int) -> None:
    now = 1_790_000_000 * SECOND
    steady, stepped = watched(now, now, now), watched(now, now + step * SECOND, now)
    assert steady.target is not None and stepped.target is not None
    expected, found = document(steady), document(stepped)
    assert expected["sites"] and expected["sites"][0]["allocs"] == 150
    assert found == expected
