"""Which frames are the user's own code: of the main module, or of packages that were named (`--mine`, `mine` in the
configuration).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gotop.model.symbols.call_site import package_of
from gotop.model.symbols.packages import PROGRAM, is_runtime, module_of
from gotop.model.values import Frame

_MAIN = "main."


class OwnCode:
    """Tells own frames from others. `patterns`: import paths as `go list` takes them, in which `...` stands for any
    text (`example.com/shop/...`); without any, own is what belongs to the main module.

    The main module is where code lies that is in no module cache and not vendored. A program that `go install` built
    has its main module in the cache, too: the module of package main is the main module then.

    Attributes:
        edition: another object whenever frames that were others' have become own ones.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self.patterns = tuple(patterns)
        self.edition = object()
        self._packages = [_pattern(each) for each in patterns]
        self._main_module = ""

    def learn_main_module(self, frames: Iterable[Frame]) -> None:
        """Note the module of package main, if one of the frames is in it."""
        if self._main_module or self.patterns:
            return
        for frame in frames:
            if frame.function.startswith(_MAIN):
                self._main_module = module_of(frame.function, frame.file)
                if self._main_module != PROGRAM:
                    self.edition = object()
                return

    def has(self, frame: Frame) -> bool:
        """Return whether a frame is own code. Addresses without a name and the runtime never are."""
        package = package_of(frame.function)
        if not package or is_runtime(frame.function, frame.file):
            return False
        if self._packages:
            return any(each.fullmatch(package) for each in self._packages)
        return module_of(frame.function, frame.file) in (PROGRAM, self._main_module)


def _pattern(text: str) -> re.Pattern[str]:
    """Return what matches the packages of a pattern, as cmd/go/internal/pkgpattern does: `x/...` matches x, too."""
    tail = "(?:/.*)?" if text.endswith("/...") else ""
    body = text.removesuffix("/...") if tail else text
    return re.compile(".*".join(map(re.escape, body.split("..."))) + tail)
