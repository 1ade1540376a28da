"""What the runtime itself writes of a hooked process's stacks: the dump that SIGQUIT asks for."""

from __future__ import annotations

import itertools
import os
import re
import signal
import tempfile
import time
from pathlib import Path

from tests.cli.running import Runner

#: What the runtime prints when it cannot follow a stack.
LOST = ("unexpected return pc", "fatal error", "unexpected signal", "traceback stuck", "invalid pc", "SIGSEGV", "throw")

#: The one goroutine that the signal interrupted can stand in the hook, which is no code of Go's: the runtime says so,
#: shows that stack as numbers with the names of functions, and goes on with the others.
FOREIGN = re.compile(r"runtime: g (\d+).*: unknown pc 0x[0-9a-f]+")

_FRAME = re.compile(r"^(\S.*)\(.*\)$")
_PLACE = re.compile(r"^\t(.+):(\d+)\b")


#: Go's own: without gotop, 23 of 50 dumps of a race build end so, where the signal came inside the race detector.
RACE_DETECTOR, TRIES = "unsafe.Slice: len out of range", 20


def dump_faults(binary: Path, after: float = 0.5) -> list[str]:
    """Run `exact` monitored, end it with SIGQUIT in the midst of its work, and say what is wrong with the dump."""
    for _ in range(TRIES):
        code, dump = _quit(binary, after)
        if RACE_DETECTOR not in dump:
            break
    return ([] if code == 2 else [f"the exit code is {code}, not the 2 of a dump"]) + faults_of(dump)


def _quit(binary: Path, after: float) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as home:
        runner = Runner(Path(home))
        with runner.start("run", "--json", binary, "--", "-n", "10000000", "-goroutines", "3") as gotop:
            service = runner.session()["pid"]
            time.sleep(after)
            os.kill(service, signal.SIGQUIT)
            _, dump = gotop.communicate(timeout=60)
    return gotop.returncode, dump


def faults_of(dump: str) -> list[str]:
    """What keeps a person from reading a dump of `exact`'s goroutines."""
    faults = [f"it says {word!r}: {_around(dump, word)}" for word in LOST if word in dump]
    if "SIGQUIT: quit" not in dump:
        return [*faults, f"there is no dump in {dump[-1000:]!r}"]
    stacks = [part for part in dump.split("\n\n") if part.startswith("goroutine ")]
    for stack in stacks:
        if not (_has_frames(stack) or "stack unavailable" in stack or FOREIGN.search(stack)):
            faults.append(f"a goroutine without a frame: {stack[:500]}")
    if len(set(FOREIGN.findall(dump))) > 1:
        faults.append("several goroutines stand in foreign code")
    if not re.search(r"^main\.main\(\)\n\t\S+/exact/main\.go:\d+", dump, re.MULTILINE):
        faults.append("main.main is not in it")
    workers = [s for s in stacks if re.search(r"^created by main\.main.*\n\t\S+/exact/main\.go:\d+", s, re.MULTILINE)]
    if len(workers) < 2:
        faults.append(f"of three workers only {len(workers)} are there, among {len(stacks)} goroutines")
    return faults


def _has_frames(stack: str) -> bool:
    lines = stack.splitlines()[1:]
    return any(_FRAME.match(line) and _PLACE.match(place) for line, place in itertools.pairwise(lines))


def _around(text: str, word: str) -> str:
    at = text.find(word)
    return text[max(0, at - 200) : at + 200]
