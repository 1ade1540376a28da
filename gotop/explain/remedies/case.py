"""What a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from gotop.explain.escapes import Escape
from gotop.model.values import Frame


@dataclass(frozen=True, slots=True)
class Case:
    """An allocation. `average`: bytes an object; `runtime`: functions from the allocator to the site, `frames`: the
    site and its callers, both innermost first on the dearest stack; `text`: the line of source, "" if it is not here.
    """

    type: str
    allocs: int
    average: float
    runtime: tuple[str, ...]
    frames: tuple[Frame, ...]
    escape: Escape | None
    text: str

    def calls(self, *names: str) -> bool:
        """Return whether the site's code reaches the allocator through one of these functions of the runtime, given by
        the beginnings of their names.
        """
        starts = tuple(f"runtime.{name}" for name in names)
        return any(function.startswith(starts) for function in self.runtime)
