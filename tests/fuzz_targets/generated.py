"""One of hypothesis's fuzz tests for so long: `python -m tests.fuzz_targets.generated MODULE TEST SECONDS`."""

from __future__ import annotations

import importlib
import sys
import time

from tests import fuzzing

ROUND = 25  # examples between two looks at the clock


def main() -> None:
    module, name, seconds = sys.argv[1:]
    fuzzing.SLOW, fuzzing.ROUND = True, ROUND
    test = getattr(importlib.import_module(module), name)
    end, rounds = time.monotonic() + float(seconds), 0
    while rounds == 0 or time.monotonic() < end:
        test()
        rounds += 1
    print(f"{rounds * ROUND} examples")


if __name__ == "__main__":
    main()
