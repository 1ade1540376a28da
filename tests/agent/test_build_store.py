"""Programs that gotop has built: kept as long as a process needs them, and then removed."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from gotop.agent import build_store
from gotop.agent.build_store import new_build_directory, remove_dead_builds
from gotop.agent.private_directory import UnsafeDirectory
from gotop.agent.process_identity import start_times


def test_builds_go_with_their_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine, killed, kept = (new_build_directory() for _ in range(3))
    with subprocess.Popen(["sleep", "60"]) as service:
        for each, pids in ((killed, {}), (kept, start_times(service.pid))):
            file = each.path / build_store.RECORD_NAME
            file.write_text(json.dumps({**json.loads(file.read_text()), "start_times": pids}))
        remove_dead_builds()
        assert mine.path.exists() and kept.path.exists() and not killed.path.exists()
        service.kill()
    remove_dead_builds()
    assert not kept.path.exists()
    mine.remove()
    assert not mine.path.exists()


def test_a_build_is_kept_for_the_process_that_runs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    built = new_build_directory()
    with subprocess.Popen(["sleep", "600"]) as service:
        built.keep_for(service.pid)
        record = json.loads((built.path / build_store.RECORD_NAME).read_text())
        assert set(record["start_times"]) == {str(os.getpid()), str(service.pid)}
        service.kill()


def test_builds_of_another_container_are_left_alone_and_those_before_a_boot_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elsewhere, earlier, strange = (new_build_directory() for _ in range(3))
    for each, change in (
        (elsewhere, {"pid_namespace": 1}),
        (earlier, {"boot": "an earlier one"}),
        (strange, {"boot": 7}),
    ):
        file = each.path / build_store.RECORD_NAME
        file.write_text(json.dumps({**json.loads(file.read_text()), "start_times": {}, **change}))
    (strange.path / build_store.RECORD_NAME).write_text('{"pid_namespace": "many"}')
    remove_dead_builds()
    assert (elsewhere.path.exists(), earlier.path.exists(), strange.path.exists()) == (True, False, True)


def test_where_others_may_replace_a_program_none_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(UnsafeDirectory, match="Set TMPDIR"):
        new_build_directory()
