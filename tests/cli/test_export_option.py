"""`--export FORMAT=FILE`: beside a report or in its place; what cannot be written is refused before anything starts."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gotop.cli.export_option import FORMATS, exporters
from tests.cli.made_up_recording import record


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a made-up service, as a file."""
    return record(tmp_path_factory.mktemp("recording"), 5)


def replay(recording: Path, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "gotop", "replay", *map(str, words), str(recording)]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)


def test_the_help_names_the_formats_there_are() -> None:
    assert tuple(exporters()) == FORMATS


def test_files_are_written_beside_the_report(recording: Path, tmp_path: Path) -> None:
    done = replay(
        recording, "--json", "--export", f"folded={tmp_path / 'f'}", "--export", f"json={tmp_path / 'j'}",
        "--export", f"text={tmp_path / 't'}", "--export", f"speedscope={tmp_path / 's'}",
    )  # fmt: skip
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert json.loads((tmp_path / "j").read_bytes()) == report
    total = sum(int(line.rpartition(" ")[2]) for line in (tmp_path / "f").read_text().splitlines())
    assert total == sum(site["bytes"] for site in report["sites"])
    assert (tmp_path / "t").read_bytes() == replay(recording, "--text").stdout
    assert json.loads((tmp_path / "s").read_bytes())["exporter"] == "gotop"
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600


def test_on_stdout_it_stands_in_the_reports_place(recording: Path) -> None:
    assert replay(recording, "--export", "json=-").stdout == replay(recording, "--json").stdout
    assert replay(recording, "--export", "text=-").stdout == replay(recording).stdout


@pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")
def test_go_tool_pprof_reads_the_profile_from_a_pipe_or_a_file(recording: Path, tmp_path: Path) -> None:
    file = tmp_path / "heap.pb.gz"
    done = replay(recording, "--export", f"pprof={file}", "--json")
    assert done.returncode == 0
    assert file.read_bytes() == replay(recording, "--export", "pprof=-").stdout
    command = ["go", "tool", "pprof", "-top", "-unit=B", str(file)]
    top = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    total = sum(site["bytes"] for site in json.loads(done.stdout)["sites"])
    assert f"of {total}B total" in top
    assert "main.(*store).scan" in top


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--export", "flame=x"), f"no format 'flame'; the formats are {', '.join(FORMATS)}"),
        (("--export", "picture=x"), "no format 'picture'"),
        (("--export", "folded"), "Write it like folded=FILE, or folded=- for stdout"),
        (("--export", "folded=/nowhere/x"), "there is no directory /nowhere"),
        (("--export", "folded=/"), "it is a directory"),
        (("--export", "folded=-", "--json"), "Only one document can go to stdout"),
        (("--export", "folded=-", "--export", "json=-"), "Only one document can go to stdout"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(recording: Path, words: tuple[str, ...], says: str) -> None:
    done = replay(recording, *words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.decode().split())


def test_a_file_that_cannot_be_written_in_the_end_keeps_none_of_the_others(recording: Path, tmp_path: Path) -> None:
    done = replay(recording, "--export", "folded=/dev/full", "--export", f"json={tmp_path / 'j'}")
    assert done.returncode == 1
    assert b"/dev/full cannot be written: No space left on device." in done.stderr
    assert json.loads((tmp_path / "j").read_bytes())["schema"] == 2
