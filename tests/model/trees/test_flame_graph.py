"""The tree of all stacks: sums, windows, filters, names that come late."""

from __future__ import annotations

from dataclasses import replace

from gotop.agent import protocol
from gotop.model.queries import SiteQuery, Window
from gotop.model.session import Session
from gotop.model.trees.flame_graph import ROOT, CodeOrigin, FlameLabel, FlameQuery, FlameTree, origin_of
from tests.ui.synthetic import Service

TOTAL = FlameQuery(Window.TOTAL)


def session_after(seconds: float) -> Session:
    session = Session(lambda: 0.0)
    for message in Service().run(seconds):
        session.apply(message)
    return session


def walk(flame: FlameTree, node: int = ROOT) -> list[int]:
    return [node, *(deeper for child in flame.children(node) for deeper in walk(flame, child))]


def test_the_root_holds_what_all_sites_hold_and_every_node_what_its_callees_hold() -> None:
    session = session_after(20)
    for window in (Window.TOTAL, Window.S10, Window.NOW):
        flame = session.flame(FlameQuery(window))
        rows = list(session.sites(SiteQuery(window=window)).rows)
        assert abs(flame.rate(ROOT) - sum(row.bytes_per_s for row in rows)) < 1e-3
        for node in walk(flame):
            children = flame.children(node)
            assert not children or flame.value(node) == sum(map(flame.value, children))
            assert bool(children) is (flame.label(node).origin is not CodeOrigin.TYPE)


def test_by_objects() -> None:
    session = session_after(5)
    assert session.flame(replace(TOTAL, by_bytes=False)).value(ROOT) == session.totals().allocs


def test_the_type_is_the_leaf_and_neither_the_allocator_nor_goexit_is_in_it() -> None:
    flame = session_after(5).flame(TOTAL)
    texts = {flame.label(node).text for node in walk(flame)}
    assert "main.Order" in texts
    assert not texts & {"runtime.mallocgc", "runtime.newobject", "runtime.goexit"}


def test_a_filter_leaves_the_stacks_whose_site_matches() -> None:
    session = session_after(5)
    flame = session.flame(replace(TOTAL, filter="encoding/json"))
    rows = session.sites(SiteQuery(window=Window.TOTAL, filter="encoding/json")).rows
    assert flame.value(ROOT) == sum(row.bytes for row in rows) > 0


def test_an_answer_that_is_kept_stands_still_and_paths_find_their_node_in_the_next() -> None:
    service, session = Service(), Session(lambda: 0.0)
    for message in service.run(5):
        session.apply(message)
    before = session.flame(TOTAL)
    value, node = before.value(ROOT), max(walk(before))
    for message in service.tick():
        session.apply(message)
    after = session.flame(TOTAL)
    assert before.value(ROOT) == value < after.value(ROOT)
    found = after.find(before.path(node))
    assert after.path(found) == before.path(node)
    assert after.find([FlameLabel("nobody", CodeOrigin.MAIN)]) == ROOT


def test_a_search_counts_what_lies_below_a_match_once() -> None:
    flame = session_after(5).flame(TOTAL)
    nodes, total = flame.matching("ServeHTTP")
    assert len(nodes) == 3
    assert total == max(flame.value(node) for node in nodes)
    assert flame.matching("nowhere to be found") == (set(), 0)


def test_names_that_come_late_make_another_tree() -> None:
    service, session = Service(), Session(lambda: 0.0)
    for message in service.run(5):
        session.apply(message)
    assert session.flame(TOTAL).find([FlameLabel("net/http.(*conn).serve", CodeOrigin.STANDARD)])
    pc = service.pcs["net/http.(*conn).serve net/http/server.go 2102"]
    frame = protocol.SymbolFrame("example.com/x.other", "x.go", 1, False)
    session.apply(protocol.Symbols((protocol.PcFrames(pc, (frame,)),), ()))
    assert session.flame(TOTAL).find([FlameLabel("example.com/x.other", CodeOrigin.OTHER)])


def test_origins() -> None:
    assert origin_of("main.main") is CodeOrigin.MAIN
    assert origin_of("net/http.(*conn).serve") is CodeOrigin.STANDARD
    assert origin_of("github.com/a/b.F[go.shape.int]") is CodeOrigin.OTHER
    assert origin_of("0x1234") is CodeOrigin.OTHER


def test_two_marks_say_what_has_changed() -> None:
    service, session = Service(), Session(lambda: 0.0)
    for message in service.run(5):
        session.apply(message)
    session.mark()
    assert session.flame(FlameQuery(Window.MARK)).before is None
    for _ in range(10):
        for message in service.tick():
            session.apply(message)
    session.mark()
    for message in service.tick():
        session.apply(message)
    flame = session.flame(FlameQuery(Window.MARK))
    assert flame.before is not None and flame.before.value(ROOT) > flame.value(ROOT) > 0
    assert all(-1 <= (flame.change(node) or 0.0) <= 1 for node in walk(flame))
