"""Start the agent, which starts a service or attaches to one; wait for its answer, and end both if need be.

The contract with `hookagent run`: it writes one JSON line to fd 3 when the service runs (or cannot), and fd 4 ends when
gotop is gone. It runs in a session of its own, so that the terminal's Ctrl-C reaches neither it nor the service: gotop
decides what is passed on. gotop declares itself the reaper of orphans, so that the service becomes its child if the
agent is killed, and can still be stopped and waited for.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gotop.agent.child import Child
from gotop.agent.permission import NO_PTRACE, explain_refusal
from gotop.agent.session_store import SessionRecord
from gotop.printable import MultilineText

STATUS_FD, LIFELINE_FD = 3, 4
START_TIMEOUT_S = 30.0
SHORT_GRACE_S = 2.0
KILLED_S = 60.0
"""For a killed process to be gone: its end is certain, but a busy machine takes its time."""
PR_SET_CHILD_SUBREAPER = 36
PERMISSION_CODES = {"permission"}
AGENT_LOG = "agent.log"
SERVICE_ENV = "GOTOP_SERVICE_ENV"
GO_RUNTIME_VARIABLES = ("GODEBUG", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOTRACEBACK")


class LaunchError(Exception):
    """The service was not started; the text says why, for people."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass(frozen=True)
class LaunchSpec:
    """What the agent is to start, and how; with `pid`, the process that it is to attach to instead, or only to read the
    memory of (`sample_only`).
    """

    exe: str
    args: Sequence[str]
    plan: str
    mode: str = "exact"
    depth: int = 0
    output: str = "files"
    pid: int = 0
    rate: int = 0
    budget: float = 0.0
    attribution: bool = False
    sample_only: bool = False
    memory: int = 0


class Agent:
    """A started agent; the service runs once `started` has returned."""

    def __init__(self, pid: int, status_fd: int, lifeline_fd: int, session: SessionRecord, starts: bool = True) -> None:
        self.process = Child(pid)
        self.session = session
        self.service: Child | None = None
        self._starts = starts
        self._status_fd = status_fd
        self._lifeline_fd = lifeline_fd

    def started(self, timeout: float = START_TIMEOUT_S) -> SessionRecord:
        """Wait until the service runs with its hooks in place. Raises LaunchError."""
        line = self._status_line(timeout)
        os.close(self._status_fd)
        if not line.get("ok"):
            code, text = str(line.get("code", "agent")), str(line.get("text", "the agent gave no reason"))
            raise LaunchError(code, _with_advice(code, text))
        self.service = Child(line["pid"])
        self.session = replace(self.session, pid=self.service.pid, agent_pid=self.process.pid)
        with contextlib.suppress(OSError):  # without the record it is not listed; its socket is there all the same
            self.session.save()
        return self.session

    def abandon(self) -> None:
        """End an agent that is not wanted any more, before it has said whether the service runs.

        One that attaches is asked to, so that it leaves the process as it was. One that starts a service may have done
        so: its own end makes that service a child of ours, and it is ended too.
        """
        if not self._starts:
            self.process.send_signal(signal.SIGTERM)
            if self.process.wait(SHORT_GRACE_S):
                return
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(KILLED_S)  # not before is the service our child
        if self._starts:
            for orphan in _child_processes():
                orphan.terminate(SHORT_GRACE_S)

    def _status_line(self, timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        data = b""
        while not data.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._status_fd], [], [], left)[0]:
                self.abandon()
                raise LaunchError("timeout", f"The agent did not start the service within {timeout:.0f} seconds.")
            chunk = os.read(self._status_fd, 65536)
            if not chunk:
                raise LaunchError("agent", self._text_of_silent_end())
            data += chunk
        return _parse(data)

    def _text_of_silent_end(self) -> str:
        self.process.wait(2.0)
        with contextlib.suppress(OSError):
            said = (self.session.directory / AGENT_LOG).read_text(errors="replace").strip()
            if said:
                return MultilineText(
                    "The agent ended before it had started the service. It said:", *said[-2000:].splitlines()
                )
        return f"The agent ended before it had started the service{_exit_text(self.process.status)}."


def _with_advice(code: str, text: str) -> str:
    if code not in PERMISSION_CODES:
        return text
    return MultilineText(text, NO_PTRACE if "not implemented" in text else explain_refusal())


def _parse(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
        if answer["ok"]:
            int(answer["pid"])
    except (ValueError, TypeError, KeyError):
        raise LaunchError("agent", f"The agent's answer was not understood: {data[:200]!r}.") from None
    return dict(answer)


def start(program: Path, spec: LaunchSpec, session: SessionRecord) -> Agent:
    """Start the agent; returns at once, while the agent starts the service."""
    become_subreaper()
    plan = _write_file(session.directory / "plan.json", spec.plan)
    if spec.output == "files":
        _write_file(session.directory / AGENT_LOG)  # by us, who can say why not
    status_read, status_write = _high_pipe()
    lifeline_read, lifeline_write = _high_pipe()
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_DUP2, status_write, STATUS_FD),
        (os.POSIX_SPAWN_DUP2, lifeline_read, LIFELINE_FD),
        *_output_actions(spec, session),
    ]
    try:
        pid = os.posix_spawn(
            program,
            _command(program, spec, session, plan),
            agent_environment(os.environ),
            file_actions=actions,
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores them, and that would be inherited
        )
    except OSError as error:
        raise LaunchError("agent", f"The agent {program} cannot be started: {error.strerror}.") from error
    os.close(status_write)
    os.close(lifeline_read)
    return Agent(pid, status_read, lifeline_write, session, starts=not spec.pid)


def _write_file(file: Path, text: str = "") -> Path:
    try:
        file.write_text(text)
    except OSError as error:
        raise LaunchError("agent", f"{file} cannot be written: {error.strerror}.") from error
    return file


def agent_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The service's environment, in which variables meant for the service's Go runtime do not reach the agent's.

    The agent gives them back, and removes the variable that they travel in.
    """
    kept = {name: environment[name] for name in GO_RUNTIME_VARIABLES if name in environment}
    # One of the user's own is dropped: the agent believes what it finds there.
    rest = {name: value for name, value in environment.items() if name not in (*kept, SERVICE_ENV)}
    return {**rest, SERVICE_ENV: json.dumps(kept)} if kept else rest


def _child_processes() -> list[Child]:
    """Every process that is a child of this one now."""
    import psutil  # needed only here, and slow to import

    return [Child(process.pid) for process in psutil.Process().children()]


def become_subreaper() -> None:
    """Make orphaned descendants, such as the service of a killed agent, children of this process."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _command(program: Path, spec: LaunchSpec, session: SessionRecord, plan: Path) -> list[str]:
    command = [str(program), "attach" if spec.pid else "run", "--plan", str(plan), "--socket", str(session.socket)]
    if spec.sample_only:
        return [*command, "--pid", str(spec.pid), "--sample-only"]
    command += ["--mode", spec.mode]
    if spec.depth:
        command += ["--depth", str(spec.depth)]
    if spec.rate:
        command += ["--rate", str(spec.rate)]
    if spec.budget:
        command += ["--budget", str(spec.budget)]
    if spec.memory:
        command += ["--memory", str(spec.memory)]
    if spec.attribution:
        command += ["--attribution"]
    if spec.pid:
        return [*command, "--pid", str(spec.pid)]
    return [*command, "--output", spec.output, "--dir", str(session.directory), "--", spec.exe, *spec.args]


def _output_actions(spec: LaunchSpec, session: SessionRecord) -> list[tuple[int, int, str, int, int]]:
    """With its output in files the service has no use for the terminal, and neither has the agent."""
    if spec.output != "files":
        return []
    log = str(session.directory / AGENT_LOG)
    append = os.O_WRONLY | os.O_APPEND
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, append, 0),
        (os.POSIX_SPAWN_OPEN, 2, log, append, 0),
    ]


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends do not collide with the numbers that they get in the agent."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends[0], ends[1]


def _exit_text(status: int | None) -> str:
    if status is None:
        return ""
    code = os.waitstatus_to_exitcode(status)
    return f" (signal {-code})" if code < 0 else f" (exit code {code})"
