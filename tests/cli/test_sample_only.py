"""`gotop attach PID --sample-only` as a user meets it: what it does to the process, what it says, what it refuses."""

import asyncio
import ctypes
import hashlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from gotop.agent.client import Client
from gotop.agent.protocol import Failure, Hello
from tests import toolchains
from tests.cli.running import PATIENCE_S, Runner, alive, wait_until
from tests.sampled import service, watching

PTRACE_SEIZE = 0x4206
LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def tracer(pid: int) -> int:
    match = re.search(r"TracerPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1])


def code(pid: int) -> tuple[str, set[str]]:
    """A hash of the program's text in memory, and the names of all it has mapped."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    text = next(line for line in maps if " r-xp " in line and str(Path(f"/proc/{pid}/exe").readlink()) in line)
    start, end = (int(address, 16) for address in text.split()[0].split("-"))
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(start)
        content = memory.read(end - start)
    return hashlib.sha256(content).hexdigest(), {line.split(maxsplit=5)[5] for line in maps if len(line.split()) > 5}


def test_the_process_stays_as_it_was(runner: Runner, tmp_path: Path) -> None:
    with service() as running:
        running.do("work", 1000)
        before = code(running.pid)
        with watching(runner, running.pid, tmp_path / "recording") as watcher:
            watcher.see()
            assert tracer(running.pid) == 0
            assert code(running.pid) == before
            agent = runner.session()["agent_pid"]
            report = watcher.report()
        assert report["sites"]
        wait_until(lambda: not alive(agent), "the agent's end", 10 * PATIENCE_S)
        assert code(running.pid) == before
        assert alive(running.pid)


def test_it_needs_no_ptrace(runner: Runner) -> None:
    """Threads of a Go program come and go: it is enough to hold the first one, which hooks would have to stop, too."""
    with service() as running:
        running.do("work", 100)
        pid = running.pid
        tracing = os.fork()
        if tracing == 0:  # the tracer, in a process of its own so that pytest's threads do not matter
            LIBC.ptrace(PTRACE_SEIZE, pid, None, None)
            signal.pause()
            os._exit(0)
        try:
            wait_until(lambda: tracer(pid) == tracing, "a tracer")
            refused = runner.run("attach", pid, "--json", "--for", "2s")
            assert refused.returncode == 1
            assert "is traced by process" in refused.stderr
            done = runner.run("attach", pid, "--sample-only", "--json", "--for", "2s")
        finally:
            os.kill(tracing, signal.SIGKILL)
            os.waitpid(tracing, 0)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["sites"]


def test_a_program_that_never_uses_the_profile_is_told_clearly(runner: Runner) -> None:
    """The linker has its rate set to 0 (cmd/link, runtime.disableMemoryProfiling). Before that is done, the runtime has
    sampled what it allocated first.
    """
    said = []
    for form in ("--json", "--text"):
        command = [toolchains.build("ignoreterm", "1.26")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as quiet:
            done = runner.run("attach", quiet.pid, "--sample-only", form, "--for", "2s")
            quiet.kill()
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    report, text = json.loads(said[0]), said[1]
    assert all(site["function"].startswith("runtime.") and site["allocs"] == 1 for site in report["sites"])
    assert "takes no samples" in report["health"]["partial"][0]
    assert "gotop attach PID" in report["health"]["partial"][0]
    assert report["totals"]["allocs"] > 0
    assert "takes no samples" in text


def test_a_rate_of_0_that_the_program_sets(runner: Runner, tmp_path: Path) -> None:
    with service("1.26", "plain", "-rate", "0") as running:
        done = runner.run("attach", running.pid, "--sample-only", "--text", "--for", "2s")
    assert "runtime.MemProfileRate is 0" in done.stdout


def test_the_text_marks_estimates(runner: Runner) -> None:
    with service() as running:
        running.do("work", 2000)
        done = runner.run("attach", running.pid, "--sample-only", "--text", "--for", "2s")
    line = next(line for line in done.stdout.splitlines() if "main.large" in line)
    assert line.count("≈") == 6
    assert "1 sample in 512 KiB" in done.stdout


def test_goroutines_that_live_are_told_by_go_statement(runner: Runner, tmp_path: Path) -> None:
    with service() as running:
        running.do("goroutines", 20)
        with watching(runner, running.pid, tmp_path / "recording") as watcher:
            told = lambda: [m for m in watcher.messages() if m["t"] == "goroutines"]  # noqa: E731
            wait_until(lambda: told() != [], "goroutines", 10 * PATIENCE_S)
            report = watcher.report()
        first = told()[0]
    assert first["live"] - first["system"] == report["goroutines"]["live"] == 21
    assert 20 in [count for *_, count, _ in first["rows"]]


def test_its_end_is_told_with_the_last_figures(runner: Runner, tmp_path: Path) -> None:
    with service() as running, watching(runner, running.pid, tmp_path / "recording") as watcher:
        running.do("work", 2000)
        watcher.see()
        running.end()
        report = watcher.report(ask=False)
        replayed = json.loads(runner.run("replay", tmp_path / "recording", "--json").stdout)
    assert report["ending"]["detached"] is False
    assert any(site["function"] == "main.large" for site in report["sites"])
    assert replayed["sites"] == report["sites"]
    assert replayed["seconds"] == report["seconds"]
    assert replayed["health"]["partial"] == report["health"]["partial"]


def test_a_process_that_becomes_another_program_is_read_no_more(runner: Runner, tmp_path: Path) -> None:
    """The other one, here the same at the same addresses, would pass for it."""
    with service() as running, watching(runner, running.pid, tmp_path / "recording") as watcher:
        running.do("work", 2000)
        watcher.see()
        running.become_anew()
        running.do("work", 20_000)
        report = watcher.report(ask=False)
        assert alive(running.pid)
    assert report["ending"]["detached"] is True
    assert 0 < sum(site["allocs"] for site in report["sites"] if site["function"] == "main.large") < 4000
    assert report["totals"]["allocs"] < 100_000


def test_a_second_viewer_joins_and_hooks_can_be_placed_beside_it(runner: Runner, tmp_path: Path) -> None:
    with service() as running, watching(runner, running.pid, tmp_path / "recording") as watcher:
        watcher.see()
        second = runner.run("attach", running.pid, "--sample-only", "--json", "--for", "2s")
        assert json.loads(second.stdout)["target"]["mode"] == "sample-only"
        assert len(runner.sessions()) == 1
        hooked = json.loads(runner.run("attach", running.pid, "--json", "--for", "2s").stdout)
        assert (hooked["target"]["mode"], hooked["target"]["attached"]) == ("exact", True)
        watcher.see()
        assert watcher.report()["ending"] is None


async def refused(socket: Path, **wanted: object) -> Failure:
    client = Client(socket, log=False)
    await client.connect()
    try:
        await client.set(**wanted)  # type: ignore[arg-type]
        async with asyncio.timeout(PATIENCE_S):
            async for message in client.messages():
                if isinstance(message, Hello):
                    assert (message.mode, message.hooks, message.attached) == ("sample-only", (), False)
                if isinstance(message, Failure):
                    return message
    finally:
        client.close()
    raise AssertionError("the stream ended")


def test_other_modes_are_refused_with_the_way_to_them(runner: Runner, tmp_path: Path) -> None:
    with service() as running, watching(runner, running.pid, tmp_path / "recording") as watcher:
        watcher.see()
        socket = Path(runner.session()["socket"])
        failure = asyncio.run(refused(socket, mode="exact"))
        assert failure.code == "mode"
        assert f"gotop attach {running.pid}" in failure.text
        assert asyncio.run(refused(socket, rate=4096)).code == "mode"
        assert asyncio.run(refused(socket, budget=0.03)).code == "bad_value"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sample-only",), "name its PID"),
        (("/tmp/some.sock", "--sample-only"), "name its PID"),
        (("1", "--sample-only", "--mode", "sites"), "places none"),
        (("1", "--sample-only", "--budget", "3%"), "places none"),
    ],
)
def test_wrong_use(runner: Runner, arguments: tuple[str, ...], said: str) -> None:
    done = runner.run("attach", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def test_a_process_that_is_no_go_program_is_refused(runner: Runner) -> None:
    other = subprocess.Popen(["sleep", "600"])
    try:
        done = runner.run("attach", other.pid, "--sample-only", "--json")
    finally:
        other.kill()
        other.wait()
    assert done.returncode == 1
    assert "not built by the Go toolchain" in done.stderr


def test_ps_lists_the_socket_of_either_kind(runner: Runner, tmp_path: Path) -> None:
    with service() as running, watching(runner, running.pid, tmp_path / "recording") as watcher:
        watcher.see()
        listed = json.loads(runner.run("ps", "--json").stdout)["processes"]
        mine = {process["pid"]: process["socket"] for process in listed}
        assert mine[running.pid] == runner.session()["socket"]
        assert runner.session()["agent_pid"] not in mine
