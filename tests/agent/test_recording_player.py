"""A recording that is played: in time, at any speed, halted, moved in."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gotop.agent.protocol import Ended, Message, Stacks, Tick
from gotop.agent.recording import Recorder
from gotop.agent.recording_player import Player
from gotop.model.queries import SiteQuery
from gotop.model.session import Session
from tests.streams import START, Clock, hello, names, stack, tick

ENDED = Ended(START, 3, None, False, False, False)


def record(path: Path, stream: list[Message]) -> None:
    path.unlink(missing_ok=True)
    recorder = Recorder(path, unix_ns=1)
    assert all(recorder.write(message) for message in stream)
    recorder.close()


def ten_seconds(path: Path) -> list[Message]:
    start = [hello(), names(["main.a"]), Stacks((stack(0, 1),))]
    stream = [*start, *[tick(at, {0: (1, 16, 0)}, seq=at) for at in range(1, 12)], ENDED]
    record(path, stream)
    return stream


async def test_without_waiting_everything_comes_in_order(tmp_path: Path) -> None:
    stream = ten_seconds(tmp_path / "x")
    player = Player(tmp_path / "x", speed=math.inf)
    assert [m async for m in player.messages()][1:] == stream
    assert (player.length, player.position, player.truncated) == (10.0, 10.0, False)


async def test_pause_speed_and_seek(tmp_path: Path) -> None:
    """Each message is asked for only when its time has come: a player that would wait for real hangs the test."""
    ten_seconds(tmp_path / "x")
    clock = Clock()
    player = Player(tmp_path / "x", clock=clock)
    stream = player.messages(follow=True)

    async def next_tick() -> int:
        async for message in stream:
            if isinstance(message, Tick):
                return message.seq
        raise AssertionError("the stream has ended")

    assert await next_tick() == 1
    clock.now = 1.0
    assert await next_tick() == 2
    player.speed = 4.0
    clock.now = 1.5
    assert player.position == 3.0
    assert [await next_tick(), await next_tick()] == [3, 4]
    player.paused = True
    clock.now = 1000.0
    assert player.position == 3.0
    player.seek(5.0)
    assert player.position == 5.0
    assert [await next_tick(), await next_tick()] == [5, 6]
    player.seek(0.5)
    # Back: from the beginning up to there.
    assert [await next_tick(), player.position] == [1, 0.5]
    player.seek(999)
    assert [await next_tick() for _ in range(10)] == list(range(2, 12))
    assert player.position == 10.0
    player.paused = False
    player.seek(0)
    assert await next_tick() == 1
    with pytest.raises(ValueError, match="not above 0"):
        player.speed = 0


async def test_seeking_back_shows_what_was_then(tmp_path: Path) -> None:
    ten_seconds(tmp_path / "x")
    player = Player(tmp_path / "x", speed=math.inf)
    session = Session(lambda: 0.0)
    ticks, moved = 0, False
    async for message in player.messages(follow=True):
        session.apply(message)
        if isinstance(message, Ended) and not moved:
            assert session.sites(SiteQuery()).rows[0].allocs == 11
            player.paused, moved = True, True
            player.seek(3.0)
        elif moved and isinstance(message, Tick):
            ticks += 1
            if ticks == 4:
                break
    assert session.sites(SiteQuery()).rows[0].allocs == 4
    assert session.ending is None
    assert player.position == 3.0
