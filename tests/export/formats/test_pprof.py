"""The profile as `go tool pprof` reads it, with the figures of the screen."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gotop.export.formats import pprof
from gotop.export.profile import Amount, Call, Profile, ProfileStack, session_profile
from gotop.export.registry import ALL, Selection
from gotop.model.queries import GroupBy, SiteQuery, Window
from gotop.model.session import Session
from gotop.model.values import Frame, SiteKey
from tests.ui.recorded import messages

pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")


@pytest.fixture(scope="module")
def recorded() -> Session:
    """A NATS server under load."""
    session = Session(lambda: 0.0)
    for message in messages():
        session.apply(message)
    return session


def go_pprof(tmp_path: Path, *words: str) -> str:
    """What `go tool pprof` says, in bytes."""
    command = ["go", "tool", "pprof", "-unit=B", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout


def flat(said: str) -> dict[str, int]:
    """Bytes or objects by function, of -top."""
    rows = re.findall(r"^ *(-?\d+)B? +\S+ +\S+ +\S+ +\S+ +(\S+)(?: \(inline\))?$", said, re.MULTILINE)
    return {name: int(number) for number, name in rows if int(number)}


def written(tmp_path: Path, profile: Profile, selection: Selection = ALL, name: str = "p.pb.gz") -> str:
    (tmp_path / name).write_bytes(pprof.make(profile, selection))
    return name


@pytest.mark.parametrize("window", [Window.TOTAL, Window.S10])
def test_the_top_of_a_recording_is_the_screens_of_every_function(
    recorded: Session, tmp_path: Path, window: Window
) -> None:
    file = written(tmp_path, session_profile(recorded, window))
    said = go_pprof(tmp_path, "-top", "-nodecount=1000000", "-nodefraction=0", file)
    rows = recorded.sites(SiteQuery(window=window, group=GroupBy.FUNCTION)).rows
    seconds = recorded.now.seconds(window)
    wanted = Counter[str]()
    for row in rows:
        wanted[row.key.function] += round(row.bytes_per_s * seconds)
    found = flat(said)
    assert len(found) > 50
    assert sum(found.values()) == sum(wanted.values())
    right = [name for name in found if wanted.get(name) == found[name]]
    # Helpers such as reflect.unsafe_New are no call sites; as in runtime/pprof, they are leaves of a profile.
    assert len(right) > 0.9 * len([name for name in wanted if wanted[name]])


@pytest.mark.parametrize("build_id", ["", "b", "ab", "abc"])
def test_a_short_build_id_is_no_harm(tmp_path: Path, build_id: str) -> None:
    profile = replace(made_up(tmp_path), build_id=build_id)
    assert "of 520B total" in go_pprof(tmp_path, "-top", written(tmp_path, profile))


def test_what_build_time_and_mapping_are(recorded: Session, tmp_path: Path) -> None:
    file = written(tmp_path, session_profile(recorded))
    raw = go_pprof(tmp_path, "-raw", file)
    target = recorded.target
    assert target is not None
    assert f"{target.exe} {target.build_id} [FN][FL][LN][IN]" in raw
    assert "alloc_objects/count alloc_space/bytes[dflt]" in raw and "PeriodType: space bytes" in raw
    assert f"Duration: {recorded.seconds:.1f}"[:-1] in raw
    assert "Time: 2026-" in raw


def test_a_difference_of_two_profiles_is_that_of_their_figures(recorded: Session, tmp_path: Path) -> None:
    whole = session_profile(recorded)
    half = replace(whole, stacks=tuple(replace(stack, bytes=stack.bytes // 2) for stack in whole.stacks))
    base, file = written(tmp_path, half, name="base.pb.gz"), written(tmp_path, whole)
    said = go_pprof(tmp_path, "-top", "-nodecount=1000000", "-nodefraction=0", f"-diff_base={base}", file)
    assert sum(flat(said).values()) == sum(stack.bytes - stack.bytes // 2 for stack in whole.stacks)


SOURCE = "package main\n\nfunc work() {\n\tkeep = make([]byte, 64)\n\tkeep = append(keep, 1)\n}\n"


def made_up(tmp_path: Path) -> Profile:
    """Two lines of a function, one of them in an inlined one, below the runtime's own frames."""
    (tmp_path / "main.go").write_text(SOURCE)
    file = str(tmp_path / "main.go")
    malloc = Call(0x500, (Frame("runtime.mallocgc", "/go/malloc.go", 1, False),))
    slices = Call(0x501, (Frame("internal/runtime/maps.grow", "/go/m.go", 1, False),))
    inner = Call(0x600, (Frame("main.inlined", file, 5, True), Frame("main.work", file, 4, False)))
    plain = Call(0x700, (Frame("main.work", file, 5, False),))
    debug = Call(0x800, (Frame("runtime/debug.Stack", "/go/stack.go", 1, False), Frame("main.x", file, 5, False)))
    site = SiteKey("main.work", file, 4, "[]uint8")
    stacks = (
        ProfileStack(site, (malloc, slices, inner), 3, 300),
        ProfileStack(site, (malloc, plain), 1, 100),
        ProfileStack(replace(site, type=""), (malloc, debug), 1, 50),
        ProfileStack(replace(site, function="runtime.mallocgc"), (malloc,), 7, 70),
    )
    return Profile("/bin/p", "go1.26", "id/x", 1e9, 2.5, stacks, Amount(12, 520))


def test_frames_of_the_runtime_at_the_leaf_are_dropped_unless_there_are_no_others(tmp_path: Path) -> None:
    said = flat(go_pprof(tmp_path, "-top", "-nodefraction=0", written(tmp_path, made_up(tmp_path))))
    assert said == {"main.inlined": 300, "main.work": 100, "runtime/debug.Stack": 50, "runtime.mallocgc": 70}
    objects = go_pprof(tmp_path, "-top", "-nodefraction=0", "-sample_index=alloc_objects", "p.pb.gz")
    assert flat(objects) == {"main.inlined": 3, "main.work": 1, "runtime/debug.Stack": 1, "runtime.mallocgc": 7}


def test_lines_of_the_source_have_their_bytes_and_inlined_ones_their_place(tmp_path: Path) -> None:
    said = go_pprof(tmp_path, "-list=main.work", written(tmp_path, made_up(tmp_path)))
    lines = [line.split() for line in said.splitlines() if re.match(r" +\S+ +\S+ +\d+:", line)]
    assert next(line[:3] for line in lines if line[2] == "4:") == [".", "300B", "4:"]
    assert next(line[:3] for line in lines if line[2] == "5:") == ["100B", "100B", "5:"]
    assert "(inline)" in go_pprof(tmp_path, "-top", "-nodefraction=0", "p.pb.gz")


def test_the_type_is_a_label_and_on_request_the_leaf(tmp_path: Path) -> None:
    profile = made_up(tmp_path)
    focused = go_pprof(tmp_path, "-top", "-nodefraction=0", "-tagfocus=type=\\[\\]uint8", written(tmp_path, profile))
    assert flat(focused) == {"main.inlined": 300, "main.work": 100, "runtime.mallocgc": 70}
    leaf = written(tmp_path, profile, Selection(type_leaf=True), "leaf.pb.gz")
    assert flat(go_pprof(tmp_path, "-top", "-nodefraction=0", leaf)) == {"[]uint8": 470, "runtime/debug.Stack": 50}
