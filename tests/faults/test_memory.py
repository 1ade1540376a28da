"""What gotop takes of a service's memory: what is used, within every limit, and nothing when it has left."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gotop.agent.locate_agent import agent_binary
from gotop.golang.plan import make_plan
from tests.cli.running import Runner, alive, wait_until
from tests.faults.memory_limits import limited, memory_group, set_limit, status, taken_of
from tests.faults.obedient import Obedient, binary, obedient
from tests.faults.rawviewer import RawViewer

MB = 1_000_000


@contextlib.contextmanager
def unwatched(home: Path, *, env: dict[str, str] | None = None, **popen: Any) -> Iterator[tuple[int, Obedient]]:
    """A service that nobody watches yet."""
    at = home / "orders"
    process = subprocess.Popen([binary(), "-at", at], env={**os.environ, **(env or {})}, **popen)
    service = Obedient(at)
    try:
        yield process.pid, service
    finally:
        service.close()
        process.kill()
        process.wait()


@contextlib.contextmanager
def attached(gotop: Runner, pid: int, **popen: Any) -> Iterator[tuple[subprocess.Popen[str], RawViewer]]:
    """An agent that has hooked a service, and a viewer of its. It leaves in the end."""
    plan, socket = gotop.home / "plan.json", gotop.home / "s"
    plan.write_text(make_plan(binary()).to_json())
    order = [agent_binary(), "attach", "--plan", plan, "--socket", socket, "--pid", str(pid)]
    agent = subprocess.Popen(order, env=gotop.environment, stderr=subprocess.PIPE, text=True, **popen)
    try:
        wait_until(lambda: socket.exists() or agent.poll() is not None, "a socket, or a refusal")
        assert agent.poll() is None, agent.communicate()[1]
        viewer = RawViewer(socket)
        viewer.until(lambda: bool(viewer.totals), "a tick")
        yield agent, viewer
        viewer.close()
    finally:
        agent.terminate()
        agent.communicate(timeout=60)


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The report of a run that went well."""
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def missing(viewer: RawViewer) -> list[str]:
    """What cannot be read or told, in words."""
    return list((viewer.runtime or {}).get("missing", ()))


def exact(totals: dict[str, Any]) -> None:
    """What was counted is what the runtime says, but for what is under way, and bytes that tiny objects share."""
    assert abs(totals["allocs"] - totals["runtime_allocs"]) <= 8, totals
    assert abs(totals["runtime_bytes"] - totals["bytes"] - totals["waste"]) < 1000, totals


class TestLockedMemory:
    """A service that locks all its memory has locked what gotop uses, not what it might."""

    def test_under_gotop(self, gotop: Runner) -> None:
        with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (_, service):
            pid = gotop.session()["pid"]
            assert service.told("lock") == "locked"
            assert status(pid, "VmRSS") < 130 * MB
            assert service.told("stacks", 20_000) == "20000"
            assert status(pid, "VmRSS") < 220 * MB

    def test_before_gotop_attaches(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            service.told("lock")
            before = status(pid, "VmRSS")
            with attached(gotop, pid) as (_, viewer):
                service.told("stacks", 5_000)
                viewer.until(lambda: viewer.totals["allocs"] > 5_000, "the allocations")
                assert status(pid, "VmRSS") < before + 80 * MB


class TestMemoryCgroups:
    @pytest.mark.parametrize("agent_inside", [False, True])
    def test_a_service_lives_on_in_its_cgroup(self, gotop: Runner, agent_inside: bool) -> None:
        with memory_group(300 * MB) as group:
            inside = {"preexec_fn": group.enter}
            with (
                unwatched(gotop.home, env={"GOMAXPROCS": "16"}, **inside) as (pid, service),
                attached(gotop, pid, **(inside if agent_inside else {})) as (_, viewer),
            ):
                for _ in range(3):
                    service.told("stacks", 300_000)
                viewer.until(lambda: viewer.totals["allocs"] > 900_000, "the allocations")
                assert alive(pid)
                assert group.kills() == 0
                assert (group.usage() < 290 * MB) if agent_inside else (group.usage() < 60 * MB)

    def test_full_tables_are_said_and_grow_when_the_limit_is_raised(self, gotop: Runner) -> None:
        with (
            memory_group(220 * MB) as group,
            unwatched(gotop.home) as (pid, service),
            attached(gotop, pid, preexec_fn=group.enter) as (_, viewer),
        ):
            service.told("stacks", 400_000)
            viewer.until(
                lambda: any("tables are full" in why and "memory cgroup" in why for why in missing(viewer)),
                "a word about the tables",
            )
            stacks = viewer.totals["stacks"]
            group.limit(2_000 * MB)
            wait_until(lambda: grown(service, viewer, stacks), "more stacks")
            assert group.kills() == 0

    def test_no_room_is_refused_before_anything_is_touched(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            size = status(pid, "VmSize")
            set_limit(pid, "as", size + 20 * MB)
            done = gotop.run("attach", pid, "--json", "--for", "1s")
            assert done.returncode != 0
            assert "gotop's tables need" in done.stderr
            assert "the service's address space is limited to" in done.stderr
            assert "--sample-only" in done.stderr
            assert taken_of(pid) == (0, 0)
            assert status(pid, "VmSize") <= size + 10 * MB
            assert service.told("allocate", 10) == "10"


def grown(service: Obedient, viewer: RawViewer, stacks: int) -> bool:
    """Whether there are more stacks than there were, after the service has been on all of them once more."""
    service.told("stacks", 400_000)
    viewer.until(lambda: True, "a tick")
    with contextlib.suppress(AssertionError):
        viewer.until(lambda: viewer.totals["stacks"] > stacks + 20_000, "more stacks", 3)
    return bool(viewer.totals["stacks"] > stacks + 20_000)


class TestAddressSpace:
    @pytest.mark.parametrize("size", [1_700, 2_000, 3_000, 9_000])
    def test_runs_with_little(self, gotop: Runner, size: int) -> None:
        with obedient(gotop, "--no-ui", preexec_fn=limited(AS=size * MB)) as (_, service):
            service.told("stacks", 1000)
            service.told("procs", 8)
            assert status(gotop.session()["pid"], "VmSize") < size * MB

    def test_nothing_stays_behind(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            size = status(pid, "VmSize")
            for limit in (1_400, 1_600, 3_000):
                gotop.run("attach", pid, "--json", "--for", "300ms", preexec_fn=limited(AS=limit * MB))
                wait_until(lambda: taken_of(pid) == (0, 0), "nothing of gotop's in the service")
            assert status(pid, "VmSize") < size + 80 * MB  # its own threads
            assert service.told("allocate", 10) == "10"

    def test_the_agent_may_write_small_files_only(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            done = gotop.run("attach", pid, "--json", "--for", "300ms", preexec_fn=limited(FSIZE=2 * MB))
            assert done.returncode != 0
            assert "ulimit -f" in done.stderr
            assert taken_of(pid) == (0, 0)
            assert service.told("allocate", 10) == "10"


class TestManyPs:
    """Any GOMAXPROCS: every allocation is counted and has a stack."""

    @pytest.mark.parametrize("procs", [1, 2, 64, 65, 128, 256, 1000, 1024])
    @pytest.mark.parametrize("how", ["environment", "call", "attached"])
    def test_every_allocation_is_counted(self, gotop: Runner, procs: int, how: str) -> None:
        at = gotop.home / "orders"
        env = {**gotop.environment, **({"GOMAXPROCS": str(procs)} if how != "call" else {})}
        with contextlib.ExitStack() as stack:
            if how == "attached":
                service = stack.enter_context(unwatched(gotop.home, env={"GOMAXPROCS": str(procs)}))
                process = stack.enter_context(gotop.start("attach", "--json", service[0], env=env))
                gotop.session()  # its record has the process once the hooks are placed
                assert taken_of(service[0]) == (1, 1)
                orders = service[1]
            else:
                process = stack.enter_context(gotop.start("run", "--json", binary(), "--", "-at", at, env=env))
                orders = Obedient(at)
                stack.callback(orders.close)
            for _ in range(2):
                assert orders.told("procs", procs if how == "call" else 0) == str(procs)
            orders.tell("exit", 0)
            out, err = process.communicate(timeout=240)
            assert out, err
            totals = json.loads(out)["totals"]
            assert totals["unattributed"] == 0, totals
            if how != "attached":
                exact(totals)
            else:
                assert totals["allocs"] >= 2 * procs * 1000
                assert totals["coverage"] == pytest.approx(1, abs=1e-3)


class TestLeaving:
    def test_what_was_taken_is_given_back(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            with attached(gotop, pid):
                service.told("stacks", 50_000)
                assert taken_of(pid) == (1, 1)
            wait_until(lambda: taken_of(pid) == (0, 0), "nothing of gotop's in the service")
            assert service.told("stacks", 10) == "10"

    def test_the_next_agent_grows_the_tables(self, gotop: Runner) -> None:
        with unwatched(gotop.home) as (pid, service):
            with attached(gotop, pid) as (agent, viewer):
                agent.kill()
                agent.wait()
                service.told("allocate", 1_000)
            (gotop.home / "s").unlink(missing_ok=True)
            with attached(gotop, pid) as (_, viewer):
                service.told("stacks", 100_000)
                viewer.until(lambda: viewer.totals["stacks"] > 100_000, "100,000 stacks")
                assert viewer.totals["allocs"] > 101_000
                assert viewer.totals["unattributed"] == 0
