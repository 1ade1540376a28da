"""Collections and pauses against MemStats."""

from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.matrix import Case


@pytest.mark.parametrize("version", toolchains.PINNED)
def test_cycles_and_pauses_are_those_of_memstats(version: str, tmp_path: Path) -> None:
    result = Case(version, "plain", "gc", ("-cycles", "20")).run(tmp_path)
    assert not result.faults(), "\n".join(result.faults())
    said, gc = result.run.statement, result.run.report["gc"]
    pauses = [pause for pause in gc["pauses"] if pause["reason"].startswith("GC ")]
    # A cycle stops the world twice: for sweep termination and for mark termination.
    assert len(pauses) == 2 * said["num_gc"]
    assert {pause["reason"] for pause in pauses} == {"GC sweep termination", "GC mark termination"}
    instants = [pause["at"] for pause in gc["pauses"]]
    assert instants == sorted(instants)
    # MemStats adds up the two pauses of a cycle, each from the request to stop to just before or after the restart;
    # the differences are the few instructions in between, which a busy machine can stretch in single cycles.
    measured = [
        sum(p["stopping_ns"] + p["stopped_ns"] for p in pauses[cycle : cycle + 2]) for cycle in range(0, len(pauses), 2)
    ]
    close = [abs(mine - own) <= 0.2 * own + 10_000 for mine, own in zip(measured, said["pause_ns"], strict=True)]
    assert sum(close) >= 0.8 * len(close), [*zip(measured, said["pause_ns"], strict=True)]
