"""Properties of figures as text: stable width, never out of order, never `1000 kB`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.hypothesis_profile  # noqa: F401
from gotop import units

FACTORS = {
    "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18,
    "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, "%": 0.01,
}  # fmt: skip
AGE_NS = {"d": 86400e9, "h": 3600e9, "m": 60e9, "s": 1e9}

Formatter = Callable[[float | None], str]
ALL: list[tuple[Formatter, int]] = [
    (units.size, units.SIZE_WIDTH),
    (units.size_rate, units.SIZE_RATE_WIDTH),
    (units.count, units.COUNT_WIDTH),
    (units.count_rate, units.COUNT_RATE_WIDTH),
    (units.duration, units.DURATION_WIDTH),
    (units.age, units.AGE_WIDTH),
    (units.percent, units.PERCENT_WIDTH),
]
FIGURES = st.one_of(
    st.integers(0, 2**64),
    st.floats(0, 1e25),
    st.floats(0, 2000),
    # Around every place where a unit or the number of digits changes.
    st.builds(lambda power, near: 10**power * near, st.integers(-4, 20), st.floats(0.98, 1.02)),
    st.builds(lambda unit, near: unit * near, st.sampled_from([60, 3600, 86400, 8640000, 60e9]), st.floats(0.98, 1.02)),
)


def value_of(text: str) -> float:
    """The figure that a reader takes from the text."""
    text = text.removesuffix("/s")
    if text.startswith(">") or text.startswith("<"):
        nudge = 1 + 1e-9 if text[0] == ">" else 1 - 1e-9
        return value_of(text[1:]) * nudge
    ages = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if ages and text:
        return sum(int(figure or 0) * AGE_NS[unit] for figure, unit in zip(ages.groups(), "dhms", strict=True))
    number, unit = re.fullmatch(r"([\d.]+) ?(\D*)", text).groups()  # type: ignore[union-attr]
    return float(number) * FACTORS[unit]


@pytest.mark.parametrize(("formatter", "width"), ALL)
@given(figure=FIGURES)
def test_never_wider_than_its_column(formatter: Formatter, width: int, figure: float) -> None:
    assert len(formatter(figure)) <= width


@pytest.mark.parametrize(("formatter", "_width"), ALL)
@given(one=FIGURES, other=FIGURES)
def test_a_larger_figure_never_reads_smaller(formatter: Formatter, _width: int, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert value_of(formatter(small)) <= value_of(formatter(large))


@pytest.mark.parametrize("formatter", [units.size, units.count, units.size_rate, units.count_rate])
@given(figure=FIGURES)
def test_reads_as_what_it_is_and_never_as_a_thousand(formatter: Formatter, figure: float) -> None:
    text = formatter(figure)
    assert not text.startswith("1000")
    if 1 <= figure < 999e18:
        assert value_of(text) == pytest.approx(figure, rel=0.0051)


@given(st.floats(0, 1))
def test_only_all_reads_as_all_and_only_nothing_as_nothing(share: float) -> None:
    assert (units.percent(share) == "100 %") == (share * 100 >= 100)
    assert (units.percent(share) == "0 %") == (share == 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (units.size(0), "0 B"),
        (units.size(999), "999 B"),
        (units.size(999.7), "1.00 kB"),
        (units.size(12_400_000), "12.4 MB"),
        (units.size(999_999), "1.00 MB"),
        (units.size(2**64), "18.4 EB"),
        (units.goal(12_400_000), "12.4 MB"),
        (units.goal(None), "–"),
        (units.goal(0x7C28F5C28F5C28F5), "none"),  # GOGC=off, no memory limit
        (units.size_rate(12_400_000), "12.4 MB/s"),
        (units.count(1200), "1.20k"),
        (units.count_rate(0.25), "0.25/s"),
        (units.duration(0), "0 ns"),
        (units.duration(12_345), "12.3 µs"),
        (units.duration(59_960_000_000), "1m00s"),
        (units.duration(59_940_000_000), "59.9 s"),
        (units.age(3723), "1h02m"),
        (units.percent(0.1234), "12.3 %"),
        (units.percent(0.99999), ">99.9 %"),
        (units.percent(8.12), "812 %"),
        (units.interval(0.053, 0.045, 0.0612), "≈5.30 % (4.50–6.12)"),
        (units.interval(0, 0, 0.002), "<0.20 %"),
        (units.interval(0, 0, 0.00002), "<0.01 %"),
        (units.interval(0.013, 0, 0), "≥1.30 %"),
        (units.interval(0.00001, 0, 0), "≥0 %"),
        (units.interval(0.9999, 0, 0), "≥99.9 %"),
        (units.size(None), "–"),
        (units.percent(None), "–"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert text == expected


def test_one_of_them_is_no_plural() -> None:
    shown = [units.number_of(many, what) for many, what in ((1, "rows"), (0, "rows"), (1380, "sites"))]
    assert shown == ["1 row", "0 rows", "1,380 sites"]
    assert units.number_of(1, "sets of labels") == "1 set of labels"


@pytest.fixture
def pprof_sizes() -> Iterator[None]:
    units.use_pprof_sizes(True)
    yield
    units.use_pprof_sizes(False)


@pytest.mark.usefixtures("pprof_sizes")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"), (512, "512 B"), (1000, "1000 B"), (1024, "1.00 kB"), (1 << 20, "1.00 MB"), (1_000_000, "977 kB"),
        (1023 << 10, "1023 kB"), ((1 << 20) - 1, "1.00 MB"), (13_002_342, "12.4 MB"), (1 << 62, "4.00 EB"),
        (float("inf"), ">999 EB"), (None, "–"),
    ],
)  # fmt: skip
def test_sizes_as_pprof_writes_them(value: float | None, text: str) -> None:
    """google/pprof internal/measurement: powers of 1024 under the names B, kB, MB."""
    assert units.size(value) == text
    assert len(text) <= units.SIZE_WIDTH
    assert units.count(value) != text or value is None or value < 1000, "counts stay decimal"
