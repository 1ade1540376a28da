"""Counting by labels and creators is switched on and off while the service runs, and what it counts is all there is."""

from __future__ import annotations

import os
import signal

from tests.cli.running import Runner, wait_until
from tests.faults.obedient import obedient
from tests.faults.rawviewer import RawViewer

EACH = 5000
PATIENCE_S = 60.0


def rested(viewer: RawViewer) -> int:
    """The allocations there are when the service has nothing to do any more."""
    viewer.still = 0
    viewer.until(lambda: viewer.still >= 5, "some ticks in a row that are the same", PATIENCE_S)
    return viewer.totals["allocs"]


def beginning(viewer: RawViewer, since: int = 0) -> int:
    """Have it switched on, after `since`; returns what was allocated before, of which nothing is attributed."""
    before = rested(viewer)
    viewer.say(t="set", attribution=True)
    viewer.until(lambda: viewer.since > since, "a beginning", PATIENCE_S)
    base = rested(viewer) - viewer.attributed.total()
    assert 0 <= base - before < 100, "the runtime itself may allocate between the two requests"
    return base


def settled(viewer: RawViewer, base: int, at_least: int) -> None:
    """Everything that was allocated after the first `base` is attributed, to the last object; the service rests."""
    viewer.until(
        lambda: viewer.totals.get("allocs", 0) - base == viewer.attributed.total() >= at_least,
        f"a sum of {at_least} or more since {base}",
        PATIENCE_S,
    )


def test_it_counts_while_somebody_looks(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (_, service):
        one = RawViewer(gotop.home / "s")
        service.told("allocate", EACH)
        one.until(lambda: one.largest() == EACH, "the first objects", PATIENCE_S)
        base = beginning(one)
        service.told("allocate", 2 * EACH)
        settled(one, base, 2 * EACH)
        first = one.since
        # Another one looks as well, and goes on looking: it begins where the first did.
        two = RawViewer(gotop.home / "s")
        two.say(t="set", attribution=True)
        two.until(lambda: two.since == first, "the same beginning", PATIENCE_S)
        one.say(t="set", attribution=False)
        service.told("allocate", EACH)
        settled(two, base, 3 * EACH)
        (main,) = (two.attributes[who] for who, count in two.attributed.items() if count >= 3 * EACH)
        assert main[1:] == [[], 0, 0]
        # Nobody looks: nothing is counted, and whoever looks next begins anew.
        two.close()
        one.until(lambda: one.viewers == 2, "the other viewer's leave", PATIENCE_S)
        service.told("allocate", EACH)
        one.until(lambda: one.largest() == 5 * EACH, "what was allocated meanwhile", PATIENCE_S)
        base = beginning(one, first)
        service.told("allocate", EACH)
        settled(one, base, EACH)


def test_in_every_mode(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", "--socket", gotop.home / "s") as (_, service):
        viewer = RawViewer(gotop.home / "s")
        viewer.until(lambda: viewer.totals, "a first tick", PATIENCE_S)
        base = beginning(viewer)
        for turn, mode in enumerate(("sites", "sampled", "count", "exact", "count"), 1):
            viewer.say(t="set", mode=mode)
            service.told("allocate", EACH)
            settled(viewer, base, turn * EACH)


def test_an_agent_that_takes_over_begins_with_nothing_switched_on(gotop: Runner) -> None:
    with obedient(gotop, "--keep", "--by", "creator", "--json", "--socket", gotop.home / "s") as (_, service):
        session = gotop.session()
        viewer = RawViewer(gotop.home / "s")
        viewer.say(t="set", attribution=True)
        service.told("allocate", EACH)
        settled(viewer, 0, EACH)  # from the first allocation on
        viewer.close()
        os.kill(session["agent_pid"], signal.SIGKILL)
        service.told("allocate", EACH)
        with gotop.start("attach", session["pid"], "--json"):
            others = lambda: [s for s in gotop.sessions() if s["agent_pid"] not in (0, session["agent_pid"])]  # noqa: E731
            wait_until(others, "another agent")
            again = RawViewer(others()[0]["socket"])
            again.until(lambda: again.largest() == 2 * EACH, "all objects", PATIENCE_S)
            base = beginning(again)
            service.told("allocate", EACH)
            settled(again, base, EACH)
