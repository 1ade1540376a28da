"""The hooks' count beside the runtime's own, of objects and of bytes: full, or it is said what is missing."""

import pytest

from tests import toolchains
from tests.exactness.monitored import monitor


@pytest.mark.parametrize("version", ["1.26", pytest.param("1.24", marks=pytest.mark.slow)])
def test_what_is_allocated_in_arenas_is_missing_and_said_to_be(version: str) -> None:
    run = monitor(toolchains.build("arenas", version, GOEXPERIMENT="arenas"))
    totals, said = run.report["totals"], run.report["health"]["partial"]
    assert run.code == 0
    assert totals["coverage_bytes"] < 0.01
    assert totals["runtime_bytes"] > 100_000_000 > 100 * (totals["bytes"] + totals["waste"])
    assert any("makes arenas" in sentence for sentence in said)
    assert any("of the allocated bytes" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("version", "experiment"),
    [
        ("1.26", ""),
        ("1.26", "runtimefreegc"),
        ("1.26", "sizespecializedmalloc"),
        ("1.26", "boringcrypto"),
        ("1.26", "preemptibleloops"),
        ("1.26", "staticlockranking"),
        ("1.27", ""),
        ("1.24", ""),
        *(pytest.param(version, "", marks=pytest.mark.slow) for version in ("1.21", "1.22", "1.23", "1.25")),
        *(
            pytest.param(version, experiment, marks=pytest.mark.slow)
            for version, experiment in (
                ("1.21", "pagetrace"), ("1.22", "noallocheaders"), ("1.22", "noexectracer2"),
                ("1.24", "nospinbitmutex"),
                ("1.24", "noswissmap"), ("1.25", "greenteagc"), ("1.26", "nogreenteagc"), ("1.27", "nogreenteagc"),
            )
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("variant", ["plain", "stripped"])
@pytest.mark.parametrize("service", ["freed", "exact"])
def test_objects_and_bytes_are_covered_to_the_last(version: str, experiment: str, variant: str, service: str) -> None:
    run = monitor(toolchains.build(service, version, variant, **({"GOEXPERIMENT": experiment} if experiment else {})))
    totals = run.report["totals"]
    assert run.code == 0
    assert (totals["coverage"], totals["coverage_bytes"], totals["unattributed"]) == (1.0, 1.0, 0)
    # What others of its threads allocate while it ends may fall between the two readings.
    assert abs(totals["allocs"] - totals["runtime_allocs"]) <= 3
    # Where locks have ranks, the list of goroutines is not found in the code.
    unread = {"runtime.allgs"} if (variant, experiment) == ("stripped", "staticlockranking") else set()
    assert all(any(name in said for name in unread) for said in run.report["health"]["partial"])
