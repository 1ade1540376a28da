"""Signals without end while gotop comes, watches and goes: each is a stop of a traced thread."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence

from tests import toolchains
from tests.cli.running import Runner, wait_until
from tests.faults.obedient import LONG, allocated, has_its_own_code, joined, serving

KINDS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG, signal.SIGWINCH, signal.SIGRTMIN + 6)
PAUSE_S = 0.0002  # between two signals: some thousands a second


@contextlib.contextmanager
def storm(pid: int, kinds: Sequence[int] = KINDS) -> Iterator[None]:
    """Signals to the process until the end; those that fill the queue are not sent again."""
    over = threading.Event()

    def blow() -> None:
        while not over.wait(PAUSE_S):
            for kind in kinds:
                with contextlib.suppress(BlockingIOError, ProcessLookupError):
                    os.kill(pid, kind)

    thread = threading.Thread(target=blow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_storm_of_signals_while_attaching_and_leaving(gotop: Runner) -> None:
    with serving(gotop, "-catch") as (process, service), storm(process.pid):
        before = 0
        for _ in range(3):
            with gotop.start("attach", "--json", process.pid) as attached:
                joined(gotop, attached).close()
                service.told("allocate", 5000)
                attached.send_signal(signal.SIGINT)
                out, err = attached.communicate(timeout=120)
            assert attached.returncode == 0, err
            assert allocated(json.loads(out)) == 5000
            wait_until(lambda: has_its_own_code(process.pid), "the service's own code", LONG)
            caught = int(service.told("caught"))
            assert caught > before  # they arrive, whoever looks at them first
            before = caught
        assert process.poll() is None


def test_a_storm_of_signals_from_the_first_instruction_on(gotop: Runner) -> None:
    """The service is stopped and hooked before it has handlers; what is sent then has its default effect."""
    with gotop.start("run", "--json", toolchains.build("exitcode", "1.26"), "--", "5", "2s") as process:
        with storm(gotop.session()["pid"], (signal.SIGURG, signal.SIGWINCH)):
            out, err = process.communicate(timeout=120)
        assert process.returncode == 5, err
        assert json.loads(out)["totals"]["coverage"] == 1.0
