"""`--exact FILTER`: what it takes, and what it says to the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Runner
from tests.faults.obedient import binary


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--exact", "pkg:=main"), "--mode sites or --mode sites+sampled, not exact"),
        (("--mode", "sites", "--exact", "json"), "has to name packages or functions"),
        (("--mode", "sites", "--exact", "type:=main.T"), "has to name packages or functions"),
        (("--mode", "sites", "--exact", ""), "has to name packages or functions"),
        (("--mode", "sites", "--exact", "pkg:~("), "--exact"),
    ],
)
def test_what_cannot_be_told_before_it_runs_is_refused(gotop: Runner, options: tuple[str, ...], said: str) -> None:
    done = gotop.run("run", *options, "--json", binary())
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert not done.stdout


def test_what_matches_no_function_is_refused_before_anything_runs(gotop: Runner) -> None:
    done = gotop.run("run", "--mode", "sites", "--exact", "pkg:=shop/payment", "--json", binary())
    assert done.returncode != 0
    assert "has no function that --exact 'pkg:=shop/payment' matches" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
