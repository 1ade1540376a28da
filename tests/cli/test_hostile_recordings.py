"""Recordings made to harm their reader: a message or a report, soon, in bounded memory; never a traceback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import math
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest

from gotop.agent.protocol import DeltaColumns, Recorded, encode
from gotop.agent.recording import RecordingError, read_recording
from gotop.agent.recording_player import Player
from gotop.agent.symbol_source import symbols_opener
from gotop.cli.replay import ReplayFeed
from gotop.export.json_report import as_json
from gotop.export.text_report import as_text
from gotop.model.session import Session
from tests import streams
from tests.cli.running import Runner

ROOM = 3_000_000 << 10
"""Bytes of address space: numpy's threads alone take some hundred MB."""
SOON_S = 200


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def head() -> bytes:
    recorded = Recorded(2, 0, "0.1.0")
    return b"".join(map(encode, (recorded, streams.hello(), streams.tick(0.1))))


def raw(**fields: Any) -> bytes:
    packed: bytes = msgpack.packb(fields, use_bin_type=True)
    return packed


def tick(**changes: Any) -> bytes:
    message = msgpack.unpackb(encode(streams.tick(1.0)))
    return raw(**{**message, **changes})


def with_agent(**changes: Any) -> bytes:
    message = msgpack.unpackb(encode(streams.tick(1.0)))
    return raw(**{**message, "agent": {**message["agent"], **changes}})


def zeros() -> Iterator[bytes]:
    yield from (bytes(1 << 20) for _ in range(300))


def tiny_strangers() -> Iterator[bytes]:
    piece = raw(t="x") * 100_000
    yield from (piece for _ in range(300))


def undefined_ids() -> Iterator[bytes]:
    """Columns of ones: each reading counts 300,000 stacks that nobody has defined."""
    column = b"\1" * 300_000
    for number in range(60):
        at = streams.START + (number + 2) * 10_000_000
        run = DeltaColumns(number * 300_000, 300_000, column, column, column)
        yield encode(replace(streams.tick(1.0), at=at, run=run, deltas=()))


def many_stacks() -> Iterator[bytes]:
    for number in range(7):
        yield raw(t="stacks", defs=[[number * 100_000 + id_, 0, 0, [id_ & 63], False] for id_ in range(100_000)])


def many_names() -> Iterator[bytes]:
    for number in range(60):
        yield raw(t="symbols", frames=[], types=[[number * 50_000 + id_, "T" * 90] for id_ in range(50_000)])


def readings_in_no_time() -> Iterator[bytes]:
    yield raw(t="stacks", defs=[[id_, 0, 0, [id_], False] for id_ in range(100_000)])
    for number in range(20_000):
        yield encode(replace(streams.tick(1.0), at=streams.START + number * 1000 + 10**9))


def long_names() -> Iterator[bytes]:
    yield raw(t="symbols", frames=[[1, [["f" * (8 << 20), "/f" * (3 << 20), 1, False]]]], types=[])
    yield raw(t="stacks", defs=[[id_, 0, 0, [1] * 100, False, 0] for id_ in range(100)])
    yield tick(deltas=[value for id_ in range(100) for value in (id_, 1, 1, 1)])


def deep_stack() -> Iterator[bytes]:
    yield raw(t="stacks", defs=[[1, 0, 0, list(range(200_000)), False]])


def goroutine_readings() -> Iterator[bytes]:
    message = {
        "t": "goroutines", "took_ns": 1, "live": 0, "system": None, "dead": 0, "dead_bytes": 0, "folded": 0,
        "folded_count": 0, "folded_bytes": 0, "rows": [], "missing": "",
    }  # fmt: skip
    for number in range(200_000):
        yield raw(**message, at=streams.START + number)


@pytest.mark.parametrize(
    "make",
    [
        zeros,
        tiny_strangers,
        undefined_ids,
        many_stacks,
        many_names,
        readings_in_no_time,
        long_names,
        deep_stack,
        goroutine_readings,
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_memory_is_bounded(gotop: Runner, make: Callable[[], Iterator[bytes]], packed: bool) -> None:
    path = gotop.home / "bomb.gotop"
    with gzip.open(path, "wb", 6) if packed else path.open("wb") as file:
        file.write(head())
        for piece in make():
            file.write(piece)
    replayed(gotop, path)


def replayed(gotop: Runner, path: Path) -> subprocess.CompletedProcess[str]:
    done = gotop.run(
        "replay", "--json", path, timeout=SOON_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM)),
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-2000:]
    for word in ("Traceback", "mistake in gotop", "emory"):
        assert word not in done.stderr
    assert done.returncode == 0 or done.stderr.startswith("gotop: ")
    return done


HUGE, LEAST = 2**64 - 1, -(2**63)
NAN, INFINITE = float("nan"), float("inf")


ABSURD = [
    *(with_agent(**{name: value}) for name in ("lag_ms", "overhead", "budget") for value in (NAN, INFINITE, 1e300)),
    *(with_agent(overhead_high=x, overhead_low=x, overhead_all_high=x, overhead_all=x) for x in (NAN, 1e300, -1.0)),
    *(with_agent(cpu_ns=value, rss=value, table_bytes=value) for value in (HUGE, LEAST)),
    *(tick(at=value) for value in (HUGE, LEAST, 2**63 - 1, 0)),
    *(tick(dur_ns=value, seq=value) for value in (HUGE, LEAST)),
    *(tick(deltas=[id_, 1, 16, 0]) for id_ in (HUGE, 2**63 - 1, 2**40)),
    *(tick(deltas=[1, value, value, value]) for value in (HUGE, 2**63 - 1)),
    tick(deltas=[], run=[2**63 - 1, 1, b"\1", b"\1", b"\0"]),
    tick(deltas=[], run=[1 << 50, 300_000, b"\xff" * 2_400_000, b"", b"\1" * 300_000]),
    raw(t="proc", at=1, cpu_percent=NAN, rss=-1, threads=-1, fds=HUGE),
    raw(t="proc", at=2**63 - 1, cpu_percent=-1e17, rss=HUGE, threads=HUGE, fds=LEAST),
    raw(t="events", stw=[[1, 2**40, 2**63 - 1, 2**63 - 1], [-1] * 4], gc=[[1] * 19 + [NAN, True]], lost=HUGE),
    raw(
        t="events",
        stw=[],
        gc=[[HUGE] * 19 + [0.5, True], [LEAST] * 19 + [-1.0, False], [0] * 19 + [0.0, False]],
        lost=-1,
    ),
    raw(t="size_classes", at=5, classes=[0, 5, 5, 2**63 - 1, HUGE, 0, -5, 1, 2], tiny=HUGE, large=[-1] * 4),
    raw(t="attributes", defs=[[2**40, HUGE, [["k", "v"]] * 8, 2**63 - 1, 7], [-1, 0, [], -5, -9]]),
    raw(t="attribution", at=5, since=-5, deltas=[2**40, 5, 5, 77, 1, 1], lost=[-5, HUGE], missing=""),
    raw(t="ended", at=1, code=2**62, signal=None, core=False, by_us=False, detached=False),
    raw(t="ended", at=1, code=None, signal=-7, core=False, by_us=False, detached=False),
    raw(t="ended", at=1, code=None, signal=None, core=False, by_us=False, detached=False),
    raw(t="log", fd=99, off=-5, data=b"x\x1b[31m\n" * 1000, skipped=2**63),
    raw(t="stacks", defs=[[-5, 99, HUGE, [HUGE], True, -9], [7, 1, 0, [], False], [8, 4, 0, [], False, 99]]),
    b"\x91" * 1_000_000,
    b"\xdb\xff\xff\xff\xff" + b"x" * 100,
    b"\xdd\xff\xff\xff\xff\x01",
    b"\xdf\xff\xff\xff\xff\x01",
    b"\xc7\xff\x05" + b"x" * 300,
]


@pytest.mark.parametrize("number", range(len(ABSURD)))
def test_absurd_figures(gotop: Runner, number: int) -> None:
    """As `gotop replay` reports them, without starting it for each."""
    path = gotop.home / "absurd.gotop"
    path.write_bytes(head() + ABSURD[number] + tick(at=streams.START + 2 * 10**9))
    session = Session()
    with contextlib.suppress(RecordingError):
        asyncio.run(ReplayFeed(Player(path, math.inf), follow=False).run(session))
    json.loads(as_json(session))
    assert as_text(session)


def test_what_is_no_regular_file_is_not_waited_for(gotop: Runner) -> None:
    fifo, directory = gotop.home / "fifo", gotop.home / "directory"
    os.mkfifo(fifo, 0o755)
    directory.mkdir()
    for words in (("replay", "--json"), ("inspect",), ("run", "--json")):
        for path in (fifo, "/dev/zero", "/dev/tty", directory):
            if words == ("run", "--json") and path == directory:
                continue  # a package
            done = gotop.run(*words, path, timeout=60)
            assert done.returncode in (1, 2), (words, path)
            assert "Traceback" not in done.stderr and "mistake" not in done.stderr


def test_an_executable_that_became_a_fifo_holds_up_nobody(gotop: Runner) -> None:
    """The agent's hello names it; names are then asked of the agent, and there are none."""
    fifo = gotop.home / "exe"
    os.mkfifo(fifo)
    with pytest.raises(OSError, match="agent"):
        symbols_opener(gotop.home / "no.sock")(streams.hello(exe=str(fifo), pid=2**22 + 1))


def test_a_recording_that_shrinks_well_is_still_read(gotop: Runner) -> None:
    """The bound of packed files does not touch real ones: idle ticks shrink to a thirtieth."""
    path = gotop.home / "idle.gotop"
    with gzip.open(path, "wb") as file:
        file.write(head())
        for number in range(20_000):
            file.write(encode(replace(streams.tick(1.0), seq=number, at=streams.START + number * 10**8)))
    assert len(list(read_recording(path))) == 20_000 + 4
