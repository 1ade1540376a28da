"""Every fuzzer in turn: Go's own, those under atheris, and hypothesis's.

    python -m tests.fuzz --minutes 1               # some 25 of them, a minute each
    python -m tests.fuzz --minutes 60 --only wire  # those with `wire` in their name
    python -m tests.fuzz --list

What fails is printed with the way to repeat it. Go keeps the input in `testdata/fuzz` beside the test, atheris in
`tests/fuzz_targets/corpus`: from there, the usual tests read it in every run, so that it is committed with the mending.
Corpora that grow, of what reaches new code, are kept in `~/.cache/gotop/fuzz`. Without atheris
(`pip install -e '.[fuzz]'`) its targets are named as not run, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import toolchains
from tests.fuzz_targets import CORPUS, NAMES

ROOT = Path(__file__).parents[1]
MEMORY_MB = 2048
ONE_INPUT_S = 60
PATIENCE_S = 300  # for compilers and imports, beside the time that was asked for


@dataclass(frozen=True)
class Fuzzer:
    """One fuzzer: its name, a command, and where it is run."""

    name: str
    command: list[str]
    directory: Path = ROOT


def go_fuzzers(seconds: float) -> Iterator[Fuzzer]:
    """Go's targets, found in its tests."""
    for path in sorted((ROOT / "hookagent").rglob("*_test.go")):
        for found in re.findall(r"^func (Fuzz\w+)\(", path.read_text(), re.MULTILINE):
            package = path.parent.relative_to(ROOT / "hookagent")
            command = ["go", "test", "-run=^$", f"-fuzz=^{found}$", f"-fuzztime={seconds:.0f}s", "-parallel=1"]
            # Go's minute for making an input smaller would be all the time there is.
            command += ["-fuzzminimizetime=3s", f"-timeout={seconds + PATIENCE_S:.0f}s", f"./{package}"]
            yield Fuzzer(f"go:{package}:{found}", command, ROOT / "hookagent")


def atheris_fuzzers(seconds: float) -> Iterator[Fuzzer]:
    """The targets of tests/fuzz_targets."""
    for name in NAMES:
        options = [f"-max_total_time={seconds:.0f}", f"-rss_limit_mb={MEMORY_MB}", f"-timeout={ONE_INPUT_S}"]
        options += [f"-artifact_prefix={CORPUS / name}/", "-print_final_stats=1"]
        command = [sys.executable, "-m", "tests.fuzz_targets", name, str(grown_corpus(name)), *options]
        yield Fuzzer(f"atheris:{name}", command)


def grown_corpus(name: str) -> Path:
    """Where the inputs of a target are kept that reach new code."""
    return toolchains.cache_dir() / "fuzz" / name


def hypothesis_fuzzers(seconds: float) -> Iterator[Fuzzer]:
    """The tests that are in a test_fuzz.py."""
    for path in sorted((ROOT / "tests").rglob("test_fuzz.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for found in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE):
            command = [sys.executable, "-m", "tests.fuzz_targets.generated", module, found, f"{seconds:.0f}"]
            yield Fuzzer(f"hypothesis:{path.parent.name}:{found}", command)


def readable(said: str, longest: int = 300, most: int = 120) -> str:
    """The last lines of what a fuzzer said, and those that name errors, all without the megabytes of an input."""
    lines = [
        line if len(line) <= longest else f"{line[:longest]}… ({len(line)} characters)" for line in said.splitlines()
    ]
    errors = [line for line in lines[:-most] if re.search(r"(?:Error|Hangs|Exception|panic)\b", line)]
    return "\n".join([*errors[-most:], *lines[-most:]])


def run(fuzzer: Fuzzer, seconds: float) -> bool:
    """Run it, print what it did in its last line, all of it if it failed; whether it found nothing."""
    begin = time.monotonic()
    if fuzzer.name.startswith("atheris:"):
        name = fuzzer.name.removeprefix("atheris:")
        for directory in (grown_corpus(name), CORPUS / name):
            directory.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            fuzzer.command, cwd=fuzzer.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=2 * seconds + 2 * PATIENCE_S,
        )  # fmt: skip
        said, failed = done.stdout, done.returncode != 0
    except subprocess.TimeoutExpired as error:
        said, failed = f"{(error.output or b'')!r}\nHangs: it did not end in time.", True
    lines = [line for line in said.splitlines() if re.search(r"execs: [1-9]|^#\d+\s|examples", line)]
    took = time.monotonic() - begin
    last = lines[-1][:150] if lines else "–"
    print(f"{'FAILED' if failed else 'ok':6} {fuzzer.name}, {took:.0f} s: {last}", flush=True)
    if failed:
        print(readable(said), "repeat: " + " ".join(fuzzer.command), sep="\n", flush=True)
    return not failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=1, help="for each of them")
    parser.add_argument("--only", default="", metavar="TEXT", help="those with this in their name")
    parser.add_argument("--list", action="store_true", help="print their names and run none")
    asked = parser.parse_args()
    seconds = max(5.0, 60 * asked.minutes)
    fuzzers = [*go_fuzzers(seconds), *atheris_fuzzers(seconds), *hypothesis_fuzzers(seconds)]
    fuzzers = [fuzzer for fuzzer in fuzzers if asked.only in fuzzer.name]
    if asked.list or not fuzzers:
        print("\n".join(fuzzer.name for fuzzer in fuzzers) or "None has that in its name.")
        return 0 if fuzzers else 2
    os.nice(5)
    failed, not_run = [], []
    for fuzzer in fuzzers:
        if fuzzer.name.startswith("atheris:") and not importlib.util.find_spec("atheris"):
            not_run.append(fuzzer.name)
        elif not run(fuzzer, seconds):
            failed.append(fuzzer.name)
    print(f"{len(fuzzers) - len(not_run)} run, {len(failed)} failed", *failed, sep="\n  ")
    if not_run:
        print("not run, as atheris is not installed (pip install -e '.[fuzz]'):", *not_run, sep="\n  ")
    return 1 if failed or not_run else 0


if __name__ == "__main__":
    raise SystemExit(main())
