"""Has the compiler say why values escape: of a program's package and everything that it is built from.

`go list -export` compiles what a build does and links nothing. Where dependencies are asked about, too, its build cache
is one of its own, since with these flags nothing in the user's can be used, and nothing of it would be of use to them;
it is deleted again. Of the main module alone the user's cache has the rest, and seconds are enough. What was said is
kept in gotop's cache, by build: the same program is asked about once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gotop.agent.build_agent import find_go
from gotop.explain.escapes import Escapes, read_escapes

_DONE = "complete"
_KEPT = 8
_POLL_S = 0.1
_FIRST_LINES = 3
_COPIED = ("-tags", "-race", "-msan", "-asan")
"""Settings of a build that decide what is compiled; GOFLAGS and the rest are the user's own."""
_VERSION = re.compile(r"go\d[\w.]*")


class Unexplained(Exception):  # noqa: N818 (named for what it is)
    """The compiler could not be asked; the text is one sentence for people."""


@dataclass(frozen=True)
class SourcePackage:
    """A program's source: patterns for the go command in a directory, its main module ("": not known), the settings it
    was built with, and its build ID, "" where it is not known.
    """

    directory: Path
    patterns: tuple[str, ...] = (".",)
    module: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    build_id: str = ""

    def key(self, dependencies: bool) -> str:
        """Return what results are kept by."""
        parts = (dependencies, self.build_id, str(self.directory), *self.patterns, *_flags(dict(self.settings)))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def explain(
    package: SourcePackage, dependencies: bool = True, cancelled: threading.Event | None = None
) -> Escapes:
    """Return what the compiler says of a program's main module and, with `dependencies`, of all it is built from, from
    the cache if it has been asked before. With them it takes as long as a build from nothing. Raises Unexplained; also
    where it was `cancelled`: who hands an event in does not wait, and the compiler has the lowest priority then.
    """
    base = _cache()
    known = [base / package.key(more) for more in ((True,) if dependencies else (True, False))] if base else []
    for kept in known if package.build_id else []:
        if (kept / _DONE).is_file():
            return read_escapes(kept)
    go = find_go()
    if go is None:
        raise Unexplained("there is no go command on PATH, so that the compiler cannot be asked")
    if not package.directory.is_dir():
        raise Unexplained(f"its source is not here: there is no {package.directory}")
    try:
        scratch = Path(tempfile.mkdtemp(prefix="gotop-escapes-", dir=base))
    except OSError as error:
        raise Unexplained(f"there is no room for what the compiler says: {error.strerror}") from error
    try:
        said = scratch / "said"
        said.mkdir()
        (scratch / "tmp").mkdir()
        _run(_command(go, package, dependencies, said), package.directory, scratch, dependencies, cancelled)
        escapes = read_escapes(said)
        if known and package.build_id:
            _keep(said, known[-1])
        return escapes
    finally:
        _remove(scratch)


def version_remark(escapes: Escapes, go_version: str) -> str:
    """Return what to know where another compiler said it than the one that built the program, "" where it is the
    same.
    """
    built = _VERSION.match(go_version)
    if not escapes.go_version or not built or escapes.go_version.split()[0] == built[0]:
        return ""
    return f"reasons are {escapes.go_version}'s; the program was built with {built[0]}"


def _command(go: Path, package: SourcePackage, dependencies: bool, said: Path) -> list[str]:
    flags = _flags(dict(package.settings))
    which = "all=" if dependencies else f"{package.module}/...=" if package.module else ""
    return [str(go), "list", "-export", "-deps", f"-gcflags={which}-json=0,{said.as_uri()}", "-f", "", *flags, "--",
            *package.patterns]  # fmt: skip


def _flags(settings: Mapping[str, str]) -> list[str]:
    return [f"{name}={settings[name]}" for name in _COPIED if settings.get(name)]


def _run(
    command: Sequence[str], directory: Path, scratch: Path, dependencies: bool, cancelled: threading.Event | None
) -> None:
    environment = {**os.environ, "GOTMPDIR": str(scratch / "tmp"), "GOPROXY": "off"}
    if dependencies:
        environment["GOCACHE"] = str(scratch / "cache")
    patient = ["nice", "-n", "19"] if cancelled is not None and shutil.which("nice") else []
    output = scratch / "output"
    with output.open("w") as errors:
        compiler = subprocess.Popen(
            [*patient, *command], cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, process_group=0,
        )  # fmt: skip
    try:
        while True:
            try:
                code = compiler.wait(_POLL_S)
                break
            except subprocess.TimeoutExpired:
                if cancelled is not None and cancelled.is_set():
                    raise Unexplained("the compiler was interrupted") from None
    finally:
        if compiler.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(compiler.pid, signal.SIGKILL)
            compiler.wait()
    if code != 0:
        lines = output.read_text(errors="replace").strip().splitlines()
        said = "; ".join(lines[:_FIRST_LINES]) or f"exit code {code}"
        raise Unexplained(f"{directory} does not compile here: {said}")


def _cache() -> Path | None:
    """Return gotop's directory for what compilers said; None where none can be written."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    directory = (Path(base) if base.startswith("/") else Path.home() / ".cache") / "gotop" / "escapes"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    trusted = directory.stat().st_uid == os.getuid() and os.access(directory, os.W_OK)
    return directory if trusted else None


def _keep(said: Path, kept: Path) -> None:
    """Move what was said into the cache, whole or not at all, and let go of the oldest."""
    with contextlib.suppress(OSError):  # a full disk costs the next one time
        (said / _DONE).touch()
        said.rename(kept)
        others = sorted(kept.parent.glob("*"), key=lambda each: each.stat().st_mtime, reverse=True)
        for each in [each for each in others if (each / _DONE).exists()][_KEPT:]:
            _remove(each)


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
