"""A function from both sides, and frames that are left out, against the stacks themselves."""

from __future__ import annotations

from collections import Counter

import pytest

from gotop.agent import protocol
from gotop.model.queries import Hide, SiteQuery, Window
from gotop.model.session import Session
from gotop.model.sites.stack_rows import StackRow
from gotop.model.symbols.call_site import site_index
from gotop.model.symbols.packages import conceals
from gotop.model.trees.callers_callees import CallersCallees, CallNode
from gotop.model.trees.flame_graph import ONLY, OUTERMOST, ROOT, FlameQuery, FlameTree
from gotop.model.values import Frame
from tests.model.trees.test_flame_graph import session_after, walk

TOTAL = FlameQuery(Window.TOTAL)
ALLOCS = FlameQuery(Window.TOTAL, by_bytes=False)


def sides(session: Session, function: str) -> CallersCallees:
    return CallersCallees(function, session.flame(TOTAL), session.flame(ALLOCS))


def stacks_of(session: Session) -> list[StackRow]:
    return [stack for row in session.sites(SiteQuery()).rows for stack in session.stacks(row.key)]


def calls(stack: StackRow) -> list[str]:
    """Functions from the site outward."""
    return [f.function for f in stack.frames[site_index(stack.frames) :] if f.function != OUTERMOST]


def direct(root: CallNode | None) -> dict[str, int]:
    assert root is not None
    return {call.frame.function: call.bytes for call in root.children}


@pytest.mark.parametrize("function", ["net/http.(*conn).serve", "main.(*api).listOrders", "main.(*store).list"])
def test_both_sides_hold_what_the_stacks_say(function: str) -> None:
    session = session_after(5)
    callers, callees, whole = Counter[str](), Counter[str](), 0
    for stack in stacks_of(session):
        names = calls(stack)
        if function in names:
            place = len(names) - 1 - names[::-1].index(function)  # where it was entered first
            whole += stack.bytes
            callees[names[place - 1] if place else stack.type] += stack.bytes
            if place + 1 < len(names):
                callers[names[place + 1]] += stack.bytes
    found = sides(session, function)
    assert found.bytes == whole > 0
    assert direct(found.callees) == callees
    assert direct(found.callers) == callers
    assert found.callees and found.callees.share == 1.0
    assert found.callees.allocs == sum(call.allocs for call in found.callees.children)


def test_types_are_the_ends_and_callers_end_at_the_outermost_function() -> None:
    found = sides(session_after(5), "encoding/json.Unmarshal")
    call = found.callees
    while call and call.children:
        call = call.children[0]
    assert call and call.type
    call = found.callers
    while call and call.children:
        call = call.children[0]
    assert call and call.frame.function == "net/http.(*conn).serve" and not call.type


def test_what_calls_itself_is_counted_once() -> None:
    session = session_after(5)
    value = "encoding/json.(*decodeState).value"
    found = sides(session, value)
    assert found.bytes == sum(stack.bytes for stack in stacks_of(session) if value in calls(stack))


def test_a_function_that_allocates_nothing_has_no_sides() -> None:
    found = sides(session_after(2), "main.no")
    assert (found.callers, found.callees, found.bytes, found.share) == (None, None, 0, 0.0)


@pytest.mark.parametrize("hide", [Hide.RUNTIME, Hide.STANDARD])
def test_hidden_frames_take_no_bytes_with_them(hide: Hide) -> None:
    session = session_after(5)
    flame, plain = session.flame(FlameQuery(Window.TOTAL, hide=hide)), session.flame(TOTAL)
    assert flame.value(ROOT) == plain.value(ROOT)
    shown = [frame for node in walk(flame) if (frame := flame.frame(node)) and frame.function != ONLY[hide]]
    assert shown and not any(conceals(hide, frame) for frame in shown)
    everything = [frame for node in walk(plain) if (frame := plain.frame(node))]
    assert flame.hidden == len({frame.function for frame in everything if conceals(hide, frame)})
    orphans = [s for s in stacks_of(session) if all(conceals(hide, f) for f in s.frames[site_index(s.frames) :])]
    assert sum(flame.value(node) for node in _named(flame, ONLY[hide])) == sum(stack.bytes for stack in orphans)


def _named(flame: FlameTree, text: str) -> list[int]:
    return [node for node in walk(flame) if flame.label(node).text == text]


def test_the_tree_of_callers_without_the_standard_library() -> None:
    session = session_after(5)
    key = next(row.key for row in session.sites(SiteQuery()).rows if row.key.function == "main.(*store).scan")
    root = session.now.callers(key, Hide.STANDARD)
    names = []
    while root:
        names.append(root.frame)
        root = root.children[0] if root.children else None
    assert names[0].function == key.function
    assert len(names) > 2 and not any(conceals(Hide.STANDARD, frame) for frame in names[1:])


def test_a_standard_site_stays_when_its_library_is_hidden() -> None:
    session = session_after(5)
    key = next(row.key for row in session.sites(SiteQuery()).rows if row.key.function.startswith("bufio."))
    root = session.now.callers(key, Hide.STANDARD)
    assert root and root.frame == Frame(key.function, key.file, key.line, root.frame.inlined)


def test_a_stack_of_runtime_frames_only_has_a_place() -> None:
    session = Session(lambda: 0.0)
    from tests.ui.synthetic import START, Service

    session.apply(Service().hello())
    frame = protocol.SymbolFrame("runtime.schedinit", "runtime/proc.go", 1, False)
    session.apply(protocol.Symbols((protocol.PcFrames(1, (frame,)),), ()))
    session.apply(protocol.Stacks((protocol.StackDef(0, protocol.HEAP, 0, (1,), False),)))
    totals = protocol.AgentTotals(1, 64, 0, 0, 0, 1, 0, 0, 0, 0)
    stat = protocol.AgentStat(0, 0, 0.0, 1, 0)
    session.apply(protocol.Tick(1, START + 1, 1, (0, 1, 64, 0), totals, None, stat))
    flame = session.flame(FlameQuery(Window.TOTAL, hide=Hide.RUNTIME))
    assert [flame.label(node).text for node in flame.children(ROOT)] == [ONLY[Hide.RUNTIME]]
    assert flame.value(ROOT) == 64
