"""`gotop export`: what a recording or a report is made into, of all or a part of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.made_up_recording import record


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of a made-up service, as a file."""
    return record(tmp_path_factory.mktemp("recording"), 10)


def export(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "gotop", "export", *map(str, words)]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)


def total(done: subprocess.CompletedProcess[bytes]) -> int:
    """Bytes in a CSV."""
    assert done.returncode == 0, done.stderr
    return sum(int(row["bytes"]) for row in csv.DictReader(io.StringIO(done.stdout.decode())))


def test_a_recording_and_its_report_have_the_same_figures(recording: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    assert export(recording, "--to", "json", report).returncode == 0
    whole = total(export(recording, "--to", "csv", "-"))
    assert whole == json.loads(report.read_bytes())["totals"]["bytes"] == total(export(report, "--to", "csv", "-"))


def test_parts_are_the_whole(recording: Path) -> None:
    whole, first = (total(export(recording, "--to", "csv", *words, "-")) for words in ((), ("--until", "4s")))
    rest = total(export(recording, "--from", "4s", "--to", "csv", "-"))
    assert 0 < rest < whole and first + rest == whole
    middle = total(export(recording, "--from", "4s", "--until", "6s", "--to", "csv", "-"))
    assert 0 < middle < rest
    assert 0 < total(export(recording, "--window", "now", "--to", "csv", "-")) < middle


@pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")
def test_go_tool_pprof_reads_what_it_writes(recording: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.pb.gz"
    assert export(recording, "--to", "pprof", "--type-leaf", file).returncode == 0
    top = subprocess.run(["go", "tool", "pprof", "-top", file], capture_output=True, text=True, check=True).stdout
    assert "main.Order" in top
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        (("--to", "flame", "-"), "'flame' is not one of", 2),
        (("--to", "pprof", "/nowhere/x"), "there is no directory /nowhere", 2),
        (("--to", "csv", "--from", "5s", "--until", "4s", "-"), "--until has to be later", 2),
        (("--to", "csv", "--from", "5s", "--window", "10s", "-"), "choose one", 2),
        (("--to", "json", "--window", "10s", "-"), "json is of everything", 2),
        (("--to", "csv", "--type-leaf", "-"), "--type-leaf is about pprof", 2),
        (("--to", "csv", "--from", "1h", "-"), "has no reading in that time: it is 9", 1),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    recording: Path, words: tuple[str, ...], says: str, code: int
) -> None:
    done = export(recording, *words)
    assert done.returncode == code
    assert says in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr


def test_of_a_report_there_is_no_time_line(recording: Path, tmp_path: Path) -> None:
    report, other = tmp_path / "r.json", tmp_path / "other.json"
    assert export(recording, "--to", "json", report).returncode == 0
    for words, says in ((("--to", "perfetto"), "needs a recording. Of a report: csv"),
                        (("--to", "csv", "--from", "1s"), "no time line"),
                        (("--to", "csv", "--window", "10s"), "no time line")):  # fmt: skip
        done = export(report, *words, "-")
        assert done.returncode == 1 and says in done.stderr.decode()
    other.write_text('{"schema": 99, "sites": []}')
    for file, says in ((other, "a report of schema 99"), (tmp_path / "none", "No such file"), (tmp_path, "directory")):
        done = export(file, "--to", "csv", "-")
        assert done.returncode in (1, 2) and says in done.stderr.decode() and b"Traceback" not in done.stderr
