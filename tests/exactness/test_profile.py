"""Per call site against the runtime's own profile of the same run, at MemProfileRate = 1.

How they are compared:

* Stacks are compared frame by frame (function, file, line; inlined calls expanded), after both sides have dropped the
  runtime's own frames at the top and `runtime.main` and `runtime.goexit` at the bottom. Types are added up, since the
  profile has none.
* Objects must be equal, and bytes too: the profile counts what an object occupies, so what the hook says was
  requested is taken together with the waste of rounding it up to its size class.
* Only what main.work and its callees allocate is compared: the profile is switched on when main's variables are
  initialised, and ends where its writing begins.
* When an allocation starts a collection, the runtime may allocate on the system stack. The hook sees who caused that,
  the profile does not: those stacks are left out. What the runtime then allocates on the goroutine's own stack is
  compared.
* Objects without pointers of less than 16 bytes share blocks, and the profile sees such a block only when it is begun.
  The service makes them in functions named tiny…; there the profile may have fewer objects, never more.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness import pprof
from tests.exactness.monitored import Stack, monitor, recorded_stacks, report_stacks, without_runtime


def compared(stack: Stack) -> bool:
    functions = [frame[0] for frame in stack]
    return "main.work" in functions and "runtime.systemstack" not in functions


def tiny(stack: Stack) -> bool:
    return any(frame[0].startswith("main.tiny") for frame in stack)


def summed(samples: Iterable[tuple[Stack, int, int]]) -> dict[Stack, tuple[int, int]]:
    objects: Counter[Stack] = Counter()
    size: Counter[Stack] = Counter()
    for stack, count, amount in samples:
        if compared(stack) and count:
            objects[without_runtime(stack)] += count
            size[without_runtime(stack)] += amount
    return {stack: (objects[stack], size[stack]) for stack in objects}


@pytest.mark.parametrize("variant", ["plain", "stripped-pie"])
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_call_sites_equal_the_runtimes_profile(version: str, variant: str, tmp_path: Path) -> None:
    profile, recording = tmp_path / "allocs.pb.gz", tmp_path / "recording"
    binary = toolchains.build("profiled", version, variant)
    run = monitor(binary, "-profile", str(profile), options=("--record", str(recording)))
    assert run.code == 0
    oracle = summed((sample.stack, sample.objects, sample.bytes) for sample in pprof.read(profile, version))
    recorded = summed(
        (tuple(frame[:3] for frame in stack.frames), stack.allocs, stack.bytes + stack.waste)
        for stack in recorded_stacks(recording)
    )
    reported = summed(
        (tuple((f["function"], f["file"], f["line"]) for f in frames), stack["allocs"], 0)
        for _, frames, stack in report_stacks(run.report)
    )
    exact = {stack: figures for stack, figures in oracle.items() if not tiny(stack)}
    assert len(exact) > 60
    assert {stack: figures for stack, figures in recorded.items() if not tiny(stack)} == exact
    assert {stack: count for stack, (count, _) in reported.items()} == {s: count for s, (count, _) in recorded.items()}
    tiny_stacks = {stack: count for stack, (count, _) in oracle.items() if tiny(stack)}
    assert tiny_stacks
    assert all(recorded[stack][0] >= count for stack, count in tiny_stacks.items())
