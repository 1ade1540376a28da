from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.matrix import BUILDS, WORKLOADS, Case
from tests.exactness.monitored import monitor


@pytest.mark.parametrize("case", (*BUILDS, *WORKLOADS), ids=str)
def test_hooked_count_is_the_runtimes(case: Case, tmp_path: Path) -> None:
    result = case.run(tmp_path)
    assert result.run.statement["mallocs"] > 5000
    assert not result.faults(), "\n".join(result.faults())


def test_one_object_more_is_one_more(tmp_path: Path) -> None:
    """The oracle is sound: what the program allocates beyond what it always does is what both counts have more."""
    binary = toolchains.build("short", "1.26")
    for n in (1000, 1001, 5000):
        statement = tmp_path / f"{n}.json"
        run = monitor(binary, "-n", str(n), "-out", str(statement), statement=statement)
        others = sum(site["allocs"] for site in run.report["sites"] if site["type"] != "main.item")
        assert run.statement["mallocs"] == run.report["totals"]["allocs"] == n + others
