"""Which container, and which pod, a process runs in: what its cgroups' names and its environment tell.

No container runtime is asked. Runtimes name a container's cgroup after it, ID being 64 hexadecimal digits:
`/docker/ID`, `/system.slice/docker-ID.scope`, `/kubepods/burstable/podUID/ID`,
`/kubepods.slice/…-podUID.slice/crio-ID.scope`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(r"(?:^|[-/:])([0-9a-f]{64})(?:\.scope)?$")
_UID = r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32}"  # of a static pod: its manifest's hash
_POD = re.compile(rf"(?:^|[-/])pod({_UID})(?:\.slice)?(?:[/:]|$)")
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[-.A-Za-z0-9]{0,251}[A-Za-z0-9])?")
SHOWN = 12
"""Digits of an ID that are shown, as container runtimes do."""


@dataclass(frozen=True)
class Container:
    """A container: its ID, the UID of its pod, "" where it is in none, and the host name it was given, "" if not known.

    In Kubernetes the host name is the pod's name.
    """

    id: str
    pod: str = ""
    host: str = ""

    def is_called(self, word: str) -> bool:
        """Say whether its ID begins with `word`, or that is its host name."""
        return bool(word) and (self.id.startswith(word.lower()) or self.host == word)

    def is_in_pod(self, word: str) -> bool:
        """Say whether the UID of its pod begins with `word`, or that is the pod's name."""
        return bool(self.pod and word) and (self.pod.startswith(word.lower()) or self.host == word)


def container_of(pid: int) -> Container | None:
    """Return the container that a process runs in, None where it is in none or that cannot be told."""
    try:
        named = named_by_cgroups(Path(f"/proc/{pid}/cgroup").read_text(errors="replace"))
    except OSError:
        return None
    return named and Container(named.id, named.pod, _host_name(pid))


def named_by_cgroups(text: str) -> Container | None:
    """Return the container that the lines of `/proc/PID/cgroup` name: the innermost, where one runs inside another."""
    for line in text.splitlines():
        path = line.split(":", 2)[-1]
        if found := _ID.search(path):
            pods = _POD.findall(path)
            return Container(found[1], pods[-1].replace("_", "-") if pods else "")
    return None


def _host_name(pid: int) -> str:
    """Return what runtimes tell a container's first process its host is called."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return ""
    for setting in environment.split(b"\0"):
        if setting.startswith(b"HOSTNAME="):
            name = setting.removeprefix(b"HOSTNAME=").decode(errors="replace")
            return name if _HOST_NAME.fullmatch(name) else ""
    return ""
