"""The runtime's own allocation profile, as `go tool pprof -raw` prints it."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

from tests import toolchains
from tests.exactness.monitored import Stack

_LOCATION = re.compile(r"^\s*(\d+): 0x([0-9a-f]+)(?: M=\d+)?(?: (.*))?$")
_LINE = re.compile(r"^(.*) (\S+?):(\d+)(?::\d+)? s=-?\d+(?:\(inlined\))?$")


@dataclasses.dataclass(frozen=True)
class Sample:
    """One bucket of the profile: objects of one size class that were allocated on one stack."""

    stack: Stack
    objects: int
    bytes: int


class ProfileError(Exception):
    """The text is not what `go tool pprof -raw` is known to print."""


def read(profile: Path, version: str) -> list[Sample]:
    """The samples of a profile file."""
    command = [str(toolchains.go(version)), "tool", "pprof", "-raw", "-symbolize=none", str(profile)]
    done = subprocess.run(
        command, env=toolchains.environment(version), capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise ProfileError(f"{' '.join(command)}: {done.stderr}")
    return parse(done.stdout)


def parse(text: str) -> list[Sample]:
    """The samples of what `go tool pprof -raw` prints."""
    sections = _sections(text)
    kinds = [kind.split("/")[0] for kind in sections["Samples"][0].replace("[dflt]", "").split()]
    objects, size = kinds.index("alloc_objects"), kinds.index("alloc_space")
    locations = _locations(sections["Locations"])
    samples = []
    for line in sections["Samples"][1:]:
        if re.match(r"^\s+bytes:\[", line):
            continue
        values, _, ids = line.partition(":")
        figures = [int(value) for value in values.split()]
        if len(figures) != len(kinds):
            raise ProfileError(f"not a sample: {line!r}")
        stack = tuple(frame for location in ids.split() for frame in locations[int(location)])
        samples.append(Sample(stack, figures[objects], figures[size]))
    return samples


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.rstrip(":") in ("Samples", "Locations", "Mappings"):
            current = sections.setdefault(line.rstrip(":"), [])
        elif line.strip():
            current.append(line)
    if not {"Samples", "Locations"} <= sections.keys():
        raise ProfileError(f"no samples or locations in {text[:500]!r}")
    return sections


def _locations(lines: list[str]) -> dict[int, Stack]:
    """By number: the location's frames, innermost first (the last is physical, those before it were inlined)."""
    out: dict[int, Stack] = {}
    current = 0
    for line in lines:
        if head := _LOCATION.match(line):
            current, rest = int(head[1]), head[3] or ""
            out[current] = ()
        else:
            rest = line.strip()
        if frame := _LINE.match(rest):
            out[current] += ((_general(frame[1]), frame[2], int(frame[3])),)
        else:
            raise ProfileError(f"not a location: {line!r}")
    return out


def _general(function: str) -> str:
    """`main.f[go.shape.int]` → `main.f[...]`, as the runtime itself names it for people."""
    start, end = function.find("["), function.rfind("]")
    return f"{function[:start]}[...]{function[end + 1 :]}" if 0 <= start < end else function
