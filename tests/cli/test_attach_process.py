"""What a process runs, and what keeps an agent from it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gotop.cli.attach_process import executable, obstacle
from gotop.cli.errors import Refusal

NOBODY = 2**22 + 1


def test_the_file_that_a_process_runs_or_what_proc_leads_to_where_it_was_replaced(tmp_path: Path) -> None:
    program = tmp_path / "svc"
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "600"]) as process:
        assert executable(process.pid) == str(program)
        program.unlink()
        assert executable(process.pid) == f"/proc/{process.pid}/exe"
        program.write_text("another")
        assert executable(process.pid) == f"/proc/{process.pid}/exe"
        process.kill()


def test_nobody_and_who_has_ended_are_told_apart() -> None:
    with pytest.raises(Refusal, match=f"There is no process {NOBODY}"):
        executable(NOBODY)
    with subprocess.Popen(["sleep", "600"]) as process:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(Refusal, match="kernel thread, or is just ending"):
            executable(process.pid)


def test_nothing_is_in_the_way_of_ones_own_process_and_of_none() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        assert obstacle(process.pid) == ""
        process.kill()
    assert obstacle(NOBODY) == ""
