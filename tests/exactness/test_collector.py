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
    # MemStats adds up the two pauses of a cycle. The first begins with the request to stop on both sides; in MemStats
    # it ends when the restart is done, in gotop, which is hooked there, when it begins: gotop's is never longer.
    first, second = pauses[::2], pauses[1::2]
    for own, begins, ends in zip(said["pause_ns"], first, second, strict=True):
        assert (begins["reason"], ends["reason"]) == ("GC sweep termination", "GC mark termination")
        assert 0 < (begins["stopping_ns"] or 0) + begins["stopped_ns"] <= own
        assert (ends["stopping_ns"] or 0) + ends["stopped_ns"] > 0
    # The second ends at once in MemStats, with the restart in gotop. All in all they measure the same.
    measured = sum((pause["stopping_ns"] or 0) + pause["stopped_ns"] for pause in pauses)
    assert 0.1 < measured / said["pause_total_ns"] < 5
