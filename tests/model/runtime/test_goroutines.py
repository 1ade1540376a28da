"""Readings of all goroutines."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent.protocol import (
    GO,
    GoroutineRow,
    StackDef,
    Stacks,
)
from gotop.model.queries import Window
from tests.model.runtime.recorded import (
    FUNC1,
    GCSTART,
    MAIN,
    MALLOC,
    NEWPROC,
    SCAVENGE,
    SERVE,
    SYSTEM,
    WORK,
    WORKER,
    WORKERS,
    reading,
    session_of,
)
from tests.streams import SECOND, START, hello, names, tick


def test_created_and_living_goroutines_are_one_row() -> None:
    stacks = Stacks((
        StackDef(0, GO, WORK, (FUNC1, SYSTEM, NEWPROC, SERVE, MAIN), False),
        StackDef(1, GO, WORKER, (FUNC1, SYSTEM, NEWPROC, WORKERS, GCSTART, MALLOC, MAIN), False),
    ))  # fmt: skip
    rows = reading(
        GoroutineRow(SERVE, WORK, 4, 1, 7, 70), GoroutineRow(SERVE, WORK, 1, 0, 1, 10),
        GoroutineRow(MAIN, SCAVENGE, 4, 9, 2, 20),
    )  # fmt: skip
    session = session_of(stacks, tick(1, {0: (10, 0, 0), 1: (2, 0, 0)}))
    assert [(site.function, site.live, site.states) for site in session.runtime.goroutine_sites()] == [
        ("main.serve", None, ()), ("runtime.gcBgMarkStartWorkers", None, ()),
    ]  # fmt: skip
    session.apply(replace(names(()), waits=("", "IO wait")))
    session.apply(rows)
    serve, scavenger, workers = session.runtime.goroutine_sites(Window.TOTAL)
    assert (serve.starts, serve.created, serve.live, serve.stack_bytes) == ("main.work", 10, 8, 80)
    assert serve.states == (("IO wait", 7), ("runnable", 1))
    assert (scavenger.starts, scavenger.created, scavenger.live, scavenger.system) == ("runtime.bgscavenge", 0, 2, True)
    assert scavenger.states == (("waiting (9)", 2),)
    assert (workers.function, workers.created, workers.live, workers.system) == (
        "runtime.gcBgMarkStartWorkers", 2, 0, True,
    )  # fmt: skip
    live = session.runtime.live_goroutines()
    assert live is not None
    assert (live.user, live.system, live.dead, live.stack_bytes, live.dead_stack_bytes) == (8, 2, 3, 100, 4096)
    assert live.states == (("IO wait", 7), ("runnable", 1)), "states are those of the goroutines that `user` counts"
    (chain,) = session.runtime.stacks(GO, serve.key)
    assert (chain.count, [frame.function for frame in chain.frames][-2:]) == (10, ["main.serve", "main.main"])


def test_the_runtimes_own_count_of_its_goroutines_is_believed() -> None:
    session = session_of(reading(GoroutineRow(SERVE, WORK, 4, 0, 7, 70), system=2))
    live = session.runtime.live_goroutines()
    assert live is not None
    assert (live.user, live.system) == (5, 2)


def test_the_states_come_to_all_living_goroutines() -> None:
    session = session_of(replace(reading(GoroutineRow(SERVE, WORK, 4, 0, 7, 70)), live=12, folded=3))
    live = session.runtime.live_goroutines()
    assert live is not None
    assert live.user == sum(count for _, count in live.states) == 12
    assert ("not listed", 5) in live.states


def test_no_reading_is_no_zero() -> None:
    session = session_of(
        reading(missing="no g.gopc"), Stacks((StackDef(0, GO, WORK, (SERVE,), False),)), tick(1, {0: (1, 0, 0)})
    )
    (site,) = session.runtime.goroutine_sites()
    assert (site.created, site.live, site.stack_bytes) == (1, None, None)


def test_names_of_reasons_to_wait_outlive_a_restart_from_the_same_binary() -> None:
    session = session_of(replace(names(()), waits=("", "IO wait")), reading(GoroutineRow(SERVE, WORK, 4, 1, 7, 70)))
    session.apply(hello(pid=77, started=START + SECOND))
    assert session.runtime.live_goroutines() is None
    session.apply(reading(GoroutineRow(SERVE, WORK, 4, 1, 2, 20)))
    (site,) = session.runtime.goroutine_sites()
    assert site.states == (("IO wait", 2),)
