"""Tunes Python's collector of reference cycles, so that no key and no frame has to wait for it.

By itself, Python reads every object there is in a full collection. With 5,000 sites that took 92 ms (Textual's, and the
model's names, stacks and keys), in the middle of a redraw as a rule, and one in twenty redraws waited for it: they took
102 ms and take 20 now. Next to nothing of what is that old is garbage. So

* what has survived a full collection is *frozen*: the next one reads only what has come since;
* a cycle that becomes garbage after that would stay for ever. Therefore, whenever there is twice as much frozen as the
  last time that everything was read, everything is read again. What is lost is never more than what is in use, and as
  memory would have to double for the next time, it happens a few times in a session that goes on for days;
* young objects are looked at when there are 10,000 of them, not 700. Each line that Textual paints refers to itself, so
  a frame makes some hundred objects for it. Looking at them costs as much again as finding the garbage among them.
"""

from __future__ import annotations

import gc

YOUNG = 10_000
_FULL = 2


class _Survivors:
    """Called by Python around each collection."""

    def __init__(self) -> None:
        self._everything_is_next = False
        self._frozen = gc.get_freeze_count()

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase != "stop" or info["generation"] != _FULL:
            return
        gc.freeze()
        frozen = gc.get_freeze_count()
        if self._everything_is_next:
            self._everything_is_next, self._frozen = False, frozen
        elif frozen > 2 * self._frozen:
            self._everything_is_next = True
            gc.unfreeze()


def tune_gc() -> None:
    """Freeze all objects there are and collect less often. To be called once, after the first frame's imports."""
    gc.freeze()
    _, middle, old = gc.get_threshold()
    gc.set_threshold(YOUNG, middle, old)
    gc.callbacks.append(_Survivors())
