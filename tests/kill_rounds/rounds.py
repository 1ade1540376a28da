"""What happens in a round: somebody comes or goes, and somebody is killed at a moment that only the seed knows."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cli.running import alive
from tests.faults.obedient import Obedient, binary
from tests.faults.rawviewer import RawViewer
from tests.kill_rounds import aftermath
from tests.kill_rounds.place import (
    LOAD,
    PATIENCE_S,
    Place,
    RoundError,
    Viewer,
    child,
    claim,
    listens,
    wait_for,
    words_of,
)

PHASES = ("run", "attach", "leave a run", "leave an attach")
VICTIMS = ("agent", "viewer", "service")
KILLED = 128 + signal.SIGKILL

COMING_S = 1.2
"""From a gotop's start to well after its first readings."""
PLACING_S = 0.08
"""From the start of an agent to well after its hooks are placed."""
GOING_S = 3.0
"""From a Ctrl-C to well after the agent, which waits two seconds for another viewer, has left."""
REMOVING_S = 0.06
"""From SIGTERM to well after the agent has taken its hooks out; it waits 0.1 s then for its last message to arrive."""
STOPPING_S = 0.4
"""From a Ctrl-C to well after the service that `gotop run` started has been stopped."""


@dataclass(frozen=True)
class Round:
    """One of them: the seed and its number say all but what the machine does."""

    number: int
    phase: str
    victim: str
    random: random.Random

    @classmethod
    def of(cls, seed: int, number: int) -> Round:
        """The round of this number: victims and phases in turn, the moments at random."""
        phase, victim = PHASES[number // len(VICTIMS) % len(PHASES)], VICTIMS[number % len(VICTIMS)]
        return cls(number, phase, victim, random.Random(f"{seed} {number}"))

    def __str__(self) -> str:
        return f"round {self.number}, {self.phase}, {self.victim} killed"

    def take_place(self, place: Place) -> str:
        """Do it and look; returns what came out. Raises RoundError, or what its helpers raise, if anything is wrong."""
        if self.phase in ("run", "leave a run"):
            return Run(self, place).outcome()
        return Attachment(self, place).outcome()

    def within(self, seconds: float) -> float:
        """A moment from now on, rather sooner than later."""
        return time.monotonic() + seconds * self.random.random() ** 1.5


class Watched:
    """A gotop, its agent and the service, as they come into being."""

    def __init__(self, viewer: Viewer, service: int | None) -> None:
        self.viewer = viewer
        self.agent: int | None = None
        self.service = service
        self.come: dict[str, float] = {}

    def look(self) -> None:
        """Find out who there is by now."""
        if self.agent is None:
            self.agent = self.viewer.agent()
        if self.agent and self.service is None:
            self.service = child(self.agent, binary().name)
        for name, pid in (("agent", self.agent), ("service", self.service)):
            if pid:
                self.come.setdefault(name, time.monotonic())

    def wait(self, who: str) -> None:
        """Until the agent or the service is there, or the viewer has ended without it."""
        while who not in self.come and not self.viewer.over:
            self.look()
            time.sleep(0.001)

    def until(self, moment: float) -> None:
        """Look until then."""
        while (left := moment - time.monotonic()) > 0:
            self.look()
            time.sleep(min(left, 0.003))

    def kill(self, victim: str) -> bool:
        """Whether it was still there to be killed."""
        pid = {"agent": self.agent, "service": self.service, "viewer": self.viewer.process.pid}[victim]
        if not pid or not alive(pid):
            return False
        os.kill(pid, signal.SIGKILL)
        if victim == "viewer":
            self.viewer.process.wait()
        wait_for(lambda: not alive(pid), f"the end of the {victim} that was killed")
        return True


class Run:
    """Rounds of `gotop run`."""

    def __init__(self, this: Round, place: Place) -> None:
        self.round, self.place = this, place
        self.at = place.home / "r"
        self.at.unlink(missing_ok=True)
        self.watched = Watched(place.viewer("run", "--json", binary(), "--", "-at", self.at, "-load", LOAD), None)
        self.viewer = self.watched.viewer

    def outcome(self) -> str:
        leaving = self.round.phase != "run"
        killed = (self.while_leaving if leaving else self.while_starting)()
        if not killed:
            code = aftermath.ended_in_order(self.viewer, 0)
            outcome = f"it had ended, exit code {code}"
        elif self.round.victim == "service":
            code = aftermath.ended_in_order(self.viewer, KILLED, 0 if leaving else 1)
            outcome = f"exit code {code}"
        elif self.round.victim == "agent":
            outcome = self.stopped_without_agent() if leaving else self.without_agent()
        else:
            outcome = self.without_viewer(leaving)
        aftermath.nothing_is_left(self.place)
        return outcome

    def while_starting(self) -> bool:
        """Kill from the start on, or from that of the agent."""
        if self.round.random.random() < 0.5:
            self.watched.until(self.round.within(COMING_S))
        else:
            self.watched.wait("agent")
            self.watched.until(self.round.within(PLACING_S))
        if self.round.victim != "viewer":
            self.watched.wait(self.round.victim)
        return self.watched.kill(self.round.victim)

    def while_leaving(self) -> bool:
        """Have it stop the service, and kill."""
        joined(self.place, self.watched).close()
        self.watched.until(self.round.within(0.2))
        self.viewer.process.send_signal(signal.SIGINT)
        self.watched.until(self.round.within(STOPPING_S))
        return self.watched.kill(self.round.victim)

    def without_agent(self) -> str:
        """Killed before it said that the service runs: gotop ends both. Later: service and gotop go on."""
        runs = [0]

        def known() -> bool:
            runs[0] = sum(bool(session["pid"]) for session in self.place.gotop.sessions())
            return bool(runs[0]) or self.viewer.over

        try:
            wait_for(known, "a service that gotop knows, or gotop's end")
        except RoundError as error:
            raise RoundError(f"{error}: {[words_of(pid) for pid in self.place.processes()]}") from None
        if not runs[0]:
            return f"before the service ran, exit code {aftermath.ended_in_order(self.viewer, 1)}"
        service = self.watched.service or self.place.gotop.session()["pid"]
        orders = Obedient(self.at, PATIENCE_S)
        aftermath.works(service)
        aftermath.taken_over(self.place, service, orders)
        orders.tell("exit", 3)
        orders.close()
        return f"taken over, exit code {aftermath.ended_in_order(self.viewer, 3)}"

    def stopped_without_agent(self) -> str:
        """gotop has to bring the service to its end, as its user wants."""
        return f"exit code {aftermath.ended_in_order(self.viewer, 0)}"

    def without_viewer(self, leaving: bool) -> str:
        """The service goes on with its agent, if it was there and nobody had asked it to stop."""
        wait_for(lambda: listens(self.at) or self.place.deserted(), "a service, or an end of all", interval=0.03)
        if not listens(self.at) and self.place.deserted():
            return "the service was stopped" if leaving else "before the service ran"
        try:
            orders = Obedient(self.at, PATIENCE_S)
            self.watched.look()
            viewer = RawViewer(socket_of(self.place))
            try:
                aftermath.nothing_is_lost(viewer, orders)
            finally:
                viewer.close()
        except (AssertionError, OSError, ValueError, RoundError) as error:
            if not leaving:
                raise
            # It may just be coming to its end: then it does. What goes on has no excuse.
            try:
                self.place.ended()
            except RoundError as left:
                raise RoundError(f"{left}, after {error!r}") from error
            return "the service was stopped"
        orders.tell("exit", 3)
        orders.close()
        return "the service went on"


class Attachment:
    """Rounds of `gotop attach`."""

    def __init__(self, this: Round, place: Place) -> None:
        self.round, self.place = this, place
        self.pid, self.orders = place.serving()
        span = ("--for", "400ms") if this.phase == "attach" else ()
        self.watched = Watched(place.viewer("attach", self.pid, "--json", *span), self.pid)
        self.viewer = self.watched.viewer

    def outcome(self) -> str:
        killed = (self.while_coming if self.round.phase == "attach" else self.while_leaving)()
        try:
            if self.round.victim == "service" and killed:
                return self.without_service()
            outcome = "it had left" if not killed else ""
            if self.round.victim != "viewer" or not killed:
                code = aftermath.ended_in_order(self.viewer, 0, 1)
                outcome = outcome or f"exit code {code}"
            aftermath.works(self.pid)
            if self.round.victim == "agent" and killed:
                outcome += f", {self.taken_in_hand()}"
            else:
                self.place.ended()
                outcome = f"{outcome or 'the agent left'}"
                aftermath.untouched(self.pid)
            aftermath.nothing_is_left(self.place)
            self.orders.told("rest")
            return outcome
        finally:
            self.orders.close()

    def while_coming(self) -> bool:
        """Kill from the start of gotop on, or from that of its agent."""
        if self.round.random.random() < 0.4:
            self.watched.until(self.round.within(COMING_S))
        else:
            self.watched.wait("agent")
            self.watched.until(self.round.within(PLACING_S))
        if self.round.victim == "agent":
            self.watched.wait("agent")
        return self.watched.kill(self.round.victim)

    def while_leaving(self) -> bool:
        """Kill from the Ctrl-C on, or from the moment on at which the agent is told to go."""
        joined(self.place, self.watched).close()
        self.watched.until(self.round.within(0.2))
        if self.round.random.random() < 0.4:
            self.viewer.process.send_signal(signal.SIGINT)
            self.watched.until(self.round.within(GOING_S))
        else:
            assert self.watched.agent
            os.kill(self.watched.agent, signal.SIGTERM)
            self.watched.until(self.round.within(REMOVING_S))
        return self.watched.kill(self.round.victim)

    def without_service(self) -> str:
        """gotop says so, and all end."""
        assert self.place.service
        self.place.service.wait()
        code = aftermath.ended_in_order(self.viewer, 0, 1)
        aftermath.nothing_is_left(self.place)
        return f"exit code {code}"

    def taken_in_hand(self) -> str:
        """Whoever comes next finds all counts and can leave: an agent, `gotop attach`, or `gotop detach`."""
        way = self.round.random.choices((aftermath.taken_over, aftermath.joined, aftermath.detached), (6, 2, 2))[0]
        if way is aftermath.taken_over:
            aftermath.taken_over(self.place, self.pid, self.orders)
        elif way is aftermath.joined:
            aftermath.joined(self.place, self.pid)
        else:
            aftermath.detached(self.place, self.pid)
        return {"taken_over": "taken over", "joined": "attached again"}.get(way.__name__, way.__name__)


def joined(place: Place, watched: Watched) -> RawViewer:
    """A viewer at gotop's agent beside gotop's own, with first figures."""
    watched.wait("agent")
    wait_for(lambda: any(alive(s["agent_pid"]) for s in place.gotop.sessions() if s["agent_pid"]), "a session")
    viewer = RawViewer(socket_of(place))
    viewer.until(lambda: viewer.viewers >= 2 and viewer.totals.get("allocs"), "gotop's own viewer", PATIENCE_S)
    watched.look()
    return viewer


def socket_of(place: Place) -> Path:
    """The socket of the one session there is, which may lack a record that says so."""
    found: list[Path] = []

    def listens() -> bool:
        found[:] = place.home.glob("gotop-*/*/agent.sock")
        return bool(found)

    wait_for(listens, "the agent's socket")
    claim(len(found) == 1, f"there is more than one session: {found}")
    return found[0]
