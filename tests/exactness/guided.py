"""Services built with profile-guided optimisation, by CPU profiles that `exact` makes here.

With a profile of everything the compiler hardly touches the allocator. With one of little else than allocations, it
inlines `mallocgc` into what calls it: `newobject`, `makeslice`, `growslice`; with extreme limits also much of what
`mallocgc` itself calls. gotop hooks other functions in their stead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

from tests import toolchains

_HOT = {"small with pointers": 2_000_000, "append": 10_000_000, "small without pointers": 500_000}

#: Ways of `exact` to allocate that are profiled, and how often: some seconds each.
PROFILED = {"pgo": {"": 4000}, "pgo-append": {"append": 10_000_000}, "pgo-extreme": _HOT}

#: Flags of each variant, next to the profile.
VARIANTS = {
    "pgo": (),
    "pgo-append": (),
    "pgo-extreme": ("-gcflags=all=-d=pgoinlinebudget=200000,pgoinlinecdfthreshold=99.99",),
}


def build(service: str, version: str, variant: str) -> Path:
    """The service's binary, optimised by the profile of that variant."""
    return toolchains.build(service, version, "plain", f"-pgo={profile(version, variant)}", *VARIANTS[variant])


def profile(version: str, variant: str) -> Path:
    """The profile, made once for each build of `exact`."""
    binary = toolchains.build("exact", version)
    key = hashlib.sha256(repr(PROFILED[variant]).encode()).hexdigest()[:8]
    path = toolchains.cache_dir() / "profiles" / f"{binary.name}-{variant}-{key}.pgo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            fresh = path.with_suffix(".new")
            _record(binary, version, variant, fresh)
            fresh.rename(path)
    return path


def _record(binary: Path, version: str, variant: str, merged: Path) -> None:
    parts = []
    for number, (way, rounds) in enumerate(PROFILED[variant].items()):
        parts.append(merged.with_suffix(f".{number}"))
        command = [str(binary), "-n", str(rounds), "-way", way, "-cpuprofile", str(parts[-1]), "-out", os.devnull]
        subprocess.run(command, check=True, timeout=300)
    merge = [str(toolchains.go(version)), "tool", "pprof", "-proto", "-output", str(merged), *map(str, parts)]
    subprocess.run(merge, check=True, timeout=300, env=toolchains.environment(version), capture_output=True)
    for part in parts:
        part.unlink()
