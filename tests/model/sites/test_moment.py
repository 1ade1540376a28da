"""Groups, marks, and moments that stand still, against sums over the very rows and readings."""

from __future__ import annotations

import gc
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.agent.protocol import Recorded, Stacks
from gotop.model.counts.snapshot import Snapshot
from gotop.model.counts.timeline import Timeline
from gotop.model.queries import ATTRIBUTED, OF_STACKS, GroupBy, Hide, SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import SiteKey
from tests.streams import START, hello, names, stack, tick, totals

FUNCTIONS = ["main.a", "main.b", "net/http.serve", "runtime.mallocgc"]
MALLOC = 4


BEGIN = START / 1e9


class Watched:
    """A session of four stacks at three sites, fed by amounts."""

    def __init__(self) -> None:
        self.session = Session(lambda: 0.0)
        self.counted: list[tuple[float, dict[int, tuple[int, int, int]]]] = []
        self.join()

    def join(self) -> None:
        stacks = (
            stack(0, MALLOC, 1, type=1001), stack(1, MALLOC, 1, 2, type=1001), stack(2, MALLOC, 2, type=1002),
            stack(3, MALLOC, 3, 1, type=1002), stack(4, MALLOC, type=1001),
        )  # fmt: skip
        for message in (hello(), names(FUNCTIONS, ["A", "B"]), Stacks(stacks)):
            self.session.apply(message)

    def read(self, at: float, amounts: dict[int, tuple[int, int, int]], dur: float = 1.0) -> None:
        self.counted.append((at, amounts))
        every = [one for _, each in self.counted for one in each.values()]
        self.session.apply(tick(at, amounts, totals(every), dur=dur))

    def rows(self, **query: object) -> list[SiteRow]:
        return list(self.session.sites(SiteQuery(**query)).rows)  # type: ignore[arg-type]


def oldest(timeline: Timeline) -> float:
    """The earliest reading that is still kept."""
    return min(kept[0].at for kept in (timeline._past, timeline._coarse, timeline._fine) if kept)


def watched(seconds: int = 5) -> Watched:
    it = Watched()
    for second in range(1, seconds + 1):
        it.read(second, {0: (1, 16, 0), 1: (2, 64, 8), 2: (second, 100 * second, 0), 3: (3, 30, 0), 4: (1, 8, 0)})
    return it


def shared(key: SiteKey, group: GroupBy) -> str:
    package = key.function.rpartition(".")[0]
    return {
        GroupBy.LINE: f"{key.function}{key.line}", GroupBy.FUNCTION: key.function, GroupBy.TYPE: key.type,
        GroupBy.PACKAGE: package, GroupBy.MODULE: "main module" if package == "main" else "standard library",
    }[group]  # fmt: skip


@pytest.mark.parametrize("group", [group for group in GroupBy if group not in {GroupBy.SITE, *ATTRIBUTED, *OF_STACKS}])
@pytest.mark.parametrize("text", ["", "main", "type:A", "!type:A"])
def test_groups_are_the_sums_of_their_sites(group: GroupBy, text: str) -> None:
    it = watched()
    sites, sums = it.rows(filter=text), defaultdict[str, list[float]](lambda: [0.0] * 6)
    for row in sites:
        figures = (row.allocs, row.bytes, row.waste, row.bytes_per_s, row.share, row.stacks)
        sums[shared(row.key, group)] = [a + b for a, b in zip(sums[shared(row.key, group)], figures, strict=True)]
    groups = it.rows(filter=text, group=group)
    found = [(row.allocs, row.bytes, row.waste, row.bytes_per_s, row.share, row.stacks) for row in groups]
    for mine, summed in zip(sorted(map(list, found)), sorted(sums.values()), strict=True):
        assert mine == pytest.approx(summed)
    assert [row.bytes_per_s for row in groups] == sorted((row.bytes_per_s for row in groups), reverse=True)
    view = it.session.sites(SiteQuery(filter=text, group=group))
    assert [view.index_of(row.key) for row in view.rows] == list(range(len(groups)))
    every = it.session.sites(SiteQuery(group=group))
    assert view.total_rows == len(every.rows) and view.hidden == len(every.rows) - len(groups)
    assert sum(len(row.trend) for row in groups) == len(groups) * len(sites[0].trend)
    for row in groups:
        members = it.session.now.members(row.key, SiteQuery(filter=text, group=group))
        assert sum(site.bytes for site in sites if site.key in members) == row.bytes


def test_groups_grow_with_new_sites() -> None:
    it = watched()
    assert len(it.rows(group=GroupBy.PACKAGE)) == 3
    it.session.apply(names(["other.f"], ["A"]))
    it.session.apply(names([*FUNCTIONS, "other.f"]))
    it.session.apply(Stacks((stack(9, 5, type=1001),)))
    it.read(6, {9: (1, 16, 0)})
    assert len(it.rows(group=GroupBy.PACKAGE)) == 4


def test_hiding_says_how_much_is_hidden() -> None:
    it = watched()
    view = it.session.sites(SiteQuery(hide=Hide.RUNTIME, window=Window.TOTAL))
    whole = sum(row.bytes for row in it.rows())
    assert (view.total_rows, view.concealed) == (3, 1)
    assert view.concealed_share == pytest.approx(40 / whole)
    view = it.session.sites(SiteQuery(hide=Hide.STANDARD, filter="a", window=Window.TOTAL))
    assert view.concealed == 2 and view.concealed_share == pytest.approx((150 + 40) / whole)
    assert [row.key.function for row in view.rows] == ["main.b", "main.a"]
    assert sum(row.share for row in view.rows) == pytest.approx(1 - view.concealed_share), "of all bytes, still"


def test_since_the_mark_and_one_mark_against_another() -> None:
    it = watched(4)
    assert it.rows(window=Window.MARK) == it.rows(window=Window.TOTAL), "no mark yet"
    it.session.mark()
    it.read(5, {0: (1, 1000, 0)})
    it.read(6, {0: (1, 1000, 0), 2: (1, 500, 0)})
    row = it.rows(window=Window.MARK)[0]
    assert (row.key.function, row.bytes_per_s, row.allocs_per_s, row.before) == ("main.a", 1000.0, 1.0, None)
    it.session.mark()
    it.read(8, {2: (8, 3000, 0), 3: (2, 20, 0)})
    assert it.session.now.marks == (4.0, 2.0)
    ranked = it.rows(window=Window.MARK, sort=SiteSort.BYTES_CHANGE)
    assert [(row.key.function, row.bytes_change) for row in ranked] == [
        ("main.b", 1500 - 250), ("net/http.serve", 10), ("runtime.mallocgc", 0), ("main.a", -1000),
    ]  # fmt: skip
    assert [row.before.bytes for row in ranked if row.before] == [250, 0, 0, 1000]
    assert it.rows(window=Window.MARK, sort=SiteSort.ALLOCS_CHANGE)[0].allocs_change == 4 - 0.5
    groups = it.rows(window=Window.MARK, sort=SiteSort.BYTES_CHANGE, group=GroupBy.PACKAGE)
    assert [(row.key.name, row.bytes_change) for row in groups] == [
        ("main", 250), ("net/http", 10), ("runtime", 0),
    ]  # fmt: skip
    it.session.mark()
    assert it.session.now.marks == (2.0, 0.0), "of three the oldest is forgotten"
    it.session.clear_marks()
    assert it.session.now.marks == () and it.rows(window=Window.MARK)[0].before is None


def test_marks_outlive_a_reconnection_and_new_names_but_not_another_process() -> None:
    it = watched(4)
    it.session.mark()
    it.join()
    everything: dict[int, tuple[int, int, int]] = {0: (5, 80, 0), 1: (8, 256, 32), 2: (10, 1000, 0)}
    it.session.apply(tick(6, everything, totals([(100, 5000, 0)])))
    assert it.session.now.marks == (2.0,)
    row = next(row for row in it.rows(window=Window.MARK) if row.key.function == "main.a")
    assert row.bytes_per_s == pytest.approx((80 + 256 - 4 * 80) / 2)
    it.session.apply(names(["main.renamed", "main.b"]))
    row = next(row for row in it.rows(window=Window.MARK) if row.key.function == "main.renamed")
    assert row.bytes_per_s == pytest.approx((80 + 256 - 4 * 80) / 2)
    it.session.apply(hello(pid=999, started=123))
    assert it.session.now.marks == ()


def test_a_replay_that_goes_back_sets_its_marks_again_when_they_come() -> None:
    it = watched(3)
    it.session.mark()
    it.session.apply(Recorded(1, 0, ""))
    it.counted.clear()
    it.join()
    for second in range(1, 6):
        it.read(second, {0: (1, 100, 0)})
        assert it.session.now.marks == ((second - 3.0,) if second >= 3 else ())


def test_a_moment_stands_still() -> None:
    it = watched(4)
    moment = it.session.moment()
    queries = [SiteQuery(window=w, group=g) for w in Window for g in GroupBy]
    before = [list(moment.sites(query).rows) for query in queries]
    assert before == [list(it.session.sites(query).rows) for query in queries]
    stacks = moment.stacks(before[0][0].key)
    it.session.apply(Stacks((stack(9, MALLOC, 1, 3, type=1001),)))
    it.read(5, {0: (50, 5000, 5), 9: (7, 70, 7)})
    it.read(5.1, {0: (50, 5000, 5)}, dur=0.1)
    assert [list(moment.sites(query).rows) for query in queries] == before
    assert moment.stacks(before[0][0].key) == stacks
    assert moment.at == BEGIN + 4


@given(st.lists(st.sampled_from([0.1, 0.5, 1.0, 3.0, 20.0]), min_size=1, max_size=200), st.floats(0, 400))
def test_stepping_back_shows_what_was_counted_then(steps: list[float], back: float) -> None:
    it, at, bytes_at = Watched(), 0.0, dict[float, int]()
    for number, seconds in enumerate(steps):
        at += seconds
        it.read(at, {0: (1, 16 + number, 1)}, dur=seconds)
        bytes_at[round(at, 3)] = it.rows()[0].bytes
    moment = it.session.moment(BEGIN + at - back)
    row = moment.sites(SiteQuery()).rows[0]
    assert row.bytes == bytes_at[round(moment.at - BEGIN, 3)]
    assert moment.at <= BEGIN + at - back or moment.at == oldest(it.session.now.timeline)
    kept = min(back, BEGIN + at - oldest(it.session.now.timeline))
    assert BEGIN + at - moment.at <= kept + 20.0 + 5.0, "no further back than asked, but for what was not read or kept"
    assert moment.sites(SiteQuery(group=GroupBy.TYPE)).rows[0].bytes == row.bytes


def test_the_past_is_bounded_and_marking_it_works() -> None:
    it = Watched()
    for second in range(1, 800):
        it.read(second, {0: (1, 100 if second < 700 else 900, 0)})
    timeline = it.session.now.timeline
    assert len(timeline._past) <= 61 and 290 <= 799 + BEGIN - oldest(timeline) <= 305
    then = it.session.moment(BEGIN + 699)
    assert then.at == BEGIN + 696 and then.rate(Window.NOW).bytes == pytest.approx(100)
    it.session.mark(then)
    assert it.rows(window=Window.MARK)[0].bytes_per_s == pytest.approx((3 * 100 + 100 * 900) / 103)
    assert it.session.moment(BEGIN + 600).marks == (), "it was not set then"


@pytest.mark.parametrize("named_late", [False, True])
def test_the_past_knows_what_rounding_lost(named_late: bool) -> None:
    it = watched(20)
    if named_late:
        it.session.apply(names(FUNCTIONS, ["Other", "B"]))
    then = it.session.moment(BEGIN + 10)
    sites = [row for row in then.sites(SiteQuery(SiteSort.WASTE)).rows if row.key.function == "main.a"]
    assert sum(row.waste for row in sites) == 10 * 8
    assert [stack.waste for row in sites for stack in then.stacks(row.key) if stack.waste] == [10 * 8]
    paths = it.session.runtime.as_of(then.timeline).alloc_paths()
    assert sum(path.waste for path in paths) == 10 * 8


def test_filters_that_are_left_keep_no_snapshots() -> None:
    it = watched(40)
    for second, text in enumerate(["", "m", "ma", "mai", "main"], 41):
        it.read(second + 0.375, {0: (1, 16, 0)})  # as no other test has it
        it.rows(filter=text, group=GroupBy.PACKAGE)
    for second in range(46, 400):
        it.read(second, {0: (1, 16, 0)})
    it.rows(filter="main", group=GroupBy.PACKAGE)
    gc.collect()
    kept = [each for each in gc.get_objects() if isinstance(each, Snapshot)]
    assert not [each for each in kept if each.at % 1 == 0.375]


def test_a_mark_at_a_moment_before_a_restart_is_set_now() -> None:
    it = watched(20)
    still = it.session.moment()
    it.counted.clear()
    for message in (hello(pid=5, started=START + 30 * 10**9), Stacks((stack(0, MALLOC, 1, type=1001),))):
        it.session.apply(message)
    it.read(31, {0: (1, 16, 0)})
    it.session.mark(still)
    it.read(33, {0: (2, 32, 0)})
    assert it.session.now.marks == (2.0,)
    assert [row.bytes_per_s for row in it.rows(window=Window.MARK)] == [16.0]
