"""Join a Go process that already runs: an agent hooks it, and gives it its own code back when nobody looks any more;
or reads its memory and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from pathlib import Path

from gotop.agent.launch import Agent, LaunchError, LaunchSpec, start
from gotop.agent.locate_agent import agent_binary
from gotop.agent.permission import CAP_SYS_PTRACE, NO_PROC, has_capability, lacking_room
from gotop.agent.processes import go_libraries_of
from gotop.agent.session_store import new_session
from gotop.cli.errors import Refusal
from gotop.cli.options import HookOptions
from gotop.cli.progress import Progress
from gotop.cli.whole_stacks import with_whole_stacks
from gotop.golang.binary import GoBinary
from gotop.golang.errors import NotGo
from gotop.golang.plan import plan_of, sampling_plan_of

POLL_S = 0.05
UNDUMPABLE = "it may not be traced any more by this user (it is not dumpable), only by root"


def attach_to_process(pid: int, hooks: HookOptions, sample_only: bool = False) -> Agent:
    """Hook process `pid`, or only read its samples. The agent stays while the value returned or a viewer does.

    Raises LaunchError, Refusal.
    """
    reason = lacking_room() if Path("/proc/self").exists() else NO_PROC
    if reason:
        raise Refusal(reason)
    exe = executable(pid)
    with Progress("Preparing the agent") as progress:
        program = agent_binary(progress.update)
    with Progress(f"Reading {exe}"):
        plan = _plan_of_process(pid, exe, hooks, sample_only)
    session = replace(new_session(), sample_only=sample_only)
    spec = LaunchSpec(
        exe, (), plan, hooks.mode, hooks.depth, pid=pid, rate=hooks.rate, budget=hooks.budget,
        attribution=hooks.attribution, memory=hooks.memory, sample_only=sample_only,
    )  # fmt: skip
    try:
        agent = start(program, spec, session)
        agent.started()
    except LaunchError:
        session.remove()
        raise
    return agent


def _plan_of_process(pid: int, exe: str, hooks: HookOptions, sample_only: bool) -> str:
    """Return the plan for process `pid`, which runs `exe`. Raises BinaryError, Refusal."""
    try:
        binary = GoBinary.open(exe)
        plan = sampling_plan_of(binary) if sample_only else with_whole_stacks(plan_of(binary), binary, hooks.exact)
        return plan.to_json()
    except NotGo:
        libraries = go_libraries_of(pid)
        if not libraries:
            raise
        raise Refusal(_only_libraries(pid, exe, libraries)) from None


def _only_libraries(pid: int, exe: str, libraries: dict[str, str]) -> str:
    """Why a process in whose program there is Go only by way of shared libraries is not watched, and what to do."""
    named = " and ".join(f"{path} ({version or 'of an unknown Go version'})" for path, version in libraries.items())
    return (
        f"Process {pid} runs {Path(exe).name}, which is no Go program. What is Go in it is the shared library {named}: "
        "gotop hooks the allocator of Go programs, not those of libraries in other programs. Call the library's "
        "packages from a Go program or benchmark, and watch that; or have the library serve net/http/pprof."
    )


def executable(pid: int) -> str:
    """The file that a process runs; where it was replaced or deleted, what /proc still leads to. Raises Refusal."""
    link = Path(f"/proc/{pid}/exe")
    if not Path(f"/proc/{pid}").exists():
        raise Refusal(f"There is no process {pid}.")
    try:
        path = link.readlink()
        return str(path if path.exists() and path.samefile(link) else link)
    except PermissionError:
        raise Refusal(_untouchable(pid)) from None
    except OSError:
        raise Refusal(f"Process {pid} runs no executable: it is a kernel thread, or is just ending.") from None


def _untouchable(pid: int) -> str:
    """Why a process cannot even be looked at."""
    owner = Path(f"/proc/{pid}").stat().st_uid
    if os.geteuid() == 0 and not has_capability(CAP_SYS_PTRACE):
        return (
            f"Process {pid} has rights that root lacks here: without the capability CAP_SYS_PTRACE it cannot be "
            "traced. Start the container with `--cap-add=SYS_PTRACE` (Docker, Podman), or add SYS_PTRACE to the pod's "
            "securityContext.capabilities."
        )
    if owner != os.geteuid() and os.geteuid() != 0:
        return f"Process {pid} belongs to another user. Run gotop as that user, or as root."
    if os.geteuid() == 0:
        return f"Process {pid} may not be traced here, not even by root: the kernel hides what it runs."
    return (
        f"Process {pid} is hidden from its own user: it is not dumpable (setuid, or PR_SET_DUMPABLE in prctl(2)), and "
        "only root may trace it or read its memory. Run gotop as root."
    )


def obstacle(pid: int, seconds: float = 1.0) -> str:
    """What keeps an agent from taking its hooks out of a process for so long, as far as is seen from here; "" if
    nothing: who attaches to it or leaves it at that moment traces it for milliseconds.
    """
    end = time.monotonic() + seconds
    while why := _obstacle_now(pid):
        if time.monotonic() > end:
            return why
        time.sleep(POLL_S)
    return ""


def _obstacle_now(pid: int) -> str:
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError, IndexError, ValueError):  # it has ended
            tracer = int(status.read_text().split("TracerPid:")[1].split()[0])
            if tracer:
                name = Path(f"/proc/{tracer}/comm").read_text().strip()
                return f"it is traced by process {tracer} ({name}), such as a debugger or strace"
    try:
        Path(f"/proc/{pid}/mem").open("rb").close()
    except PermissionError:
        return UNDUMPABLE
    except OSError:
        return ""  # it has ended
    return ""
