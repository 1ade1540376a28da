"""A service that is hooked in the midst of its work: what was counted from then on is what its runtime counted, too."""

import json
import subprocess
from pathlib import Path

import pytest

from gotop.agent.locate_agent import agent_binary
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.cli.running import wait_until
from tests.faults.rawviewer import RawViewer

RUNTIMES_OWN = 12  # goroutines: sweeper, scavenger, finalizers, and the collector's workers
DAILY = (("1.24", "plain"), ("1.26", "stripped-pie"), ("1.27", "plain"))
CASES = [
    pytest.param(version, variant, marks=[] if (version, variant) in DAILY else pytest.mark.slow)
    for version in toolchains.SUPPORTED
    for variant in ("plain", "stripped-pie")
]


@pytest.mark.parametrize(("version", "variant"), CASES)
def test_the_count_since_attaching_is_the_runtimes(version: str, variant: str, tmp_path: Path) -> None:
    check_the_count(version, variant, 0, tmp_path)


def test_the_count_among_thousands_of_idle_goroutines(tmp_path: Path) -> None:
    """Most of them are known to wait outside of the allocator; those that there was no time to look at are slack."""
    check_the_count("1.26", "plain", 5000, tmp_path)


def check_the_count(version: str, variant: str, idle: int, tmp_path: Path) -> None:
    binary, plan, said = toolchains.build("exact", version, variant), tmp_path / "plan.json", tmp_path / "said.json"
    plan.write_text(make_plan(binary).to_json())
    agent_binary()  # built before the service runs
    command = [str(binary), "-n", "8000", "-force-gc", "-procs", "-goroutines", "6", "-idle", str(idle)]
    service = subprocess.Popen([*command, "-out", str(said)])
    try:
        wait_until(lambda: ticks(service.pid) > 10, "a busy service")
        threads = len(list(Path(f"/proc/{service.pid}/task").iterdir()))
        runtime = watched_to_its_end(service.pid, plan, tmp_path / "s")
        assert service.wait(60) == 0
    finally:
        service.kill()
        service.wait()
    mallocs = json.loads(said.read_text())["mallocs"]
    assert runtime["mallocs"] == mallocs
    assert 0 < runtime["base_mallocs"] < mallocs - 1000
    off = runtime["hooked"] - (mallocs - runtime["base_mallocs"])
    print(version, variant, runtime["hooked"], "of", mallocs, "off by", off, "slack", runtime["slack"])
    assert abs(off) <= runtime["slack"]
    # One allocation under way a thread and a goroutine, at most: its own six, each of which starts 8,000 more in one of
    # its ways, those that are idle, main, and the runtime's.
    assert runtime["slack"] <= threads + 6 * (1 + 8000) + idle + 1 + RUNTIMES_OWN


def ticks(pid: int) -> int:
    """The CPU time that a process has used, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def watched_to_its_end(pid: int, plan: Path, socket: Path) -> dict[str, int]:
    """The last figures of the runtime that an agent has read of a process it attached to."""
    order = [agent_binary(), "attach", "--plan", plan, "--socket", socket, "--pid", str(pid)]
    agent = subprocess.Popen(order, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: socket.is_socket() or agent.poll() is not None, "an agent that listens")
        viewer = RawViewer(socket)
        viewer.until(lambda: viewer.ended, "the end of the service", 120)
        viewer.close()
        assert viewer.runtime
        return viewer.runtime
    finally:
        agent.terminate()
        _, err = agent.communicate(timeout=60)
        assert not err, err.decode()
