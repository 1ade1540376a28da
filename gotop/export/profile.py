"""What was allocated by which stacks in a span of time: what formats and comparisons are made from.

A profile comes from a session, that is from a live service or a recording, or from a JSON report (`report_profile`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gotop.model.counts.span import Span
from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.model.values import Frame, SiteKey


@dataclass(frozen=True, slots=True)
class Call:
    """A return address of a stack with the logical frames there, innermost first: all but the last of them are inlined.
    `address` is link-time; 0: not known.
    """

    address: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class ProfileStack:
    """A stack, innermost call first, its site, and the objects and bytes that it has allocated. `estimated`: from
    samples.
    """

    site: SiteKey
    calls: tuple[Call, ...]
    allocs: int
    bytes: int
    estimated: bool = False

    @property
    def frames(self) -> list[Frame]:
        """All logical frames, innermost first."""
        return [frame for call in self.calls for frame in call.frames]


@dataclass(frozen=True, slots=True)
class Amount:
    """Objects and bytes."""

    allocs: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.allocs + other.allocs, self.bytes + other.bytes)


@dataclass(frozen=True)
class Profile:
    """What was allocated in a span.

    Attributes:
        program, go_version, build_id: of the service, "" where not known.
        begin_unix: when the span began, in seconds; None: not known.
        seconds: how long it is.
        stacks: each distinct stack that has allocated in it.
        whole: everything that was allocated in it, also without a stack.
        cycles: garbage collections completed in it; None: not known.
        notes: for people, why figures are not whole.
    """

    program: str
    go_version: str
    build_id: str
    begin_unix: float | None
    seconds: float
    stacks: tuple[ProfileStack, ...]
    whole: Amount
    cycles: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The program without its directories."""
        return self.program.rpartition("/")[2]

    @property
    def estimated(self) -> bool:
        """Whether a figure is an estimate."""
        return any(stack.estimated for stack in self.stacks)

    def estimated_sites(self) -> set[SiteKey]:
        """Return the sites some of whose figures are estimates."""
        return {stack.site for stack in self.stacks if stack.estimated}

    def sites(self) -> dict[SiteKey, Amount]:
        """Return what each site has allocated, most bytes first."""
        return summed((stack.site, Amount(stack.allocs, stack.bytes)) for stack in self.stacks)


def summed(amounts: Iterable[tuple[SiteKey, Amount]]) -> dict[SiteKey, Amount]:
    """Return the sums by site, most bytes first; equal ones in the order of their keys."""
    sums: dict[SiteKey, list[int]] = {}
    for key, amount in amounts:
        entry = sums.setdefault(key, [0, 0])
        entry[0] += amount.allocs
        entry[1] += amount.bytes
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    return {key: Amount(allocs, size) for key, (allocs, size) in ordered}


def session_profile(session: Session, window: Window = Window.TOTAL) -> Profile:
    """Return what a session has counted in a window, exactly, most bytes first."""
    moment, target = session.now, session.target
    span = Span.of_window(moment.timeline, window)
    calls: dict[tuple[int, tuple[Frame, ...]], Call] = {}
    stacks = [
        ProfileStack(
            each.site, tuple(calls.setdefault(call, Call(*call)) for call in each.calls), each.allocs, each.bytes,
            each.estimated,
        )
        for each in moment.counted_stacks(window)
    ]  # fmt: skip
    stacks.sort(key=lambda stack: -stack.bytes)  # stable: equal ones stay in the order in which they came
    return Profile(
        program=target.program if target else "",
        go_version=target.go_version if target else "",
        build_id=target.build_id if target else "",
        begin_unix=session.unix_time(span.begin.at),
        seconds=max(0.0, span.seconds),
        stacks=tuple(stacks),
        whole=Amount(max(0, span.end.allocs - span.begin.allocs), max(0, span.bytes)),
        cycles=sum(1 for cycle in session.runtime.cycles() if _within(session, cycle.ended, span)),
        notes=session.health().partial,
    )


def _within(session: Session, seconds: float, span: Span) -> bool:
    """Return whether an instant, in seconds since the service's start, lies in a span."""
    return span.begin.at < seconds + session.started_at <= span.end.at
