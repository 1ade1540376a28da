"""The hook plan against `go tool nm` and `go version -m`; stripped binaries against their unstripped twins."""

import json
import re
import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.elf import ElfImage
from gotop.golang.errors import Unhookable
from gotop.golang.layouts import known_minors, layout_of
from gotop.golang.plan import HookPlan, make_plan, plan_of, sampling_plan_of
from gotop.golang.variables import PROFILE_VARIABLES, VARIABLES
from tests import toolchains
from tests.golang.programs import VERSIONS, build, go_tool

ALWAYS = {"alloc", "go", "malg", "copystack", "exit"}
_PADDING = 64  # functions are aligned; the table's size of one includes the bytes up to the next


def nm(version: str, binary: Path) -> dict[str, tuple[int, int]]:
    """Address and size by name, as `go tool nm -size` prints them."""
    found = {}
    for line in go_tool(version, "tool", "nm", "-size", str(binary)).splitlines():
        fields = line.split(None, 3)
        if len(fields) == 4 and re.fullmatch("[0-9a-f]+", fields[0]):
            found[fields[3]] = (int(fields[0], 16), int(fields[1]))
    return found


def minor_of(version: str) -> int:
    return int(version.split(".")[1])


def check_hooks(plan: HookPlan, symbols: dict[str, tuple[int, int]], minor: int) -> None:
    expected = ALWAYS | {"stw"} | ({"stop"} if minor < 23 else set()) | ({"alloc_special"} if minor >= 27 else set())
    assert {h.kind for h in plan.hooks} == expected
    for hook in plan.hooks:
        address, size = symbols[hook.name]
        assert hook.entry == address
        assert size <= hook.size < size + _PADDING
        assert hook.entry < hook.at < hook.entry + 64
        assert hook.expect[:2] == b"\x0f\x86" and len(hook.expect) == 6
    assert plan.partial == ()


@pytest.mark.parametrize("variant", ["plain", "pie", "cgo", "cgo-pie"])
@pytest.mark.parametrize("version", VERSIONS)
def test_hooks_and_variables_equal_nm(version: str, variant: str) -> None:
    binary = build("symbols", version, variant)
    plan, symbols = make_plan(binary), nm(version, binary)
    check_hooks(plan, symbols, minor_of(version))
    assert plan.text == (symbols["runtime.text"][0], symbols["runtime.etext"][0])
    assert {*VARIABLES, *PROFILE_VARIABLES} < plan.vars.keys()
    assert plan.labels == ("map" if minor_of(version) < 24 else "list")
    reasons = layout_of(minor_of(version)).wait_reasons  # type: ignore[union-attr]
    outside = {reasons[number] for number in plan.waits_outside_malloc}
    assert outside > {"IO wait", "sleep", "select", "chan receive", "chan send", "sync.Mutex.Lock", "sync.Cond.Wait"}
    # Goroutines wait inside mallocgc, too: runtime/mgc.go gcStart, mgcmark.go gcAssistAlloc, proc.go stopTheWorldGC.
    inside = ("GC", "semacquire", "preempted", "stopping", "garbage", "flushing")
    assert "" not in outside and not any(word in name for name in outside for word in inside)
    for name, address in plan.vars.items():
        assert address == symbols[name][0]


@pytest.mark.parametrize("pie", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_stripped_binary_gives_the_same_plan(version: str, pie: bool) -> None:
    whole = make_plan(build("symbols", version, "pie" if pie else "plain"))
    stripped = make_plan(build("symbols", version, "stripped-pie" if pie else "stripped"))
    assert (whole.stripped, stripped.stripped, whole.pie, stripped.pie) == (False, True, pie, pie)
    assert (stripped.layout, stripped.partial, stripped.size_classes) == (whole.layout, (), whole.size_classes)
    # Addresses differ by the file's headers only, so the same functions lie at the same distances.
    code = [
        [(h.name, h.kind, h.entry - p.text[0], h.size, h.at - h.entry, h.expect) for h in p.hooks]
        for p in (whole, stripped)
    ]
    assert code[0] == code[1]
    assert stripped.vars.keys() | {"runtime.ncpu", "runtime.numCPUStartup"} >= whole.vars.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_binary_without_section_headers_gives_the_same_plan(version: str) -> None:
    binary = build("symbols", version, "stripped-pie")
    data = bytearray(binary.read_bytes())
    struct.pack_into("<Q", data, 40, 0)  # e_shoff
    struct.pack_into("<HH", data, 60, 0, 0)  # e_shnum, e_shstrndx
    with_sections = make_plan(binary)
    without = plan_of(GoBinary(ElfImage(BytesIO(data), str(binary))))
    assert without == with_sections


def test_the_plan_of_a_program_that_is_only_read_has_no_hooks_and_lacks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = GoBinary.open(build("hello", "1.26", "stripped"))
    whole, read = plan_of(binary), sampling_plan_of(binary)
    assert (read.hooks, read.partial) == ((), ())
    assert (read.vars, read.layout, read.entry, read.text) == (whole.vars, whole.layout, whole.entry, whole.text)
    unhookable = replace(binary.image.arch, find_patch_point=lambda *_: None)
    monkeypatch.setattr(binary.image, "arch", unhookable)
    with pytest.raises(Unhookable):
        plan_of(binary)
    assert sampling_plan_of(binary) == read


@pytest.mark.parametrize("version", VERSIONS)
def test_the_specialised_allocators_are_those_of_the_toolchain(version: str) -> None:
    """Every specialised malloc that cmd/compile may call (isSpecializedMalloc in ssa/rewrite.go) is hooked."""
    root = toolchains.go(version).parent.parent
    names: set[str] = set()
    generated = root / "src/runtime/malloc_generated.go"
    if generated.exists() and minor_of(version) >= 27:
        rewrite = (root / "src/cmd/compile/internal/ssa/rewrite.go").read_text()
        prefixes = re.findall(r'HasPrefix\(name, "runtime\.(mallocgc\w+)"\)', rewrite)
        assert prefixes
        functions = re.findall(r"^func (mallocgc\w+)\(", generated.read_text(), re.M)
        names = {f"runtime.{f}" for f in functions if f.startswith(tuple(prefixes))}
    plan = make_plan(build("symbols", version, "stripped"))
    assert {h.name for h in plan.hooks if h.kind == "alloc_special"} == names


@pytest.mark.slow
def test_the_specialised_allocators_of_126_as_an_experiment() -> None:
    plan = make_plan(build("symbols", "1.26", "stripped", GOEXPERIMENT="sizespecializedmalloc"))
    assert len([h for h in plan.hooks if h.kind == "alloc_special"]) > 60
    assert plan.partial == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_build_info_equals_go_version_m(version: str) -> None:
    binary = build("symbols", version, "plain", "-trimpath", "-ldflags=-X 'main.x=a b'")
    info = GoBinary.open(binary).info
    lines = go_tool(version, "version", "-m", str(binary)).splitlines()
    assert lines[0] == f"{binary}: {info.go_version}"
    settings = [line.split("\t", 2)[2].partition("=") for line in lines if line.startswith("\tbuild\t")]
    assert [(k, v.strip('"').replace('\\"', '"')) for k, _, v in settings] == list(info.settings)
    assert f"\tpath\t{info.path}" in lines
    assert info.main is not None and f"\tmod\t{info.main.path}\t{info.main.version}\t" in lines


@pytest.mark.parametrize("version", VERSIONS)
def test_the_build_id_is_gos(version: str) -> None:
    binary = build("symbols", version, "pie")
    assert GoBinary.open(binary).build_id == go_tool(version, "tool", "buildid", str(binary)).strip()


def test_the_json_is_what_the_agent_reads() -> None:
    plan = make_plan(build("symbols", "1.27", "stripped"))
    document = json.loads(plan.to_json())
    assert document["schema"] == 1
    assert document["exe"].startswith("/")
    assert document["text"] == list(plan.text)
    assert bytes.fromhex(document["hooks"][0]["expect"]) == plan.hooks[0].expect
    assert {"g.m", "g.stack.lo", "g.stack.hi", "m.p", "m.g0", "m.curg", "p.id"} <= document["layout"].keys()


# The keys that hookagent/runtimestat relies on; alternatives are names that changed between versions.
READ = {
    "g": "m stack.lo stack.hi goid gopc startpc atomicstatus labels waitreason sched.sp sched.pc sched.bp",
    "m": "p g0 curg",
    "p": "id mcache status gFree.n|gFree.size",
    "mcache": "alloc tinyAllocs",
    "mspan": "allocCount allocCountBeforeCache spanclass elemsize",
    "mstats": "heapStats numgc pause_ns pause_end pause_total_ns",
    "consistentHeapStats": "stats",
    "heapStatsDelta": "tinyAllocCount largeAlloc largeAllocCount smallAllocCount largeFree largeFreeCount"
    " smallFreeCount inStacks inHeap committed",
    "gcControllerState": "heapLive heapMarked gcPercentHeapGoal memoryLimit gcPercent totalAlloc totalFree"
    " heapFree heapInUse",
    "schedt": "ngsys mnext nmfreed gFree.n|gFree.stack.size",
    "workType": "cycles",
    "mheap": "pagesInUse allspans.array",
    "moduledata": "gofunc types etypes",
    "sizeof": "heapStatsDelta mspan p g m",
    "len": "mcache.alloc heapStatsDelta.smallAllocCount consistentHeapStats.stats mstats.pause_ns",
    "stride": "consistentHeapStats.stats",
}


@pytest.mark.parametrize("minor", known_minors())
def test_the_layout_has_what_the_agent_reads(minor: int) -> None:
    runtime = layout_of(minor)
    assert runtime is not None
    for struct_name, fields in READ.items():
        for field in fields.split():
            assert any(f"{struct_name}.{f}" in runtime.offsets for f in field.split("|")), (struct_name, field)
    assert len(runtime.size_classes) == runtime.offsets["len.heapStatsDelta.smallAllocCount"] == 68
    assert runtime.malloc_header == (8 if minor >= 22 else 0)
    assert (runtime.func_ids[0], runtime.func_ids[-1]) == ("Normal", "Wrapper")
    assert runtime.wait_reasons[1] == "GC assist marking"
    assert minor < 22 or runtime.stw_reasons[1] == "GC mark termination"
