"""The part of the whole matrix that every run of the tests covers: each pinned version in a few builds."""

from itertools import cycle
from pathlib import Path

import pytest

from gotop.cli.options import MODES
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.exactness import guided
from tests.exactness.conditions import CONDITIONS, Condition, run_cell
from tests.exactness.dumps import dump_faults, faults_of
from tests.exactness.matrix import Case
from tests.exactness.monitored import monitor

BUILDS = dict(zip(toolchains.PINNED, cycle(("cgo", "stripped-pie", "plain")), strict=False))


@pytest.mark.parametrize("condition", CONDITIONS[1:], ids=lambda condition: condition.name)
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_difference_is_none_whatever_goes_on(version: str, condition: Condition) -> None:
    cell = run_cell(version, BUILDS[version], condition)
    assert not cell.faults, "\n".join(cell.faults)


@pytest.mark.parametrize(
    "build", [*toolchains.RARE_VARIANTS, *(pytest.param(build, marks=pytest.mark.slow) for build in guided.VARIANTS)]
)
def test_unusual_builds(build: str) -> None:
    cell = run_cell("1.26", build, CONDITIONS[0])
    assert not cell.faults, "\n".join(cell.faults)


@pytest.mark.slow
def test_an_allocator_inlined_into_append() -> None:
    """With Go 1.24's usual limits and a profile of appending, mallocgc is inlined into growslice."""
    plan = make_plan(guided.build("exact", "1.24", "pgo-append"))
    assert "runtime.mallocgcLarge" in {hook.name for hook in plan.hooks}
    cell = run_cell("1.24", "pgo-append", CONDITIONS[0])
    assert not cell.faults, "\n".join(cell.faults)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_can_be_started_with(mode: str, tmp_path: Path) -> None:
    statement = tmp_path / "statement.json"
    binary = toolchains.build("exact", "1.26")
    run = monitor(binary, "-n", "500", "-out", str(statement), options=("--mode", mode), statement=statement)
    assert run.code == 0
    assert run.report["target"]["mode"] == mode
    assert (run.report["totals"]["allocs"] == run.statement["mallocs"]) is (mode != "off")


@pytest.mark.slow
def test_samples_where_a_profile_has_inlined_the_allocator(tmp_path: Path) -> None:
    """A sample taken in a host of mallocgc once sent the service round in a circle."""
    run = monitor(
        guided.build("exact", "1.26", "pgo-extreme"), "-n", "500", options=("--mode", "sampled", "--rate", "4096")
    )
    assert run.code == 0
    assert run.report["totals"]["allocs"] > 100_000
    assert run.report["sites"]


@pytest.mark.parametrize("version", toolchains.PINNED)
def test_a_dump_of_a_hooked_process_is_readable(version: str) -> None:
    faults = dump_faults(Case(version, BUILDS[version]).binary)
    assert not faults, "\n".join(faults)


DUMP = """SIGQUIT: quit
PC=0x470c61 m=0 sigcode=0

goroutine 0 gp=0x6a2f20 m=0 mp=0x6a3de0 [idle]:
runtime.futex(0x6a3f20)
\t/go/src/runtime/sys_linux_amd64.s:557 +0x21 fp=0x1

goroutine 1 gp=0xc000002380 m=nil [sync.WaitGroup.Wait]:
main.main()
\t/services/exact/main.go:72 +0x5b fp=0x1

goroutine 18 gp=0xc000007500 m=nil [runnable]:
main.init.func1()
\t/services/exact/ways.go:98 +0x45 fp=0x1
created by main.main in goroutine 1
\t/services/exact/main.go:58 +0x5b

goroutine 19 gp=0xc000007500 m=nil [runnable]:
main.init.func1()
\t/services/exact/ways.go:98 +0x45 fp=0x1
created by main.main in goroutine 1
\t/services/exact/main.go:58 +0x5b
"""


def test_the_judgement_on_dumps_is_sound() -> None:
    assert faults_of(DUMP) == []
    assert "says" in faults_of(DUMP.replace("idle]:", "idle]:\nruntime: g 1: unexpected return pc"))[0]
    assert "without a frame" in faults_of(DUMP.replace("main.init.func1()\n\t", "0x000000c000"))[0]
    assert "only 1" in faults_of(DUMP.replace("goroutine 19", "thread 19"))[0]
    assert "no dump" in faults_of("SIGTERM: terminated")[0]
