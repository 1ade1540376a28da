"""The profile as `go tool pprof` reads it."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from gotop.export.formats import pprof
from gotop.model.session import Session


@pytest.mark.skipif(shutil.which("go") is None, reason="needs go tool pprof")
def test_go_tool_pprof_reads_the_profile(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "profile.pb.gz"
    file.write_bytes(pprof.make(session))
    said = subprocess.run(["go", "tool", "pprof", "-raw", str(file)], capture_output=True, text=True, check=True).stdout
    assert "alloc_objects/count alloc_space/bytes" in said
    assert "main.(*store).scan" in said and "type:[main.Order]" in said


def test_the_profile_holds_every_object_and_byte(session: Session) -> None:
    data = gzip.decompress(pprof.make(session))
    assert b"encoding/json.(*decodeState).object" in data
