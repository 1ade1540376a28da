"""`--memory`: what is refused, what is taken by itself, and that what is chosen holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from gotop.agent.recording import read_recording
from gotop.cli.memory import (
    LEAST,
    MOST,
    SHARE,
    MemoryParam,
    agent_share,
    configured_memory,
    default_memory,
    viewer_room,
)
from gotop.model.counts.room import Room
from gotop.model.session import Session
from tests import toolchains
from tests.agreement import assert_sums_agree
from tests.cli.running import Runner


@pytest.mark.parametrize(
    ("text", "size"), [("300M", 300 << 20), ("1.5G", 3 << 29), ("200MiB", 200 << 20), ("400000000", 400_000_000)]
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert MemoryParam().convert(text, None, None) == size


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("much", "is not an amount of memory. Write it like 300M"),
        ("", "is not an amount"),
        ("-5M", "is not an amount"),
        ("1e9", "is not an amount"),
        ("10M", "out of range: from 160MB"),
        ("0", "out of range"),
        ("999999999999999G", "out of range"),
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match=re.escape(reason)):
        MemoryParam().convert(text, None, None)
    done = Runner(tmp_path).run("run", f"--memory={text}", "--text", "./nothing")
    assert done.returncode == 2 and reason in done.stderr and "Traceback" not in done.stderr


def machine(root: Path, total_kb: int, cgroup: str, **limits: str) -> Path:
    """A file system with what is read of it."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemFree: 1 kB\nMemTotal:       {total_kb} kB\n")
    (root / "proc/self/cgroup").write_text(cgroup)
    for place, limit in limits.items():
        file = root / "sys/fs/cgroup" / place.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(limit)
    return root


def test_by_itself_it_is_a_share_of_the_machine_or_of_the_least_of_its_cgroups(tmp_path: Path) -> None:
    assert default_memory(machine(tmp_path / "a", 8_000_000, "")) == 8_000_000 * 1024 // SHARE
    assert default_memory(machine(tmp_path / "b", 800_000_000, "")) == MOST
    limits = {"a__memory_DOT_max": "4000000000\n", "a__b__memory_DOT_max": "max\n"}
    inner = machine(tmp_path / "c", 8_000_000, "0::/a/b\n", **limits)
    assert default_memory(inner) == 500_000_000
    old = "9:cpu,memory:/x\n3:pids:/y\n"
    first = machine(tmp_path / "d", 8_000_000, old, memory__x__memory_DOT_limit_in_bytes="2400000000")
    assert default_memory(first) == 300_000_000
    assert default_memory(machine(tmp_path / "e", 100_000, "0::/\n")) == LEAST
    assert default_memory(tmp_path / "nothing") == MOST


@pytest.mark.parametrize("memory", [LEAST, 300_000_000, 10**9, 10**12])
def test_the_parts_are_not_more_than_the_whole_and_grow_with_it(memory: int) -> None:
    room, more = viewer_room(memory), viewer_room(memory + 10**8)
    assert 0 < room.stacks < more.stacks and room.nodes > 0
    assert agent_share(memory) + room.stacks + room.timeline < memory
    assert "--memory" in room.chosen and not viewer_room(None).chosen
    assert room.timeline <= Room().timeline and room.nodes <= Room().nodes


def test_the_configuration_names_an_amount_where_the_command_line_does_not() -> None:
    assert configured_memory("") is None
    assert configured_memory("300M") == 300 << 20
    assert configured_memory("1M") == LEAST, "what gotop takes in any case"


def test_tables_take_no_more_than_was_chosen_and_the_report_says_so(tmp_path: Path) -> None:
    binary, recording = toolchains.build("manystacks", "1.26"), tmp_path / "many.gotop"
    options = "--json", "--record", recording, "--memory", "160M"
    done = Runner(tmp_path).run("run", *options, binary, "--", "-stacks", 120_000, "-levels", 18, "-rounds", 3)
    report = json.loads(done.stdout)
    assert any("the tables are full" in reason and "--memory" in reason for reason in report["health"]["partial"])
    totals = report["totals"]
    assert totals["coverage"] == 1.0 and totals["unattributed"] == 0
    sites = [*report["sites"], *([report["sites_rest"]] if report["sites_rest"] else [])]
    assert sum(site["allocs"] for site in sites) + totals["unattributed"] == totals["allocs"]
    session = Session(lambda: 0.0)
    for message in read_recording(recording):
        session.apply(message)
    assert_sums_agree(session)
    assert session.shortened and any(site["short"] for site in report["sites"])
