"""Which frame of a stack is its call site.

The site of an allocation is the first (innermost) frame outside package runtime and its helpers, inlined frames
included: the line that made the runtime allocate. Helpers are

* the packages in `HELPERS` and all below those in `HELPER_TREES`: the runtime's own internals. `runtime/pprof`,
  `runtime/debug`, `runtime/trace` and `runtime/metrics` are none: they are libraries, what they allocate is theirs;
* functions of other standard packages whose code stands in the runtime's directory: the runtime lends them out by
  `go:linkname` (`reflect.unsafe_New`, `internal/bytealg.MakeNoZero`, `sync.runtime_…`); who allocates is their caller.

In a stack that never leaves the runtime the site is the innermost frame that is not one of the allocator's entry points
(`mallocgc`, `newobject`, `makeslice`, …), so that `runtime.schedinit` is shown instead of `runtime.mallocgc`.

A `go` statement, a new goroutine stack or a stack that grew stands where it stands, in the runtime too: the garbage
collector's workers are started by the collector, not by the line whose allocation happened to start a cycle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from gotop.model.values import Frame
from gotop.runtime_packages import RUNTIME_PACKAGES, RUNTIME_TREES

HELPERS = frozenset(RUNTIME_PACKAGES)
HELPER_TREES = RUNTIME_TREES

_ENTRY_POINTS = re.compile(
    r"""runtime\.(
        malloc\w* | newobject\w* | newarray | makeslice\w* | growslice\w* | makemap\w* | makechan\w* | mapassign\w*
        | mapclone\w* | raw(string|byteslice|runeslice)\w* | concat(string|byte)\w* | slicebytetostring\w*
        | stringtoslice\w* | convT\w* | intstring | slicerunetostring | persistentalloc\w* | systemstack\w* | mcall
        | asmcgocall\w* | newproc\w* | malg | copystack | newstack | morestack\w* | gcWriteBarrier\w*
    )(\.func\d+[\d.]*)? | runtime\.\(\*mcache\)\..* | type:\..*""",
    re.VERBOSE,
)
_STARTERS = re.compile(
    r"runtime\.(newproc1?|malg|systemstack\w*|mcall|newstack|copystack|shrinkstack|morestack\w*)(\.func\d+)*"
)
_ESCAPED = re.compile(r"%([2-7][0-9a-f])")
_RUNTIME_DIR = re.compile(r"(^|.*/src/)runtime/[^/]+$")


@lru_cache(maxsize=1 << 16)
def package_of(function: str) -> str:
    """Return the import path of a function's package (`a.b/c` of `a.b/c.(*T[d/e.F]).M.func1`), "" if it has none.

    The linker writes dots in the last element of a path, and a few other characters, as `%2e` (cmd/internal/objabi
    PathToPrefix); here they are what they stand for.
    """
    return split_package(function)[0]


@lru_cache(maxsize=1 << 16)
def split_package(function: str) -> tuple[str, str]:
    """Return a function's package, as `package_of` does, and the rest of its name, from the dot on if there is one."""
    name = function.partition("[")[0]
    slash = name.rfind("/")
    dot = name.find(".", slash + 1)
    return (plain_name(name[:dot]), function[dot:]) if dot >= 0 else ("", function)


def plain_name(function: str) -> str:
    """Return a function's name as people write it: `gopkg.in/yaml.v3.Marshal` of `gopkg.in/yaml%2ev3.Marshal`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), function) if "%" in function else function


def in_runtime(frame: Frame) -> bool:
    """Whether the frame belongs to the runtime or its helpers."""
    package = package_of(frame.function)
    if package in HELPERS or package.startswith(HELPER_TREES):
        return True
    # A user's own directory may be called runtime too: only packages without a dot in their first element are standard.
    standard = package != "main" and "." not in package.partition("/")[0] and package.rpartition("/")[2] != "runtime"
    return standard and _RUNTIME_DIR.match(frame.file) is not None


def is_entry_point(frame: Frame) -> bool:
    """Whether the frame is a way into the allocator rather than a reason to allocate."""
    return _ENTRY_POINTS.fullmatch(frame.function) is not None


def site_index(frames: Sequence[Frame]) -> int:
    """Return the index of the call site in `frames` (innermost first): 0 in a stack of nothing but entry points, -1
    without frames.
    """
    for index, frame in enumerate(frames):
        if not in_runtime(frame):
            return index
    for index, frame in enumerate(frames):
        if not is_entry_point(frame):
            return index
    return 0 if frames else -1


def statement_index(frames: Sequence[Frame]) -> int:
    """Return the index of the `go` statement, or of the function whose stack it is: 0 if there is none, -1 without
    frames.
    """
    for index, frame in enumerate(frames):
        if _STARTERS.fullmatch(frame.function) is None:
            return index
    return 0 if frames else -1
