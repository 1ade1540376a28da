"""Allocations by labels and creators: windows, drill-down, reconnection, and what each row is called."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gotop.agent.protocol import (
    AttributeDef,
    Attributes,
    AttributionDeltas,
    Message,
    PcFrames,
    PprofLabel,
    Recorded,
    SymbolFrame,
    Symbols,
)
from gotop.model.queries import GroupBy, Hide, SiteQuery, SiteSort, Window
from gotop.model.session import Session
from gotop.model.sites.attribution import DROPPED, LOST, MAIN, NO_LABELS, RUNTIME, THREAD, UNREAD, LabelSet
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import GroupKey
from tests.streams import SECOND, START, hello, tick

SERVE, MAIN_PC = 0x401000, 0x402000
NAMES = Symbols((PcFrames(SERVE, (SymbolFrame("net/http.(*Server).Serve", "/go/server.go", 30, False),)),
                 PcFrames(MAIN_PC, ())), ())  # fmt: skip


def define(*defs: tuple[int, int, dict[str, str]]) -> Attributes:
    made = (
        AttributeDef(id_, creator, tuple(PprofLabel(*pair) for pair in labels.items()), 0, 0)
        for id_, creator, labels in defs
    )
    return Attributes(tuple(made))


DEFS = define((0, SERVE, {"path": "/a"}), (1, SERVE, {"path": "/b"}), (2, MAIN_PC, {}), (7, MAIN_PC, {"path": "/a"}))


def counted(at: float, deltas: Sequence[int], since: float = 0.0, lost: tuple[int, int] = (0, 0)) -> AttributionDeltas:
    return AttributionDeltas(START + round(at * SECOND), START + round(since * SECOND), tuple(deltas), lost, "")


def session(*messages: Message) -> Session:
    made = Session()
    for message in (hello(), NAMES, DEFS, *messages):
        made.apply(message)
    return made


def rows(of: Session, group: GroupBy, window: Window = Window.TOTAL, **query: object) -> list[SiteRow]:
    return list(of.sites(SiteQuery(SiteSort.BYTES, window=window, group=group, **query)).rows)  # type: ignore[arg-type]


def test_each_is_all_there_is_in_another_order() -> None:
    of = session(counted(10, (0, 5, 500, 1, 3, 30, 2, 2, 2000, 7, 1, 10)))
    labels, creators = rows(of, GroupBy.LABELS), rows(of, GroupBy.CREATOR)
    assert [(row.key.name, row.allocs, row.bytes) for row in labels] == [
        (NO_LABELS, 2, 2000), ("path=/a", 6, 510), ("path=/b", 3, 30),
    ]  # fmt: skip
    assert [(row.key.function, row.key.line, row.allocs, row.bytes) for row in creators] == [
        (MAIN, 0, 3, 2010), ("net/http.(*Server).Serve", 30, 8, 530),
    ]  # fmt: skip
    assert sum(row.share for row in labels) == sum(row.share for row in creators) == pytest.approx(1)
    assert labels[1].bytes_per_s == 51.0


def test_windows_are_those_of_sites() -> None:
    of = session(*(counted(at, (0, 10, 100)) for at in range(1, 31)), counted(30.5, (0, 1, 1000)))
    (now,), (ten,), (total,) = (rows(of, GroupBy.LABELS, window) for window in (Window.NOW, Window.S10, Window.TOTAL))
    assert now.bytes_per_s == pytest.approx(1100 / 1.5) and now.allocs == 301
    assert 90 <= ten.bytes_per_s <= 210
    assert total.bytes_per_s == pytest.approx(4000 / 30.5)
    assert len(total.trend) > 20


def test_from_labels_to_creators_and_the_other_way() -> None:
    of = session(counted(1, (0, 5, 500, 1, 3, 30, 2, 2, 2000, 7, 1, 10)))
    within = rows(of, GroupBy.CREATOR, filter="label:/^path=\\/a$/")
    assert {row.key.function: row.allocs for row in within} == {"net/http.(*Server).Serve": 5, MAIN: 1}
    of_main = rows(of, GroupBy.LABELS, filter="func:/^\\(main\\ goroutine\\)$/")
    assert {row.key.name: row.allocs for row in of_main} == {NO_LABELS: 2, "path=/a": 1}
    assert rows(of, GroupBy.LABELS, hide=Hide.STANDARD) == rows(of, GroupBy.LABELS)


def test_switched_on_again_it_begins_again() -> None:
    of = session(counted(1, (0, 5, 500)), counted(5, (1, 1, 10), since=4))
    assert [(row.key.name, row.allocs, row.bytes_per_s) for row in rows(of, GroupBy.LABELS)] == [("path=/b", 1, 10.0)]
    assert of.attribution.seconds == 1


def test_a_new_connection_goes_on() -> None:
    of = session(counted(1, (0, 5, 500)), counted(2, (0, 1, 100)))
    for message in (hello(), define((4, SERVE, {"path": "/a"})), counted(3, (4, 8, 800))):
        of.apply(message)
    (row,) = rows(of, GroupBy.LABELS)
    assert (row.allocs, row.bytes_per_s) == (8, pytest.approx(800 / 3))
    of.apply(hello(pid=9, started=START + SECOND, build_id="other"))
    assert rows(of, GroupBy.LABELS) == [] and of.attribution.since is None


def test_what_found_no_place_is_shown() -> None:
    of = session(
        Attributes((AttributeDef(9, SERVE, (), 0, 1), AttributeDef(10, 0, (), 0, 2), AttributeDef(11, 1, (), 0, 0))),
        counted(1, (9, 4, 40, 10, 1, 8, 11, 1, 16), lost=(2, 20)), counted(2, (), lost=(5, 50)),
    )  # fmt: skip
    labels = {row.key.name: (row.allocs, row.bytes) for row in rows(of, GroupBy.LABELS)}
    assert labels == {DROPPED: (9, 90), UNREAD: (1, 8), NO_LABELS: (1, 16)}
    creators = {row.key.function: row.allocs for row in rows(of, GroupBy.CREATOR)}
    assert creators == {"net/http.(*Server).Serve": 4, RUNTIME: 1, THREAD: 1, LOST: 5}


def test_what_was_never_described_ends_nothing_and_is_said() -> None:
    of = session(counted(1, (0, 4, 40, 99, 1, 8)))
    assert [(row.key.function, row.allocs) for row in rows(of, GroupBy.CREATOR)] == [("net/http.(*Server).Serve", 4)]
    assert "the agent counted under 1 sets of labels that it never described" in of.health().partial


def test_a_moment_and_a_mark_stand_still() -> None:
    of = session(tick(1), counted(1, (0, 5, 500)), tick(2), counted(2, (0, 1, 100)))
    still = of.moment()
    of.mark()
    for message in (tick(3), counted(3, (0, 7, 700))):
        of.apply(message)
    query = SiteQuery(SiteSort.BYTES, window=Window.TOTAL, group=GroupBy.LABELS)
    assert [row.allocs for row in still.sites(query).rows] == [6]
    assert [row.bytes_per_s for row in rows(of, GroupBy.LABELS, Window.MARK)] == [700.0]
    assert [row.allocs for row in of.moment(START / 1e9 + 1.2).sites(query).rows] == [5]
    of.clear_marks()
    assert [row.bytes_per_s for row in rows(of, GroupBy.LABELS, Window.MARK)] == [pytest.approx(1300 / 3)]


def test_names_that_come_later_change_the_rows() -> None:
    of = session(define((20, 0x500000, {})), counted(1, (20, 1, 8)))
    assert [row.key for row in rows(of, GroupBy.CREATOR)] == [GroupKey(GroupBy.CREATOR, "0x500000")]
    of.apply(Symbols((PcFrames(0x500000, (SymbolFrame("main.run", "/m.go", 3, False),)),), ()))
    assert [row.key for row in rows(of, GroupBy.CREATOR)] == [GroupKey(GroupBy.CREATOR, "main.run", "/m.go", 3)]


def test_a_replay_that_begins_again_forgets() -> None:
    of = session(counted(1, (0, 5, 500)))
    of.apply(Recorded(1, 0, "0"))
    assert of.attribution.since is None and rows(of, GroupBy.LABELS) == []


@pytest.mark.parametrize(
    ("labels", "more", "text"),
    [
        ({}, 0, NO_LABELS), ({"b": "2", "a": "1"}, 0, "a=1 b=2"), ({"a": ""}, 0, 'a=""'),
        ({"a b": 'x"'}, 0, r'"a b"="x\""'),
        ({"a": "x=y"}, 0, 'a="x=y"'), ({"a": "\x1b[0m"}, 0, r'a="\u001b[0m"'), ({"a": "1"}, 3, "a=1 (and 3 more)"),
        ({}, 11, "(11 labels)"), ({"größe": "ü…"}, 0, "größe=ü…"), ({"(no": "labels)"}, 0, '"(no"=labels)'),
    ],
)  # fmt: skip
def test_texts(labels: dict[str, str], more: int, text: str) -> None:
    assert LabelSet(tuple(sorted(labels.items())), more, 0).text == text
