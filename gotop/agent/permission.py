"""Say which setting of this machine keeps the agent from tracing, so that the user knows what to change.

The agent starts the service itself and traces it from its first instruction, which Linux allows for one's own children
in its default settings. These are the settings that forbid it.
"""

from __future__ import annotations

import os
import re
import resource
import stat
from pathlib import Path

CAP_SYS_PTRACE = 19
SECCOMP_FILTER = "2"


NO_PROC = (
    "There is no /proc here, and gotop finds processes and what they run there. Mount it: mount -t proc proc /proc"
)
NO_PTRACE = (
    "This kernel, or a sandbox in its place such as gVisor or a seccomp filter, lacks that system call: gotop cannot "
    "place its hooks here. Run the service outside of the sandbox."
)
LEAST_ADDRESS_SPACE = 1 << 30
"""Bytes that the agent, as any Go program, reserves at its start, and some for its work."""
SPARE_THREADS = 24
"""Threads that the agent and a small service have together."""


def lacking_room(proc: Path = Path("/proc")) -> str | None:
    """The reason why an agent could not even start here, or None: its own end would be a page of its runtime's."""
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY and space < LEAST_ADDRESS_SPACE:
        return (
            f"Address space is limited to {space >> 20} MB here (ulimit -v), and gotop's agent needs "
            f"{LEAST_ADDRESS_SPACE >> 20} MB, though it uses little of it. Raise the limit: ulimit -v unlimited"
        )
    most, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if most == resource.RLIM_INFINITY or os.geteuid() == 0:
        return None
    if _threads_of_user(proc) + SPARE_THREADS > most:
        return (
            f"This user may have {most} processes and threads (ulimit -u), and nearly has them: there is no room for "
            "gotop's agent and a service. Raise the limit, or end something."
        )
    return None


def _threads_of_user(proc: Path) -> int:
    count = 0
    for status in proc.glob("[0-9]*/status"):
        try:
            text = status.read_text(errors="replace")
        except OSError:
            continue
        fields = dict(re.findall(r"^(Uid|Threads):\s*(\d+)", text, re.MULTILINE))
        count += int(fields.get("Threads", 0)) if fields.get("Uid") == str(os.getuid()) else 0
    return count


def forbidden_outright(proc: Path = Path("/proc")) -> str | None:
    """The reason why no tracing can work here, or None: to be asked before anything is touched."""
    if not (proc / "self").exists():
        return NO_PROC
    room = lacking_room(proc)
    if room:
        return room
    scope = ptrace_scope(proc)
    if scope == 3:
        return (
            "Tracing is switched off on this machine (kernel.yama.ptrace_scope is 3), so gotop cannot place its hooks. "
            "It can only be switched on with a reboot: set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d."
        )
    if scope == 2 and not has_capability(CAP_SYS_PTRACE, proc):
        return (
            "Tracing is reserved to administrators on this machine (kernel.yama.ptrace_scope is 2), so gotop cannot "
            "place its hooks. Run `sudo sysctl kernel.yama.ptrace_scope=1`, or give gotop the capability "
            "CAP_SYS_PTRACE."
        )
    return None


def explain_refusal(proc: Path = Path("/proc")) -> str:
    """What to do after the kernel refused a trace that `forbidden_outright` expected to work."""
    reason = forbidden_outright(proc)
    if reason:
        return reason
    if _status_field("Seccomp", proc) == SECCOMP_FILTER:
        return (
            "A seccomp filter is active here, as in a container, and does not let gotop trace. Start the container "
            "with `--cap-add=SYS_PTRACE` (Docker, Podman), or add SYS_PTRACE to the pod's securityContext.capabilities."
        )
    return (
        "The kernel does not let gotop trace. Is the file setuid, or does it carry capabilities (getcap)? Then run "
        "gotop as root, or on a copy of the file. A security module (SELinux, AppArmor) may be the other cause: "
        "see the kernel's log."
    )


def lost_privileges(exe: str | os.PathLike[str], proc: Path = Path("/proc")) -> str | None:
    """The reason why the kernel would start this file, traced, without the privileges that it carries; or None."""
    if has_capability(CAP_SYS_PTRACE, proc) or os.statvfs(exe).f_flag & os.ST_NOSUID:
        return None
    found = Path(exe).stat()
    if found.st_mode & stat.S_ISUID and found.st_uid != os.geteuid():
        carries = f"is setuid, to user {found.st_uid}"
    elif (
        found.st_mode & stat.S_ISGID
        and found.st_mode & stat.S_IXGRP
        and found.st_gid not in (os.getegid(), *os.getgroups())
    ):
        carries = f"is setgid, to group {found.st_gid}"
    elif _has_file_capabilities(exe):
        carries = "carries capabilities (getcap shows them)"
    else:
        return None
    return (
        f"{exe} {carries}. A program that is traced, as gotop has to for a moment, is started without that by the "
        "kernel. Run gotop as root, or on a copy of the file that has no privileges."
    )


def _has_file_capabilities(exe: str | os.PathLike[str]) -> bool:
    try:
        return bool(os.getxattr(exe, "security.capability"))
    except OSError:
        return False


def ptrace_scope(proc: Path = Path("/proc")) -> int | None:
    """Yama's setting, or None where the kernel has no Yama."""
    try:
        return int((proc / "sys/kernel/yama/ptrace_scope").read_text())
    except (OSError, ValueError):
        return None


def has_capability(number: int, proc: Path = Path("/proc")) -> bool:
    """Whether this process has that capability."""
    effective = _status_field("CapEff", proc)
    return bool(int(effective or "0", 16) & (1 << number))


def _status_field(name: str, proc: Path) -> str:
    try:
        found = re.search(rf"^{name}:\s*(\S+)", (proc / "self/status").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1] if found else ""
