"""What once failed under a fuzzer, and what fuzzing begins with, in every run of the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz_targets import CORPUS, NAMES, kept, target
from tests.fuzzing import bounded

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_read(name: str) -> None:
    chosen = target(name)
    seeds = list(chosen.seeds())
    assert seeds
    for seed in seeds:
        assert len(seed) <= chosen.longest
        with bounded():
            chosen.run(seed)


@pytest.mark.parametrize("path", [path for name in NAMES for path in kept(name)], ids=lambda path: path.name)
def test_what_once_failed(path: Path) -> None:
    with bounded():
        target(path.parent.name).run(path.read_bytes())


def test_the_corpus_is_small_and_of_targets_that_there_are() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(NAMES)
    assert sum(path.stat().st_size for name in NAMES for path in kept(name)) < 64 << 10


def test_every_fuzzer_is_run_by_the_command() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--list"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    ours = subprocess.run(["go", "list", "./..."], cwd=ROOT / "hookagent", capture_output=True, text=True, check=True)
    go = []
    for package in ours.stdout.split():
        directory = ROOT / "hookagent" / package.removeprefix("gotop/hookagent").lstrip("/")
        go += [each for path in directory.glob("*_test.go") for each in re.findall(r"func (Fuzz\w+)", path.read_text())]
    assert sorted(name.split(":")[2] for name in listed if name.startswith("go:")) == sorted(go)
    assert {name.split(":")[1] for name in listed if name.startswith("atheris:")} == set(NAMES)
    assert sum(name.startswith("hypothesis:") for name in listed) >= 8
