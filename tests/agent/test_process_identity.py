"""Which process a number stood for."""

from __future__ import annotations

import os
import subprocess

from gotop.agent.process_identity import here, is_running, start_time, start_times

NOBODY = 2**22 + 1
"""Above the largest number that Linux gives."""


def test_a_process_is_known_by_its_number_and_start() -> None:
    recorded = start_times(os.getpid(), NOBODY, 0, -1)
    assert list(recorded) == [str(os.getpid())]
    assert is_running(os.getpid(), recorded)
    assert not is_running(os.getpid(), {str(os.getpid()): recorded[str(os.getpid())] - 1}), "another of that number"
    assert not is_running(NOBODY, recorded) and start_time(NOBODY) is None


def test_who_has_ended_and_is_not_waited_for_does_not_run() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        recorded = start_times(process.pid)
        assert is_running(process.pid, recorded)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert start_time(process.pid) is None and not is_running(process.pid, recorded)


def test_here_is_the_same_for_all_processes_of_a_container() -> None:
    assert here() == here() and here().pid_namespace > 0 and here().boot
