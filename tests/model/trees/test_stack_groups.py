"""Lines of one's own and functions with all that they call: against hand-made stacks and `go tool pprof -top -cum`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gotop.agent.protocol import Stacks
from gotop.agent.recording import read_recording
from gotop.export.formats import pprof
from gotop.export.profile import session_profile
from gotop.export.registry import ALL
from gotop.model.queries import GroupBy, Hide, SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.symbols.call_site import in_runtime
from tests.streams import hello, names, stack, tick, totals
from tests.ui.recorded import RECORDING

FUNCTIONS = ["runtime.mallocgc", "encoding/json.Marshal", "main.reply", "main.serve", "net/http.serve"]
MALLOC, JSON, REPLY, SERVE, HTTP = range(1, 6)


def session(mine: tuple[str, ...] = ()) -> Session:
    """json for reply (100 bytes), reply itself (10), serve twice on one stack (1), and nobody's own (1000)."""
    it = Session(lambda: 0.0, mine=mine)
    stacks = (
        stack(0, MALLOC, JSON, REPLY, SERVE, HTTP), stack(1, MALLOC, REPLY, SERVE, HTTP),
        stack(2, MALLOC, SERVE, SERVE, HTTP), stack(3, MALLOC, JSON, HTTP), stack(4, SERVE, kind=1),
    )  # fmt: skip
    deltas = {0: (1, 100, 0), 1: (1, 10, 0), 2: (1, 1, 0), 3: (1, 1000, 0), 4: (7, 0, 0)}
    heap = [deltas[number] for number in range(4)]
    for message in (hello(), names(FUNCTIONS), Stacks(stacks), tick(1, deltas, totals(heap, gos=7))):
        it.apply(message)
    return it


def rows(it: Session, group: GroupBy, **asked: object) -> dict[str, SiteRow]:
    query = SiteQuery(SiteSort.BYTES, window=Window.TOTAL, group=group, **asked)  # type: ignore[arg-type]
    return {row.key.function: row for row in it.sites(query).rows}


def test_what_others_allocate_is_on_the_innermost_own_line_and_all_of_it_somewhere() -> None:
    it = session()
    found = rows(it, GroupBy.MINE)
    assert {name: row.bytes for name, row in found.items()} == {
        "– none of yours: standard library": 1000, "main.reply": 110, "main.serve": 1,
    }  # fmt: skip
    assert sum(row.bytes for row in found.values()) == it.totals().bytes
    assert sum(row.share for row in found.values()) == pytest.approx(1)
    assert found["main.reply"].stacks == 2


def test_own_code_can_be_named() -> None:
    found = rows(session(("encoding/...",)), GroupBy.MINE)
    assert {name: row.bytes for name, row in found.items()} == {
        "encoding/json.Marshal": 1100, "– none of yours: main module": 11,
    }  # fmt: skip


def test_a_function_counts_once_a_stack_what_is_below_it_and_apart_what_is_its_own() -> None:
    found = rows(session(), GroupBy.CUMULATIVE)
    assert {name: (row.bytes, row.flat.bytes if row.flat else None) for name, row in found.items()} == {
        "net/http.serve": (1111, 0), "encoding/json.Marshal": (1100, 1100), "main.serve": (111, 1),
        "main.reply": (110, 10),
    }  # fmt: skip
    order = session().sites(SiteQuery(SiteSort.FLAT_BYTES, window=Window.TOTAL, group=GroupBy.CUMULATIVE)).rows
    assert [row.key.function for row in order][:2] == ["encoding/json.Marshal", "main.reply"]


def test_hidden_functions_leave_what_they_allocate_to_their_callers() -> None:
    found = rows(session(), GroupBy.CUMULATIVE, hide=Hide.STANDARD)
    assert {name: (row.bytes, row.flat.bytes if row.flat else None) for name, row in found.items()} == {
        "only the standard library": (1000, 1000), "main.serve": (111, 1), "main.reply": (110, 110),
    }  # fmt: skip


def test_a_filter_is_about_sites() -> None:
    assert {name: row.bytes for name, row in rows(session(), GroupBy.MINE, filter="json").items()} == {
        "– none of yours: standard library": 1000, "main.reply": 100,
    }  # fmt: skip


def test_names_that_come_late_are_taken() -> None:
    it = session()
    rows(it, GroupBy.MINE)
    it.apply(names([*FUNCTIONS[:2], "main.answer", *FUNCTIONS[3:]]))
    assert "main.answer" in rows(it, GroupBy.MINE) and "main.reply" not in rows(it, GroupBy.CUMULATIVE)


def test_new_stacks_are_added_and_earlier_moments_stay() -> None:
    it = session()
    before = it.moment()
    it.apply(Stacks((stack(9, MALLOC, JSON, SERVE),)))
    it.apply(tick(2, {9: (1, 5, 0)}, totals([(5, 1116, 0)])))
    assert rows(it, GroupBy.MINE)["main.serve"].bytes == 6
    then = before.sites(SiteQuery(window=Window.TOTAL, group=GroupBy.MINE)).rows
    assert {row.key.function: row.bytes for row in then}["main.serve"] == 1


@pytest.fixture(scope="module")
def recorded() -> Session:
    """A NATS server under load, which `go install` has built."""
    it = Session(lambda: 0.0)
    for message in read_recording(RECORDING):
        it.apply(message)
    return it


def top(profile: Path, sample: str, *options: str) -> dict[str, tuple[int, int]]:
    """Flat and cumulative figures of all functions by `go tool pprof -top -cum`."""
    unit = ["-unit=B"] if sample == "alloc_space" else []
    command = ["go", "tool", "pprof", "-top", "-cum", "-nodecount=100000", "-nodefraction=0", "-edgefraction=0",
               f"-sample_index={sample}", *unit, *options, str(profile)]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    share = r" +[\d.e+-]+% +"
    line = rf"^ *(\d+)B?{share}[\d.e+-]+% +(\d+)B?{share}(.*?)(?: \((?:partial-)?inline\))?$"
    lines = re.findall(line, said, re.MULTILINE)
    return {name: (int(flat), int(cum)) for flat, cum, name in lines}


@pytest.mark.parametrize("sample", ["alloc_space", "alloc_objects"])
def test_go_tool_pprof_has_the_same_figures(recorded: Session, sample: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile.pb.gz"
    profile.write_bytes(pprof.make(session_profile(recorded), ALL))
    stacks = session_profile(recorded).stacks
    allocator = {frame.function for row in stacks for frame in row.frames if in_runtime(frame)}
    hidden = "^(" + "|".join(map(re.escape, sorted(allocator))) + ")$"
    wanted = top(profile, sample, f"-hide={hidden}")
    by_bytes = sample == "alloc_space"
    found = {
        name: (row.flat.bytes, row.bytes) if by_bytes else (row.flat.allocs, row.allocs)
        for name, row in rows(recorded, GroupBy.CUMULATIVE).items()
        if row.flat and name not in allocator
    }
    different = {name: (wanted.get(name), got) for name, got in found.items() if wanted.get(name) != got}
    assert len(found) > 800 and different == {}
    assert set(wanted) <= {*found, *allocator}


def test_all_of_a_recording_is_booked_and_most_of_it_on_the_main_modules_lines(recorded: Session) -> None:
    found = recorded.sites(SiteQuery(window=Window.TOTAL, group=GroupBy.MINE)).rows
    sites = recorded.sites(SiteQuery(window=Window.TOTAL)).rows
    assert sum(row.bytes for row in found) == sum(row.bytes for row in sites) > 0
    own = sum(row.bytes for row in found if row.key.function.startswith("github.com/nats-io/nats-server"))
    assert own > 0.9 * sum(row.bytes for row in sites)
