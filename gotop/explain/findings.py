"""What a run has allocated, joined with what the compiler says of the lines: dearest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gotop.explain.escapes import Escape, Escapes, FlowStep
from gotop.explain.remedies import Case, remedy_for
from gotop.explain.runtime_reasons import runtime_reason
from gotop.model.queries import SiteQuery, SiteSort, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.symbols.call_site import site_index
from gotop.model.values import Frame, SiteKey
from gotop.source import Home, Source, find

NOT_SAID = "the compiler names no value that escapes here"
NOT_ASKED = "the compiler was not asked about this file, or had nothing to say of it"
RUNTIME = "runtime"
"""The code of reasons that are not the compiler's, but the runtime's."""
_STRINGS = ("string(", "[]byte(", "+", "[]rune(")


@dataclass(frozen=True, slots=True)
class Finding:
    """A call site and type with its cost and the reason. `code`: the compiler's (`escape`), `runtime`, or "" where
    nothing is known; `remark`: what to know about the source; `estimated`: the figures are from samples.
    """

    function: str
    file: str
    line: int
    column: int
    type: str
    code: str
    reason: str
    flow: tuple[FlowStep, ...]
    remedy: str
    allocs: int
    bytes: int
    share: float
    remark: str
    estimated: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line allocates: the escape it was taken from, None where it is the runtime's reason or there is none."""

    code: str
    text: str
    escape: Escape | None


class Reasons:
    """Answers for sites out of what one compilation said. `home`: where the service's sources may be."""

    def __init__(self, escapes: Escapes, home: Home) -> None:
        self.escapes = escapes
        self._home = home
        self.source: Callable[[str], Source] = lru_cache(maxsize=512)(lambda file: find(file, home))

    def of_stack(self, frames: Sequence[Frame], type_name: str) -> Reason:
        """Return why a stack allocates a type. `frames`: innermost first."""
        at = max(0, site_index(frames))
        chain = list[tuple[str, int]]()
        for frame in frames[at:]:
            chain.append((str(self.source(frame.file).path or frame.file), frame.line))
            if not frame.inlined:
                break
        found = self.escapes.at(chain)
        if found:
            best = likeliest(found, type_name)
            text = "; or ".join(dict.fromkeys(each.message for each in best))
            return Reason(best[0].code, text, best[0])
        said = runtime_reason([frame.function for frame in frames[:at]])
        if said:
            return Reason(RUNTIME, said, None)
        return Reason("", NOT_SAID if chain[0][0] in self.escapes.files else NOT_ASKED, None)


def likeliest(escapes: Sequence[Escape], type_name: str) -> list[Escape]:
    """Return those of the values that escape in a line which may be of the type, all of them if none is told by it."""
    if len(escapes) < 2:
        return list(escapes)
    short = type_name.rpartition("/")[2]
    names = {short, short.partition(".")[2].partition("[")[0] if "." in short else short} - {""}
    named = [each for each in escapes if any(name in each.message for name in names)]
    if not named and not type_name:
        named = [each for each in escapes if any(mark in each.message for mark in _STRINGS)]
    if not named and type_name.startswith("func("):
        named = [each for each in escapes if "func literal" in each.message]
    return named or list(escapes)


def findings(session: Session, reasons: Reasons, window: Window, most: int) -> list[Finding]:
    """Return the sites with the most bytes, each with its reason and, where a rule knows one, a remedy."""
    rows = session.sites(SiteQuery(SiteSort.BYTES, window=window, limit=most)).rows
    return [_finding(session, reasons, row, row.key) for row in rows if isinstance(row.key, SiteKey)]


def _finding(session: Session, reasons: Reasons, row: SiteRow, key: SiteKey) -> Finding:
    dearest = next(iter(session.stacks(key, StackQuery(StackSort.BYTES, limit=1))), None)
    frames = dearest.frames if dearest else (Frame(key.function, key.file, key.line, False),)
    reason, source = reasons.of_stack(frames, key.type), reasons.source(key.file)
    at = max(0, site_index(frames))
    text = source.lines[key.line - 1] if 0 < key.line <= len(source.lines) else ""
    case = Case(key.type, row.allocs, row.average, tuple(f.function for f in frames[:at]), tuple(frames[at:]),
                reason.escape, text)  # fmt: skip
    return Finding(
        key.function, str(source.path or key.file), key.line, reason.escape.place.column if reason.escape else 0,
        key.type, reason.code, reason.text, reason.escape.flow if reason.escape else (), remedy_for(case), row.allocs,
        row.bytes, row.share, source.problem or source.remark, row.estimated,
    )  # fmt: skip
