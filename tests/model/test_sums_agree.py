"""Totals, sites, stacks, callers, groups and flame graph say the same, at every moment of what was recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from gotop.agent.protocol import Message, Stacks, Tick
from gotop.agent.recording import read_recording
from gotop.export.formats import folded
from gotop.export.profile import session_profile
from gotop.export.registry import ALL
from gotop.model.counts.room import Room
from gotop.model.queries import GroupBy, SiteQuery, StackQuery, Window
from gotop.model.session import Session
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from tests.agreement import assert_sums_agree
from tests.streams import hello, live_streams, names, stack, tick

ROOT_DIRECTORY = Path(__file__).parents[2]
RECORDINGS = [path for path in ROOT_DIRECTORY.glob("*/**/*.gotop*") if path.is_file() and ".git" not in path.parts]
MOMENTS = 6
"""Moments of a recording at which all is added up."""

WAY = (1, 2, 3, 4)


def test_there_are_recordings() -> None:
    assert RECORDINGS


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
@pytest.mark.parametrize("room", [Room(), Room(stacks=0)], ids=["whole", "kept as sites"])
def test_recordings_add_up(path: Path, room: Room) -> None:
    session, messages = Session(lambda: 0.0, room=room), list(read_recording(path))
    ticks = [place for place, message in enumerate(messages) if isinstance(message, Tick)]
    looked_at = set(ticks[:: max(1, len(ticks) // MOMENTS)]) | {ticks[-1]}
    for place, message in enumerate(messages):
        session.apply(message)
        if place in looked_at:
            assert_sums_agree(session)
    assert session.totals().allocs
    assert session.shortened == (room.stacks == 0)


@given(live_streams())
def test_streams_add_up_where_stacks_are_kept_shorter(messages: list[Message]) -> None:
    session = Session(lambda: 0.0)
    for message in messages:
        if isinstance(message, Stacks):
            defs = [replace(each, cut=n % 2 == 0, short=n % 4 == 0) for n, each in enumerate(message.defs)]
            message = Stacks(tuple(defs))
        session.apply(message)
    assert_sums_agree(session)


def shortened() -> Session:
    """A site with a whole stack, one as deep as allowed, one that there was no room for, and one that ends early."""
    session = Session(lambda: 0.0)
    session.apply(hello(depth=4))
    session.apply(names(["runtime.mallocgc", "main.site", "main.caller", "main.main"], ["main.T"]))
    kinds = [{}, {"cut": True}, {"cut": True, "short": True}, {"cut": True}]
    ways = [WAY, WAY, WAY[:3], WAY[:3]]
    defs = [replace(stack(n, *ways[n], type=1001), **kinds[n]) for n in range(4)]
    session.apply(Stacks(tuple(defs)))
    session.apply(tick(1, {n: (1, 10**n, 0) for n in range(4)}))
    return session


def test_frames_that_were_not_kept_have_a_box_that_says_why() -> None:
    session = shortened()
    flame = session.flame(FlameQuery(Window.TOTAL))
    boxes = {flame.label(node).text: flame.value(node) for node in flame.children(ROOT)}
    assert boxes == {"main.main": 1, "… deeper than --depth 4": 10, "… deeper than was kept": 1100}
    (row,) = session.sites(SiteQuery(window=Window.TOTAL)).rows
    (package,) = session.sites(SiteQuery(window=Window.TOTAL, group=GroupBy.PACKAGE)).rows
    assert row.shortened and package.shortened
    stacks = session.stacks(row.key, StackQuery(window=Window.TOTAL, limit=1))
    assert (len(stacks), stacks.total, stacks.shortened) == (1, 4, 1)
    callers = session.callers(row.key)
    assert callers is not None
    (caller,) = callers.children
    further = {node.frame.function: node.bytes for node in caller.children}
    assert further == {"main.main": 11, "… deeper than was kept": 1100}
    (main,) = (node for node in caller.children if node.frame.function == "main.main")
    assert [(node.frame.function, node.bytes) for node in main.children] == [("… deeper than --depth 4", 10)]
    assert_sums_agree(session)


def test_a_depth_that_is_set_later_is_not_what_earlier_stacks_are_cut_at() -> None:
    session = shortened()
    session.apply(hello(depth=3))
    assert {"… deeper than --depth 4"} < {
        each.beyond for each in session.stacks(session.sites(SiteQuery()).rows[0].key)
    }


def test_exports_have_a_frame_for_what_was_not_kept() -> None:
    lines = folded.make(session_profile(shortened()), ALL).decode().splitlines()
    assert {line.partition(";")[0] for line in lines} == {
        "main.main", "… deeper than --depth 4", "… deeper than was kept",
    }  # fmt: skip
