"""What is frozen is not lost."""

from __future__ import annotations

import subprocess
import sys

OF_A_PROCESS = """
import gc, weakref
from gotop.cli import gc_tuning

class Node:
    def __init__(self):
        self.me = self

gc_tuning.tune_gc()
node = Node()
gc.collect()                            # it survives, and is frozen
seen = weakref.ref(node)
del node
gc.collect()
print("frozen", seen() is not None)
kept = [[] for _ in range(2 * gc.get_freeze_count())]
gc.collect()                            # twice as much: everything is next
print("still", seen() is not None)
gc.collect()
print("gone", seen() is None)
before = gc.get_freeze_count()
gc.collect()
print("settled", gc.get_freeze_count() >= before > len(kept))
"""


def test_cycles_that_died_frozen_are_found_when_there_is_twice_as_much() -> None:
    done = subprocess.run([sys.executable, "-c", OF_A_PROCESS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["frozen", "True", "still", "True", "gone", "True", "settled", "True"]
