"""Labels as the labels of samples, read by go tool pprof."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gotop.agent.protocol import AttributeDef, Attributes, AttributionDeltas, PprofLabel
from gotop.export.formats import pprof_labels
from gotop.export.registry import ALL
from gotop.model.session import Session
from tests.streams import SECOND, START, three_stacks

pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")


def raw(session: Session, tmp_path: Path) -> str:
    file = tmp_path / "labels.pb.gz"
    file.write_bytes(pprof_labels.make(session, ALL))
    return subprocess.run(["go", "tool", "pprof", "-raw", file], capture_output=True, text=True, check=True).stdout


def test_samples_have_the_labels_and_all_that_was_counted(tmp_path: Path) -> None:
    session = Session(lambda: 0.0)
    for message in three_stacks():
        session.apply(message)
    labels = (PprofLabel("path", "/a"), PprofLabel("user", "7"))
    session.apply(Attributes((AttributeDef(0, 4, labels, 0, 0), AttributeDef(1, 4, (), 0, 0))))
    session.apply(AttributionDeltas(START + 2 * SECOND, START, (0, 10, 1000, 1, 5, 100), (0, 0), ""))
    said = raw(session, tmp_path)
    samples = [" ".join(line.split()) for line in said.splitlines()]
    assert any(line.startswith("10 1000: 1") for line in samples)
    assert any(line.startswith("5 100: ") for line in samples)
    assert "path:[/a]" in said and "user:[7]" in said and "labels:[(no labels)]" in said
    assert "Duration: 2" in said


def test_where_labels_were_not_counted_it_is_said(tmp_path: Path) -> None:
    assert "--by labels counts them" in raw(Session(lambda: 0.0), tmp_path)
