"""Regular expressions that are compiled again and again.

Evidence: the stack leads through regexp.Compile, called from a function that is no initialisation: from there one
expression would be compiled once.
"""

from __future__ import annotations

import re

from gotop.explain.remedies.case import Case

_COMPILE = re.compile(r"regexp\.(Must)?Compile(POSIX)?|regexp\.MatchString|regexp\.Match(Reader)?")
_ONCE = re.compile(r".*\.(init(\.\d+)?|map\.init\.\d+)|runtime\..*|sync\.\(\*Once\)\..*")


def advise(case: Case) -> str:
    """Return the advice to compile the expression once."""
    frames = case.frames
    compiling = [place for place, frame in enumerate(frames) if _COMPILE.fullmatch(frame.function)]
    if not compiling or compiling[-1] + 1 >= len(frames):
        return ""
    callers = frames[compiling[-1] + 1 :]
    if any(_ONCE.fullmatch(frame.function) and not frame.function.startswith("runtime.") for frame in callers):
        return ""
    called, by = frames[compiling[-1]], callers[0]
    return f"compile the expression once, in a package variable: {by.function} calls {called.function} each time"
