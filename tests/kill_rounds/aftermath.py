"""What must hold when somebody has been killed: nothing is lost, nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

from tests.cli.running import alive
from tests.faults.obedient import Obedient
from tests.faults.processes import tracer_of
from tests.faults.rawviewer import RawViewer
from tests.kill_rounds.place import PATIENCE_S, Place, RoundError, Viewer, claim, hooks, wait_for

WORDS_OF_A_MISTAKE = re.compile(r"Traceback|mistake in gotop|panic:|fatal error")


def ended_in_order(viewer: Viewer, *codes: int) -> int:
    """The exit code of a viewer that was not killed: one of these, in words for people, with a report that is whole."""
    try:
        code = viewer.process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise RoundError("the viewer hangs") from None
    claim(not WORDS_OF_A_MISTAKE.search(viewer.err), f"the viewer says {viewer.err[-2000:]}")
    claim(code in codes, f"the viewer ended with {code}, not one of {codes}: {viewer.err[-2000:]}")
    if viewer.out:
        report = json.loads(viewer.out)
        totals, sites = report["totals"], report["sites"]
        rest = (report["sites_rest"] or {"allocs": 0})["allocs"]
        booked = sum(site["allocs"] for site in sites) + rest + totals["unattributed"]
        claim(booked == totals["allocs"], f"the report has {booked} allocations in rows and {totals} in all")
    elif code in (1, 2):
        claim(viewer.err.strip(), f"the viewer ended with {code} without a word")
    return code


def works(pid: int) -> None:
    """The service lives, nobody traces it, and no thread of it is stopped."""
    claim(alive(pid), "the service has died")
    wait_for(lambda: not tracer_of(pid), "a service that nobody traces")
    wait_for(lambda: not _stopped(pid), "a service without stopped threads")


def _stopped(pid: int) -> bool:
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(OSError):
            if status.read_text().split("State:\t")[1][0] in "tT":
                return True
    return False


def has_its_own_code(pid: int) -> bool:
    """Whether the service is as its file says, at every hook point."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        return all(os.pread(memory.fileno(), len(code), at) == code for at, code in hooks())


def untouched(pid: int) -> None:
    """Code, mappings and descriptors of the service are its own again."""
    wait_for(lambda: has_its_own_code(pid), "the service's own code")
    wait_for(lambda: not _mappings(pid), f"a service without mappings of gotop's: {_mappings(pid)}")
    wait_for(lambda: not _descriptors(pid), f"a service without descriptors of gotop's: {_descriptors(pid)}")


def _mappings(pid: int) -> list[str]:
    """Mappings of the tables, and those below the program's first, where the injected code is."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    program = str(Path(f"/proc/{pid}/exe").readlink())
    first = min(int(line.split("-")[0], 16) for line in lines if line.endswith(program))
    return [line for line in lines if "gotop" in line.removesuffix(program) and not line.endswith(program)] + [
        line for line in lines if int(line.split("-")[0], 16) < first
    ]


def _descriptors(pid: int) -> list[str]:
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(fd.readlink()))
    return [link for link in links if "memfd" in link]


def nothing_is_lost(viewer: RawViewer, orders: Obedient) -> None:
    """At rest, the hooks have counted what the runtime has since the base, and every count is booked on a stack."""
    orders.told("rest")
    before = int(orders.told("mallocs"))
    after = int(orders.told("mallocs"))
    viewer.until(lambda: viewer.runtime and (viewer.runtime["mallocs"] or 0) >= before, "a reading", PATIENCE_S)
    viewer.until(lambda: viewer.still >= 2, "readings at rest", PATIENCE_S)
    runtime = viewer.runtime
    assert runtime
    claim(runtime["mallocs"] <= after + 100, f"the runtime is said to have {runtime['mallocs']}, it says {after}")
    own, hooked, slack = runtime["mallocs"] - runtime["base_mallocs"], runtime["hooked"], runtime["slack"]
    claim(abs(own - hooked) <= slack, f"{hooked} counted of {own}, slack {slack}: {runtime['missing']}")
    totals = viewer.totals
    booked = sum(n for stack, n in viewer.counts.items() if viewer.kinds[stack] == 0) + totals["unattributed"]
    claim(booked == totals["allocs"], f"{booked} on stacks and {totals['allocs']} in all")


class NewAgent:
    """An agent of the next one who attaches."""

    def __init__(self, place: Place, pid: int) -> None:
        self.socket = place.home / "next"
        self.socket.unlink(missing_ok=True)
        order = [place.agent, "attach", "--plan", place.plan, "--socket", self.socket, "--pid", str(pid)]
        self.process = subprocess.Popen(order, env=place.gotop.environment, stderr=subprocess.PIPE)

    def serves(self) -> RawViewer:
        """A viewer of it. Raises RoundError if it does not attach."""
        wait_for(lambda: self.socket.is_socket() or self.process.poll() is not None, "a new agent that listens")
        try:
            return RawViewer(self.socket)
        except OSError as error:
            raise self.ended_early() from error

    def ended_early(self) -> RoundError:
        """It has a socket before it has attached, and closes it if it cannot."""
        try:
            _, said = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            return RoundError("a new agent closed its connection, and runs")
        return RoundError(f"a new agent ended with {self.process.returncode}: {said.decode(errors='replace')}")

    def leaves(self) -> None:
        """Told to go, it does, without a word."""
        self.process.send_signal(signal.SIGTERM)
        try:
            _, said = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise RoundError("the new agent does not leave") from None
        claim(self.process.returncode == 0 and not said, f"the new agent ends with {self.process.returncode}: {said!r}")
        claim(not self.socket.exists(), "the new agent leaves its socket")


def taken_over(place: Place, pid: int, orders: Obedient) -> None:
    """A new agent finds every count, and leaves nothing."""
    agent = NewAgent(place, pid)
    try:
        viewer = agent.serves()
        try:
            nothing_is_lost(viewer, orders)
            agent.leaves()
        except OSError as error:
            raise agent.ended_early() from error
        finally:
            viewer.close()
    finally:
        agent.process.kill()
        agent.process.communicate()
    untouched(pid)


def detached(place: Place, pid: int) -> None:
    """`gotop detach` leaves nothing."""
    done = place.gotop.run("detach", pid)
    claim(done.returncode == 0, f"gotop detach ended with {done.returncode}: {done.stderr[-2000:]}")
    untouched(pid)


def joined(place: Place, pid: int) -> None:
    """`gotop attach` watches and counts as exactly as it says, and its agent leaves nothing."""
    viewer = place.viewer("attach", pid, "--json", "--for", "300ms")
    ended_in_order(viewer, 0)
    coverage = json.loads(viewer.out)["totals"]["coverage"]
    claim(coverage is None or abs(coverage - 1) < 0.001, f"gotop attach covers {coverage}")
    place.ended()
    untouched(pid)


def nothing_is_left(place: Place) -> None:
    """No process, and after the next gotop no file."""
    place.ended()
    left = place.files()
    if left:  # who is killed cannot clear up: the next gotop does
        done = place.gotop.run("ps")
        claim(done.returncode == 0, f"gotop ps ended with {done.returncode}: {done.stderr[-2000:]}")
        left = place.files()
    claim(not left, f"files are left: {left}")
