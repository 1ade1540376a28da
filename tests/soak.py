"""Long runs under load: no crash, no drift, no growth.

    python -m tests.soak --minutes 10              # both parts side by side
    python -m tests.soak --minutes 60 --rate 2000  # 10⁹ allocations and more

Attaching: an HTTP + JSON server under its own load is hooked and given its code back every few seconds, by an agent
each; every seventh is killed instead, so that the next one has to take over what it finds. Watching: viewers join and
leave X
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from gotop.agent.locate_agent import agent_binary
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.cli.running import Runner, alive, wait_until
from tests.faults.processes import resident
from tests.faults.rawviewer import RawViewer

STACKS = 2000  # distinct ones of the service that is watched
UNDER_WAY = 16  # allocations of the service's goroutines that hook and runtime have not both counted yet
KILLED = 7  # every so many agents one is killed
PATIENCE_S = 120.0  # under nice 19 on a busy machine


@dataclass
class Account:
    """What one part did and found."""

    name: str
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def claim(self, holds: bool, fault: str) -> None:
        """Note what is wrong if it does not hold."""
        if not holds:
            self.faults.append(fault)

    def __str__(self) -> str:
        rows = [(self.name, "**faulty**" if self.faults else "ok"), *self.figures.items()]
        lines = [f"| {name:<14} | {value!s:>16} |" for name, value in rows]
        return "\n".join([lines[0], f"|{'-' * 16}|{'-' * 17}:|", *lines[1:], *self.faults, ""])


def attaching(home: Path, seconds: float, version: str) -> Account:
    """Attach and detach until the time is over."""
    account = Account("attaching")
    binary = toolchains.build("httpjson", version)
    plan, said = home / "plan.json", home / "httpjson.json"
    plan.write_text(make_plan(binary).to_json())
    command = [str(binary), "-for", f"{seconds:.0f}s", "-warm", "100ms", "-clients", "2", "-out", str(said)]
    service = subprocess.Popen(command, stderr=subprocess.PIPE)
    agent = shutil.copy(agent_binary(), home / "hookagent")  # the same to the end, whatever is built meanwhile
    resident_now: list[int] = []
    mapped: list[int] = []
    opened: list[int] = []
    end = time.monotonic() + seconds - 10
    time.sleep(1)
    for cycle in itertools.count(1):
        if time.monotonic() > end or service.poll() is not None or len(account.faults) > 5:
            break
        order = [str(agent), "attach", "--plan", str(plan), "--pid", str(service.pid)]
        attach_once(account, order, home / f"a{cycle}", "kill" if cycle % KILLED == 0 else "leave", resident_now)
        mapped.append(mappings(service.pid))
        opened.append(descriptors(service.pid))
        account.figures["cycles"] = cycle
    account.claim(service.poll() is None, f"the service ended early with {service.poll()}")
    if service.poll() is None:
        order = [str(agent), "attach", "--plan", str(plan), "--pid", str(service.pid)]
        attach_once(account, order, home / "last", "stay", resident_now)
    code = service.wait(seconds)
    account.claim(code == 0, f"the service ended with {code}: {service.stderr and service.stderr.read()[-2000:]!r}")
    # The runtime's own mappings come and go with the load: what piles up shows late.
    account.claim(not grew(mapped, 5), f"mappings in the service grew: {mapped}")
    account.claim(not grew(opened, 5), f"descriptors of the service grew: {opened}")
    account.claim(not grew(resident_now, 1_000_000), f"the agents' memory grew: {resident_now}")
    account.figures |= {"mappings": span(mapped), "descriptors": span(opened)} | memory(resident_now)
    if code == 0:
        account.figures["requests/s"] = round(json.loads(said.read_text())["requests_per_s"])
    return account


def attach_once(account: Account, order: list[str], socket: Path, then: str, resident_now: list[int]) -> None:
    """One agent: hook, watch for a while, and then leave, be killed, or stay to the service's end."""
    agent = subprocess.Popen([*order, "--socket", str(socket)], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: socket.is_socket() or agent.poll() is not None, "an agent that listens", PATIENCE_S)
        viewer = RawViewer(socket)
        viewer.until(lambda: viewer.runtime and viewer.totals["allocs"] > 1000, "a thousand allocations", PATIENCE_S)
        until = time.monotonic() + random.uniform(0.5, 4)
        viewer.until(lambda: time.monotonic() > until, "the time", PATIENCE_S)
        resident_now.append(resident(agent.pid))
        if then != "stay":
            agent.send_signal(signal.SIGKILL if then == "kill" else signal.SIGTERM)
        if then != "kill":
            viewer.until(lambda: viewer.ended, "word of the end", PATIENCE_S)
        if then == "stay":
            agent.terminate()
        code = agent.wait(PATIENCE_S)
        account.claim(code == (-signal.SIGKILL if then == "kill" else 0), f"{socket.name}: the agent ended with {code}")
        drift(account, viewer, socket.name)
        viewer.close()
    except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
        account.faults.append(f"{socket.name}: {error}")
    finally:
        agent.kill()
        _, said = agent.communicate()
        account.claim(not said, f"{socket.name}: the agent says {said[-1000:]!r}")
        socket.unlink(missing_ok=True)


def drift(account: Account, viewer: RawViewer, name: str) -> None:
    """The hook's count is the runtime's since the hooks were placed, within the slack that the reading itself says."""
    runtime = viewer.runtime
    if not runtime or runtime["mallocs"] is None:
        account.faults.append(f"{name}: the runtime's figures were not read: {runtime and runtime['missing']}")
        return
    own = runtime["mallocs"] - runtime["base_mallocs"]
    off, slack = abs(own - runtime["hooked"]), runtime["slack"]
    account.figures["allocations"] = own + account.figures.get("allocations", 0)  # type: ignore[operator]
    account.figures["largest drift"] = max(account.figures.get("largest drift", 0), off)  # type: ignore[call-overload]
    account.figures["largest slack"] = max(account.figures.get("largest slack", 0), slack)  # type: ignore[call-overload]
    account.claim(off <= slack + UNDER_WAY, f"{name}: {runtime['hooked']} counted of {own}, slack {slack}")
    account.claim(slack < 0.05 * own or own < 200_000, f"{name}: {own} allocations with a slack of {slack}")
    if name == "last":
        account.figures |= {"off at the end": runtime["hooked"] - own, "slack then": slack}


def mappings(pid: int) -> int:
    """The mappings of a process."""
    try:
        return len(Path(f"/proc/{pid}/maps").read_text().splitlines())
    except OSError:
        return 0


def descriptors(pid: int) -> int:
    """What a process has open, without its connections."""
    found = 0
    with contextlib.suppress(OSError):
        for place in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found += not str(place.readlink()).startswith("socket:")
    return found


def watching(home: Path, seconds: float, version: str, rate: int) -> Account:
    """Let viewers join and leave a run until its service ends, and compare the counts."""
    account = Account("watching")
    gotop, said = Runner(home), home / "statement.json"
    binary = toolchains.build("manystacks", version)
    arguments = ("-stacks", STACKS, "-rate", rate, "-for", f"{seconds:.0f}s", "-out", said)
    resident_now: list[int] = []
    with gotop.start("run", "--json", binary, "--", *arguments) as process:
        wait_until(lambda: bool(gotop.sessions()), "a running service", PATIENCE_S)
        session = gotop.session()
        for viewers in viewers_until(time.monotonic() + seconds - 10, session["socket"], account):
            account.claim(alive(session["pid"]) and alive(session["agent_pid"]), "service or agent have ended")
            resident_now.append(resident(session["agent_pid"]))
            account.figures["viewers"] = viewers
        out, err = process.communicate(timeout=seconds + 120)
    account.claim(process.returncode == 0, f"gotop ended with {process.returncode}: {err[-2000:]}")
    report, statement = json.loads(out), json.loads(said.read_text())
    difference = report["totals"]["allocs"] - statement["mallocs"]
    account.claim(difference == 0, f"{report['totals']} but the service says {statement}")
    account.claim(
        not grew(resident_now, 1_000_000),
        f"the agent's memory grew: {resident_now[:: max(1, len(resident_now) // 20)]}",
    )
    account.figures |= {"allocations": statement["mallocs"], "difference": difference} | memory(resident_now)
    return account


def viewers_until(end: float, socket: str, account: Account) -> Iterator[int]:
    """Up to five viewers at a time, of different patience; yields how many there have been."""
    present: list[RawViewer] = []
    for number in itertools.count(1):
        if time.monotonic() > end or len(account.faults) > 5:
            break
        try:
            present.append(RawViewer(socket, interval_ms=random.choice((20, 100, 1000))))
            stay = time.monotonic() + random.uniform(0.2, 2)
            present[-1].until(lambda stay=stay: time.monotonic() > stay, "the time", PATIENCE_S)
        except (AssertionError, OSError) as error:
            account.faults.append(f"viewer {number}: {error}")
        if len(present) == 5:
            present.pop(random.randrange(5)).close()
        yield number
    for viewer in present:
        viewer.close()


def grew(samples: list[int], little: float) -> bool:
    """Whether the last third is noticeably above the second, by more than a little: the first is for warming up."""
    third = len(samples) // 3
    if third < 5:
        return False
    middle, late = statistics.median(samples[third : 2 * third]), statistics.median(samples[2 * third :])
    return late > 1.1 * middle + little


def span(samples: list[int]) -> str:
    """The least and the most."""
    return f"{min(samples, default=0)}–{max(samples, default=0)}"


def memory(samples: list[int]) -> dict[str, object]:
    """An agent's memory in figures."""
    return {"agent MB": f"{min(samples, default=0) / 1e6:.1f}–{max(samples, default=0) / 1e6:.1f}"}


def outcome(part: Future[Account]) -> Account:
    """The account of a part; one that broke off has its exception as its fault."""
    error = part.exception()
    return Account("a part that broke off", faults=[repr(error)]) if error else part.result()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--go", default="1.26", choices=[*toolchains.SUPPORTED])
    parser.add_argument("--rate", type=int, default=200, help=f"{STACKS} allocations this often a second")
    asked = parser.parse_args()
    seconds = max(30.0, 60 * asked.minutes)
    with tempfile.TemporaryDirectory(prefix="soak-", dir="/tmp") as place, ThreadPoolExecutor() as pool:
        home = Path(place)
        parts = [
            pool.submit(attaching, home, seconds, asked.go),
            pool.submit(watching, home, seconds, asked.go, asked.rate),
        ]
        accounts = [outcome(part) for part in parts]
    print(f"{asked.minutes} minutes on Go {asked.go}, nice {os.nice(0)}", *accounts, sep="\n")
    return 1 if any(account.faults for account in accounts) else 0


if __name__ == "__main__":
    raise SystemExit(main())
