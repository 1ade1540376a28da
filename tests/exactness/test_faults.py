"""Stacks below a fault, and stacks that end early."""

from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.monitored import frames_of, monitor

VERSIONS = [
    *toolchains.PINNED,
    *(pytest.param(v, marks=pytest.mark.slow) for v in toolchains.SUPPORTED if v not in toolchains.PINNED),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("variant", ["plain", "stripped-pie"])
def test_the_caller_of_a_function_that_faulted_without_a_frame_is_in_its_stack(
    version: str, variant: str, tmp_path: Path
) -> None:
    """As runtime.Callers has it in the same place."""
    statement = tmp_path / "seen.json"
    run = monitor(toolchains.build("faulting", version, variant), str(statement), statement=statement)
    assert run.code == 0
    (site,) = (site for site in run.report["sites"] if site["function"] == "main.note" and site["type"] == "[5]int")
    stacks = [[frame["function"] for frame in frames_of(run.report, stack)] for stack in site["stacks"]]
    wanted = [names[names.index("main.note") :] for names in run.statement]
    assert sorted(stack[stack.index("main.note") :] for stack in stacks) == sorted(wanted)
    assert not any(stack["cut"] for stack in site["stacks"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stack_that_assembly_breaks_off_is_cut(version: str) -> None:
    run = monitor(toolchains.build("clobber", version))
    cut = {
        (site["function"], site["allocs"]): {stack["cut"] for stack in site["stacks"]}
        for site in run.report["sites"]
        if site["function"] in ("main.lost", "main.whole")
    }
    assert run.code == 0
    assert cut == {("main.lost", 100): {True}, ("main.whole", 200): {False}}


@pytest.mark.parametrize("version", VERSIONS)
def test_no_whole_stack_is_taken_for_one_that_ends_early(version: str) -> None:
    for service in ("exact", "callers", "gc"):
        run = monitor(toolchains.build(service, version), options=["--for", "3s"])
        early = [
            [frame["function"] for frame in frames_of(run.report, stack)]
            for site in run.report["sites"]
            for stack in site["stacks"]
            if stack["cut"]
        ]
        assert not [functions for functions in early if functions[-1].startswith("runtime.")], run.report["partial"]
