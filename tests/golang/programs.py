"""The Go programs of `testdata`, built with real toolchains and run; both are cached for a session and beyond."""

import hashlib
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import toolchains

TESTDATA = Path(__file__).parent / "testdata"
CGO_VARIANTS = ("cgo", "cgo-pie")

#: Every version gotop knows. Those that are not pinned for the daily run are built with --slow only.
VERSIONS = [
    *toolchains.PINNED,
    *(pytest.param(v, marks=pytest.mark.slow) for v in ("1.21.13", "1.22.10", "1.23.9", "1.25.5")),
]
VARIANTS = [v for v in toolchains.VARIANTS if v not in CGO_VARIANTS]


def build(program: str, version: str, variant: str = "plain", *flags: str, **env: str) -> Path:
    """The binary of a program of `testdata`."""
    arguments, cgo = toolchains.VARIANTS[variant]
    source = TESTDATA / program
    content = b"".join(f.read_bytes() for f in sorted(source.rglob("*")) if f.is_file())
    key = hashlib.sha256(repr((content, str(source), version, arguments, flags, env)).encode()).hexdigest()[:16]
    binary = toolchains.cache_dir() / "golang-tests" / f"{program}-{version}-{variant}-{key}"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        command = [str(toolchains.go(version)), "build", "-o", str(binary), *arguments, *flags, f"./{program}"]
        environment = toolchains.environment(version, cgo=cgo, **env)
        done = subprocess.run(command, cwd=TESTDATA, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return binary


@cache
def output(binary: Path) -> Any:
    """What a program prints as JSON."""
    return json.loads(subprocess.run([str(binary)], capture_output=True, check=True, timeout=60).stdout)


def go_tool(version: str, *arguments: str, stdin: str = "") -> str:
    """What `go tool …` of that version prints."""
    command = [str(toolchains.go(version)), *arguments]
    done = subprocess.run(
        command, input=stdin, env=toolchains.environment(version), capture_output=True, text=True, check=True
    )
    return done.stdout


def with_version(data: bytes, version: bytes) -> bytes:
    """The binary as if another Go version had built it: only the text in its build information differs."""
    start = next(m.start() for m in re.finditer(b"\xff Go buildinf:", data) if m.start() % 16 == 0) + 32
    size = data[start]
    assert len(version) == size
    return data[: start + 1] + version + data[start + 1 + size :]
