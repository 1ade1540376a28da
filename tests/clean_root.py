"""Install the wheel where there is nothing but Python, and use it there.

    python -m tests.clean_root                          # Debian bookworm, trixie
    python -m tests.clean_root --suite trixie --keep DIR

Each is a Debian root of its own, made by debootstrap (as root; `apt-get install debootstrap`) with Python and nothing
else: no compiler, no Go, no network. The wheel and what it requires are put into it, installed into a virtual
environment, and gotop is used: its version, its sample service, and a program that a Go of this machine has built.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import toolchains

ROOT = Path(__file__).parents[1]
SUITES = {"bookworm": "3.11", "trixie": "3.13"}
"""Debian's suites, and the Python of each."""


def main() -> int:
    """Try each suite; return 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", choices=SUITES, action="append", help="only this one; may be given several times")
    parser.add_argument("--keep", type=Path, help="make the roots here, and use those that are there already")
    options = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap"):
        print("tests.clean_root: needs root and debootstrap", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory(prefix="gotop-root-") as scratch:
        wheel = build_wheel(Path(scratch))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB")
        for suite in options.suite or SUITES:
            root = (options.keep or Path(scratch)) / suite
            try:
                print(f"{suite}: {try_suite(suite, root, wheel)}")
            except subprocess.CalledProcessError as error:
                failed = True
                print(f"{suite}: {error}\n{error.stdout or ''}{error.stderr or ''}")
    return int(failed)


def build_wheel(into: Path) -> Path:
    """Build the wheel of what this checkout has."""
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", into, ROOT])
    return next(into.glob("gotop-*.whl"))


def try_suite(suite: str, root: Path, wheel: Path) -> str:
    """Install the wheel in a root and use it; return what was seen. Raises CalledProcessError for what failed."""
    if not (root / "usr/bin/python3").exists():
        run(["debootstrap", "--variant=minbase", "--include=python3,python3-venv", suite, root])
    fill(root, SUITES[suite], wheel)
    with mounted(root):
        assert not [tool for tool in ("gcc", "cc", "go") if shutil.which(tool, path=f"{root}/usr/bin:{root}/bin")]
        inside(root, "python3", "-m", "venv", "--clear", "/venv")
        inside(root, "/venv/bin/pip", "install", "--quiet", "--no-index", "--find-links", "/wheels", "gotop")
        version = inside(root, "/venv/bin/gotop", "--version").splitlines()[0]
        totals = [
            json.loads(inside(root, "/venv/bin/gotop", *command, "--json"))["totals"]
            for command in (("demo", "--for", "2s"), ("run", "/exact"))
        ]
        assert all(figures["allocs"] > 1000 and figures["coverage"] > 0.999 for figures in totals), totals
        inside(root, "/venv/bin/pip", "uninstall", "--quiet", "--yes", "gotop")
    return f"{version}; allocations counted: " + " and ".join(f"{figures['allocs']:,}" for figures in totals)


def fill(root: Path, python: str, wheel: Path) -> None:
    """Put the wheel, what it requires for that Python, and a Go program into a root."""
    wheels = root / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    for_it = ["--only-binary=:all:", "--python-version", python, "--platform", "manylinux2014_x86_64"]
    for_it += ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"]
    run([sys.executable, "-m", "pip", "download", "--quiet", *for_it, "--dest", wheels, wheel])
    shutil.copy2(toolchains.build("exact", "1.26", "plain"), root / "exact")


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """Mount what a container has as well: /proc and /dev."""
    made = []
    try:
        for kind, place in (("proc", root / "proc"), ("devtmpfs", root / "dev")):
            run(["mount", "-t", kind, kind, place])
            made.append(place)
        yield
    finally:
        for place in reversed(made):
            run(["umount", "--lazy", place])


def inside(root: Path, *command: str) -> str:
    """Run a command in a root, without this machine's network and environment; return what it prints."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    return run(["unshare", "--net", "chroot", root, *command], environment)


def run(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints. Raises CalledProcessError, with both outputs, where it fails."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
