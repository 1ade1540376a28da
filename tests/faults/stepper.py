"""Stands in for the agent: runs the real one under ptrace, and kills somebody when it has made a given system call.

gotop starts this program where it expects the agent (see `steps`). It has a child trace it and becomes the agent by
execve, so that the agent has the process number, the descriptors and the parent that it always has. The agent's own
tracing of the service is not disturbed by that. Orders are in the environment:

    GOTOP_STEP_AGENT   path of the real agent
    GOTOP_STEP_LOG     a file that gets a line a step, and the last word
    GOTOP_STEP         PHASE:NUMBER:VICTIM; phase `start` (until the agent has said that the service runs) or `stream`
                       (afterwards, leaving the service included), the step's number from 1 on, and agent, service
                       or viewer

A step is a system call by which the agent changes anything outside of itself, when it has returned. Needs nothing but
the standard library, and starts quickly.
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys

PTRACE_CONT, PTRACE_SYSCALL, PTRACE_GETEVENTMSG = 7, 24, 0x4201
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_LISTEN, PTRACE_GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 0x420E
SYSGOOD, TRACECLONE, TRACEEXEC = 1, 1 << 3, 1 << 4
EVENT_CLONE, EVENT_EXEC, EVENT_STOP = 3, 4, 128
INFO_ENTRY, INFO_EXIT = 1, 2
WALL = 0x40000000
PR_SET_PTRACER = 0x59616D61
STATUS_FD = 3

WRITE, PWRITE64, CLONE, BIND, PTRACE, FALLOCATE, ACCEPT4 = 1, 18, 56, 49, 101, 285, 288
NAMES = {WRITE: "write", PWRITE64: "pwrite64", CLONE: "clone", BIND: "bind", FALLOCATE: "fallocate", PTRACE: "ptrace",
         ACCEPT4: "accept4"}  # fmt: skip
CLONE_VM_THREAD = 0x10000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, tid: int, address: int = 0, data: object = 0) -> int:
    return int(libc.ptrace(request, tid, address, data))


class Tracer:
    """Follows all threads of the agent."""

    def __init__(self, agent: int, viewer: int) -> None:
        self.agent, self.viewer = agent, viewer
        self.phase, number, self.victim = os.environ["GOTOP_STEP"].split(":")
        self.left = int(number)
        self.now = "" if self.phase else "none"
        self.log = os.open(os.environ["GOTOP_STEP_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.entered: dict[int, tuple[int, ...]] = {}

    def run(self, ready: int) -> None:
        options = SYSGOOD | TRACECLONE | TRACEEXEC
        if ptrace(PTRACE_SEIZE, self.agent, 0, options) or ptrace(PTRACE_INTERRUPT, self.agent):
            self.say(f"cannot trace: {os.strerror(ctypes.get_errno())}")
            os._exit(1)
        os.write(ready, b"x")
        while True:
            try:
                tid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return
            if os.WIFSTOPPED(status):
                self.stopped(tid, os.WSTOPSIG(status), status >> 16)

    def stopped(self, tid: int, number: int, event: int) -> None:
        deliver = 0
        if number == signal.SIGTRAP | 0x80:
            self.syscall(tid)
        elif event == EVENT_EXEC:
            self.now = "start"
        elif event == EVENT_STOP and number != signal.SIGTRAP:
            ptrace(PTRACE_LISTEN, tid)
            return
        elif event == 0:
            deliver = number
        ptrace(PTRACE_SYSCALL if self.now != "done" else PTRACE_CONT, tid, 0, deliver)

    def syscall(self, tid: int) -> None:
        buffer = ctypes.create_string_buffer(128)
        ptrace(PTRACE_GET_SYSCALL_INFO, tid, 128, ctypes.addressof(buffer))
        if buffer.raw[0] == INFO_ENTRY:
            self.entered[tid] = struct.unpack_from("<3Q", buffer.raw, 24)
        elif buffer.raw[0] == INFO_EXIT and tid in self.entered:
            self.step(*self.entered.pop(tid))

    def step(self, call: int, first: int, second: int) -> None:
        told = call == WRITE and first == STATUS_FD
        wanted = (PTRACE, PWRITE64, BIND, FALLOCATE) if self.now == "start" else (PTRACE, PWRITE64, ACCEPT4)
        forked = call == CLONE and not first & CLONE_VM_THREAD
        if self.now in ("start", "stream") and (call in wanted or ((told or forked) and self.now == "start")):
            self.say(f"{self.now} {NAMES[call]} {first}")
            if self.now == self.phase:
                self.left -= 1
                if self.left == 0:
                    self.kill()
        if told and self.now == "start":
            self.now = "stream"

    def kill(self) -> None:
        victims = {"agent": self.agent, "viewer": self.viewer, "service": self.service()}
        victim = victims.get(self.victim, 0)
        if victim:
            with contextlib.suppress(ProcessLookupError):  # a viewer that has left
                os.kill(victim, signal.SIGKILL)
        self.say(f"killed {self.victim} {victim}")
        self.now = "done"

    def service(self) -> int:
        """The process to which the agent attaches, or its child."""
        given = os.environ.get("GOTOP_STEP_SERVICE")
        if given:
            return int(given)
        for thread in os.listdir(f"/proc/{self.agent}/task"):  # noqa: PTH208
            with open(f"/proc/{self.agent}/task/{thread}/children") as file:  # noqa: PTH123
                for child in file.read().split():
                    if int(child) != os.getpid():
                        return int(child)
        return 0

    def say(self, what: str) -> None:
        os.write(self.log, f"{what}\n".encode())


def main() -> None:
    agent, viewer = os.getpid(), os.getppid()
    seized, ready = os.pipe()
    tracer = os.fork()
    if tracer == 0:
        os.close(seized)
        # The agent's descriptors must end with the agent.
        for fd in range(3, 16):
            if fd != ready:
                with contextlib.suppress(OSError):
                    os.close(fd)
        Tracer(agent, viewer).run(ready)
        os._exit(0)
    libc.prctl(PR_SET_PTRACER, tracer, 0, 0, 0)
    os.close(ready)
    os.read(seized, 1)
    os.close(seized)
    real = os.environ["GOTOP_STEP_AGENT"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GOTOP_STEP")}
    os.execve(real, [real, *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
