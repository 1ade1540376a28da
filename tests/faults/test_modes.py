"""Modes are switched while the service runs, and the agent dies or leaves in the one that samples beside: what is
counted is all there is, once, and the service goes on.
"""

from __future__ import annotations

import os
import signal

import pytest

from gotop.agent.protocol import HEAP, SITE_SAMPLE
from tests.cli.running import Runner, alive, wait_until
from tests.faults.obedient import has_its_own_code, obedient
from tests.faults.rawviewer import RawViewer
from tests.faults.test_agent import second_agent

EACH = 5000
SAMPLED = ("--mode", "sites+sampled", "--rate", "64")


def adds_up(viewer: RawViewer, at_least: int) -> None:
    """All allocations are counted by their stacks or said to have none, and none is counted twice."""
    viewer.until(
        lambda: (
            at_least
            <= viewer.totals.get("allocs", 0)
            == viewer.counted(HEAP) + viewer.totals.get("unattributed", 0)
        ),
        f"a sum of {at_least} or more",
    )


def switch(viewer: RawViewer, mode: str) -> None:
    """Ask for a mode, and wait until it is in force."""
    viewer.say(t="set", mode=mode)
    viewer.until(lambda: viewer.mode == mode, f"mode {mode}")


@pytest.mark.parametrize("attribution", [False, True])
def test_every_allocation_is_counted_once_in_whatever_mode_it_was_made(gotop: Runner, attribution: bool) -> None:
    with obedient(gotop, "--no-ui", *SAMPLED, "--socket", gotop.home / "s") as (_, service):
        viewer = RawViewer(gotop.home / "s")
        viewer.say(t="set", attribution=attribution)
        modes = ("exact", "sites+sampled", "sites", "sites+sampled", "sampled", "sites+sampled", "count", "exact")
        for turn, mode in enumerate(modes, 1):
            service.told("allocate", EACH)
            adds_up(viewer, turn * EACH)
            sampled = viewer.counted(SITE_SAMPLE)
            switch(viewer, mode)
        # 24 bytes each, and a sample in 64 on average: every fifth or so, in each of the four turns.
        assert 2 * EACH / 5 < sampled < 4 * EACH


def test_with_the_hooks_taken_out_and_put_in_again_it_goes_on(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", *SAMPLED, "--socket", gotop.home / "s") as (_, service):
        viewer = RawViewer(gotop.home / "s")
        service.told("allocate", EACH)
        adds_up(viewer, EACH)
        pid = int(gotop.session()["pid"])
        switch(viewer, "off")
        assert has_its_own_code(pid)
        service.told("allocate", EACH)
        switch(viewer, "sites+sampled")
        assert not has_its_own_code(pid)
        service.told("allocate", 3 * EACH)
        adds_up(viewer, 4 * EACH)
        assert viewer.largest() == 4 * EACH


def test_a_killed_agent_leaves_a_service_that_counts_and_samples(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui", *SAMPLED, "--socket", gotop.home / "s") as (process, service):
        service.told("allocate", EACH)
        session = gotop.session()
        os.kill(session["agent_pid"], signal.SIGKILL)
        service.told("allocate", 3 * EACH)
        with second_agent(session, gotop.home / "s2"):
            viewer = RawViewer(gotop.home / "s2")
            viewer.until(lambda: viewer.largest() == 4 * EACH, "all that was counted before")
            assert EACH / 5 < viewer.counted(SITE_SAMPLE) < 4 * EACH
            switch(viewer, "sites+sampled")
            service.told("allocate", EACH)
            adds_up(viewer, 5 * EACH)
        service.tell("exit", 6)
        assert process.wait(240) == 6


def test_an_agent_that_leaves_in_the_midst_of_samples_gives_the_service_its_own_code_back(gotop: Runner) -> None:
    options = ("--mode", "sites+sampled", "--rate", "1")  # so that threads stand where stacks are walked
    with obedient(gotop, "--no-ui", *options, "--socket", gotop.home / "s") as (process, service):
        session = gotop.session()
        viewer = RawViewer(gotop.home / "s")
        service.tell("allocate", 5_000_000)
        viewer.until(lambda: viewer.counted(SITE_SAMPLE) > EACH, "samples")
        os.kill(session["agent_pid"], signal.SIGTERM)
        viewer.until(lambda: viewer.ended, "word of the agent's leave")
        assert viewer.ended
        assert viewer.ended["detached"]
        wait_until(lambda: not alive(session["agent_pid"]), "the end of the agent")
        assert has_its_own_code(int(session["pid"]))
        assert service.answer() == "5000000"
        service.tell("exit", 4)
        assert process.wait(240) == 4
