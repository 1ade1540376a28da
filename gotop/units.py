"""The one place where figures become text.

Units are decimal (1 kB = 1000 B): rates stand next to each other and next to other tools' `12.4 MB/s`. Sizes can be
written as `go tool pprof` does instead (1 kB = 1024 B, `use_pprof_sizes`), to be compared with what it shows.
A figure is rounded to three digits first and its unit chosen after, so that `1000 kB` can never stand where `1.00 MB`
belongs. Every function's text is at most as wide as its `*_WIDTH` says, so that a column of `text.rjust(WIDTH)` stands
still. None is `–`: not known, which is not the same as 0. A figure beyond the largest unit has a `>` before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

UNKNOWN = "–"

SIZE_WIDTH = 7
SIZE_RATE_WIDTH = 9
COUNT_WIDTH = 5
COUNT_RATE_WIDTH = 7
DURATION_WIDTH = 7
AGE_WIDTH = 6
PERCENT_WIDTH = 7

_SIZES = (" B", " kB", " MB", " GB", " TB", " PB", " EB")
_COUNTS = ("", "k", "M", "G", "T", "P", "E")
_DURATIONS = (" ns", " µs", " ms", " s")

UNBOUNDED = 1 << 62
"""Bytes: a heap goal as high as this is none. With GOGC=off and no memory limit the runtime has one that is a little
below 2⁶³ (runtime/mgcpacer.go, heapGoalInternal and memoryLimitHeapGoal).
"""


class _Sizes:
    """How sizes are written, for the whole program: a process has one screen."""

    binary = False


def use_pprof_sizes(wanted: bool) -> None:
    """Write sizes in powers of 1024 from now on, as `go tool pprof` does, or in powers of ten."""
    _Sizes.binary = wanted


def has_pprof_sizes() -> bool:
    """Return whether sizes are written in powers of 1024."""
    return _Sizes.binary


def size(value: float | None) -> str:
    """Bytes, at least 0: `0 B`, `999 B`, `12.4 MB`."""
    if value is None:
        return UNKNOWN
    return _binary(value) if _Sizes.binary else _scaled(value, _SIZES)


def goal(value: float | None) -> str:
    """A goal of the heap: `12.4 MB`; `none` where nothing bounds it."""
    return "none" if value is not None and value >= UNBOUNDED else size(value)


def size_rate(per_second: float | None) -> str:
    """Bytes a second: `12.4 MB/s`."""
    return UNKNOWN if per_second is None else f"{size(per_second)}/s"


def count(value: float | None) -> str:
    """Objects, at least 0: `0`, `999`, `1.20k`, `3.41M`."""
    return UNKNOWN if value is None else _scaled(value, _COUNTS)


def count_rate(per_second: float | None) -> str:
    """Objects a second: `1.20k/s`."""
    return UNKNOWN if per_second is None else f"{count(per_second)}/s"


def number_of(many: int, what: str) -> str:
    """A number in full of things by their plural: `1 row`, `1,380 sites`."""
    first, *rest = what.split(" ")
    return f"{many:,} {' '.join([first.removesuffix('s') if many == 1 else first, *rest])}"


def change(value: float, form: Callable[[float], str]) -> str:
    """A difference with its sign: `+12.4 MB`, `−340 B`, `0 B`. One character wider than what `form` makes."""
    text = form(abs(value))
    return text if text == form(0) else f"{'+' if value > 0 else '−'}{text}"


def duration(ns: float | None) -> str:
    """Nanoseconds, at least 0: `850 ns`, `12.3 µs`, `1.20 s`, from a minute on as an age."""
    if ns is None:
        return UNKNOWN
    return age(ns / 1e9) if ns >= 59.95e9 else _scaled(ns, _DURATIONS)


def span(seconds: float) -> str:
    """A span that may be short: `48.2 ms`, `9.61 s`, from a minute on as an age."""
    return duration(seconds * 1e9)


def age(seconds: float | None) -> str:
    """A span no finer than seconds: `0s`, `59s`, `3m05s`, `2h03m`, `4d02h`, `120d`."""
    if seconds is None:
        return UNKNOWN
    if seconds >= 9999.5 * 86400:
        return ">9999d"
    whole = int(max(0.0, seconds) + 0.5)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{minutes}m{whole % 60:02}s"
    if whole < 86400:
        return f"{hours}h{minutes:02}m"
    return f"{days}d{hours:02}h" if days < 100 else f"{days}d"


def percent(share: float | None) -> str:
    """A share (1 is all) as `0.04 %`, `12.3 %`, `100 %`. Only what is nothing shows as `0 %`, only all as `100 %`."""
    if share is None:
        return UNKNOWN
    value = share * 100
    if value <= 0:
        return "0 %"
    if value < 0.01:
        return "<0.01 %"
    if 99.95 <= value < 100:
        return ">99.9 %"
    return ">9990 %" if value >= 9995 else f"{_digits(value)} %"


SHORTENED = "†"
"""Marks what is right in all figures, but some of whose stacks are kept shorter than they were, for want of room."""


def about(text: str, estimated: bool) -> str:
    """A figure's text, with `≈` before it if it is an estimate; `<0.01 %` and the like say so by themselves."""
    return f"≈{text}" if estimated and text[:1] not in ("<", ">", UNKNOWN) else text


def interval(share: float, low: float, high: float) -> str:
    """A measured share with the interval it lies in: `≈5.3 % (4.5–6.1)`, `<0.2 %` where none was seen. With an upper
    end of 0, a share that is only a lower bound: `≥5.3 %`.
    """
    if high <= 0:
        return f"≥{percent(share if share >= 0.0001 else 0.0).removeprefix('>')}"
    if share <= 0:
        return f"<{percent(high).removeprefix('<')}"
    ends = "–".join(percent(end).removesuffix(" %") for end in (low, high))
    return f"{about(percent(share), True)} ({ends})"


def _scaled(value: float, units: Sequence[str]) -> str:
    if value > 999e18:  # also infinite
        return f">999{units[-1]}"
    if value >= 999.5:
        return _large(value, units)
    scaled = _three(max(0.0, value))
    return _digits(scaled, whole=scaled == int(scaled)) + units[0]


def _binary(value: float) -> str:
    """In powers of 1024, three digits, or four from 1000 to 1023."""
    scaled, unit = max(0.0, value), 0
    while scaled >= 1023.5 and unit < len(_SIZES):
        scaled, unit = scaled / 1024, unit + 1
    if unit == len(_SIZES):
        return f">999{_SIZES[-1]}"
    shown = f"{scaled:.0f}" if scaled >= 999.5 else _digits(scaled, whole=not unit and scaled == int(scaled))
    return shown + _SIZES[unit]


def _large(value: float, units: Sequence[str]) -> str:
    """What is a thousand at least when it is rounded. A table has hundreds of them: they are rounded but once."""
    text = f"{value:.2e}"  # 1.23e+08
    digits, (unit, place) = text[0] + text[2:4], divmod(int(text[5:]), 3)
    if unit >= len(units):
        return f">999{units[-1]}"
    return (digits if place == 2 else f"{digits[: place + 1]}.{digits[place + 1 :]}") + units[unit]


def _three(value: float) -> float:
    """Rounded to three significant digits; below 1 to two decimals, which is all that is shown."""
    return round(value, 2) if value < 1 else float(f"{value:.3g}")


def _digits(value: float, whole: bool = False) -> str:
    """At most four characters for what is below 1000: three digits and a point."""
    rounded = _three(value)
    return f"{rounded:.{0 if whole or rounded >= 100 else 1 if rounded >= 10 else 2}f}"
