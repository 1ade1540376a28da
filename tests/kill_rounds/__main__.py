"""Kill service, agent or viewer with SIGKILL at random moments of run, attach and leave, under load.

    python -m tests.kill_rounds --rounds 60                      # five of each kind, some minutes
    python -m tests.kill_rounds --rounds 3000 --workers 4        # a thousand for each of the three
    python -m tests.kill_rounds --seed 7 --first 123 --rounds 1  # that round again, at the same moments

After each round: the others carry on or end in order; a service that lives has its own code, mappings and descriptors
when the next one has attached or detached; the hooks have counted what the runtime's own count says, within the slack
that the reading states; no process, session directory, socket or temporary file is left. The exit code is 1 if anything
was wrong in any of them.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.faults.rawviewer import OPEN
from tests.kill_rounds.place import Place
from tests.kill_rounds.rounds import PHASES, VICTIMS, Round


class Account:
    """What has come out so far; workers write into it."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self.faults: list[str] = []
        self._lock = threading.Lock()

    def book(self, this: Round, outcome: str, fault: str = "") -> None:
        """Note what a round came to; a fault is printed at once."""
        with self._lock:
            self.outcomes[this.phase, this.victim, outcome] += 1
            if fault:
                self.faults.append(fault)
                print(fault, flush=True)

    def table(self) -> str:
        """A row for each phase, victim and outcome."""
        rows = [f"| {'phase':<16} | {'killed':<8} | {'outcome':<44} | rounds |"]
        rows.append(f"|{'-' * 18}|{'-' * 10}|{'-' * 46}|{'-' * 7}:|")
        for phase, victim in itertools.product(PHASES, VICTIMS):
            for (p, v, outcome), count in sorted(self.outcomes.items()):
                if (p, v) == (phase, victim):
                    rows.append(f"| {phase:<16} | {victim:<8} | {outcome:<44} | {count:6} |")
        return "\n".join(rows)


def work(numbers: list[int], seed: int, account: Account, end: float) -> None:
    """Rounds one after the other, from the front of what is left of the numbers."""
    place = Place()
    try:
        while numbers and time.monotonic() < end:
            try:
                this = Round.of(seed, numbers.pop(0))
            except IndexError:
                break
            try:
                account.book(this, this.take_place(place))
            except Exception as error:  # whatever is wrong is a fault of this round, and the others take place
                told = "".join(traceback.format_exception_only(error)).strip()
                way = " > ".join(frame.name for frame in traceback.extract_tb(error.__traceback__)[2:])
                account.book(this, "**faulty**", f"{this}: {told}\n  {way}\n{place.words()}")
                place.clear()
    finally:
        place.clear()
        place.remove()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kill_rounds")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--workers", type=int, default=2, help="rounds at a time")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin none after that time")
    asked = parser.parse_args()
    begin, account = time.monotonic(), Account()
    numbers = list(range(asked.first, asked.first + asked.rounds))
    for number in (signal.SIGINT, signal.SIGTERM):  # what has begun comes to its end, and the table is printed
        signal.signal(number, lambda _number, _frame: numbers.clear())
    with ThreadPoolExecutor(asked.workers) as pool:
        end = begin + 60 * asked.minutes
        for done in [pool.submit(work, numbers, asked.seed, account, end) for _ in range(asked.workers)]:
            done.result()
    for viewer in list(OPEN):
        viewer.close()
    took = time.monotonic() - begin
    print(f"seed {asked.seed}, {sum(account.outcomes.values())} rounds from {asked.first} on in {took:.0f} s, "
          f"{len(account.faults)} with faults", account.table(), sep="\n")  # fmt: skip
    return 1 if account.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
