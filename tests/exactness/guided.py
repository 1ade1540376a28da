"""Services built with profile-guided optimisation, by a CPU profile that the service itself makes here.

With the compiler's usual limits a profile hardly touches the allocator. The extreme ones let it inline `mallocgc` into
whatever allocates often: `newobject`, `makeslice` and others.
"""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

from tests import toolchains

#: Flags of each variant, next to the profile.
VARIANTS = {
    "pgo": (),
    "pgo-extreme": ("-gcflags=all=-d=pgoinlinebudget=200000,pgoinlinecdfthreshold=99.99",),
}

#: Rounds of `exact` that are profiled: some seconds, for samples of whatever allocates.
ROUNDS = "8000"


def build(service: str, version: str, variant: str) -> Path:
    """The service's binary, optimised by the profile of `exact`."""
    return toolchains.build(service, version, "plain", f"-pgo={profile(version)}", *VARIANTS[variant])


def profile(version: str) -> Path:
    """A CPU profile of `exact` at work, made once for each of its builds."""
    binary = toolchains.build("exact", version)
    path = toolchains.cache_dir() / "profiles" / f"{binary.name}-{ROUNDS}.pgo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            fresh = path.with_suffix(".new")
            command = [str(binary), "-n", ROUNDS, "-cpuprofile", str(fresh), "-out", "/dev/null"]
            subprocess.run(command, check=True, timeout=300)
            fresh.rename(path)
    return path
