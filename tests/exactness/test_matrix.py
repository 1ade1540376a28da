from pathlib import Path

import pytest

from tests.exactness.matrix import BUILDS, WORKLOADS, Case


@pytest.mark.parametrize("case", (*BUILDS, *WORKLOADS), ids=str)
def test_hooked_count_is_the_runtimes(case: Case, tmp_path: Path) -> None:
    result = case.run(tmp_path)
    assert result.run.statement["mallocs"] > 5000
    assert not result.faults(), "\n".join(result.faults())


def test_the_statement_itself_is_not_counted_twice(tmp_path: Path) -> None:
    """The oracle is sound: one object more in the program is one more in both counts."""
    counts = []
    for n in ("1000", "1001"):
        result = Case("1.26", "plain", "short", ("-n", n)).run(tmp_path)
        assert not result.faults(), "\n".join(result.faults())
        counts.append((result.run.statement["mallocs"], result.run.report["totals"]["allocs"]))
    assert counts[1] == (counts[0][0] + 1, counts[0][1] + 1)
