"""`go` statements: whose stacks were new, what became of them, and the chain of those that ran them."""

from __future__ import annotations

import pytest

from gotop.agent.protocol import COPY, GO, MALG, GoroutineRow, Message, StackDef, Stacks, TypeName
from gotop.model.runtime.go_statements import CUT_OFF
from gotop.model.runtime.goroutine_values import GoroutineSite, StackOwner
from gotop.model.session import Session
from gotop.model.trees.caller_tree import CallerNode
from gotop.model.values import SiteKey
from tests.model.runtime.recorded import reading
from tests.streams import SECOND, START, hello, names, session_of, tick

FUNCTIONS = (
    "runtime.newproc", "main.main", "runtime.main", "runtime.goexit", "main.accept", "main.serve", "main.work",
    "runtime.newproc1", "runtime.malg", "runtime.rt0_go", "runtime.mpreinit", "runtime.newstack",
)  # fmt: skip
NEWPROC, MAIN, RTMAIN, EXIT, ACCEPT, SERVE, WORK, NEWPROC1, MALG_PC, RT0, MPREINIT, NEWSTACK = range(1, 13)
T_ACCEPT, T_SERVE, T_WORK = 1001, 1002, 1003
BEGIN = (NEWPROC, MAIN, RTMAIN, EXIT)


def served(*messages: Message) -> Session:
    return session_of((hello(), names(FUNCTIONS, ["main.accept", "main.serve", "main.work"]), *messages))


def go(id_: int, starts: int, *pcs: int, cut: bool = False) -> StackDef:
    return StackDef(id_, GO, starts, pcs, cut)


def site(session: Session, function: str) -> GoroutineSite:
    (found,) = [each for each in session.runtime.goroutine_sites() if each.function == function]
    return found


def shape(node: CallerNode) -> object:
    return (node.frame.function, node.allocs, [shape(child) for child in node.children])


def test_the_chain_of_those_that_ran_a_statement() -> None:
    session = served(
        Stacks((
            go(0, T_ACCEPT, *BEGIN), go(1, T_SERVE, NEWPROC, ACCEPT, EXIT), go(2, T_WORK, NEWPROC, WORK, SERVE, EXIT),
            go(3, T_WORK, NEWPROC, WORK, MAIN, RTMAIN, EXIT), go(4, T_WORK, NEWPROC, WORK, cut=True),
        )),
        tick(1, {0: (1, 0, 0), 1: (10, 0, 0), 2: (70, 0, 0), 3: (20, 0, 0), 4: (10, 0, 0)}),
    )  # fmt: skip
    tree = session.runtime.creation_tree(SiteKey("main.work", "/src/main.work.go", 10 * WORK, "main.work"))
    assert shape(tree) == (
        "main.work", 100, [
            ("main.accept", 70, [("main.main", 70, [("runtime.main", 70, [])])]),
            ("runtime.main", 20, []),
            (CUT_OFF, 10, []),
        ],
    )  # fmt: skip
    assert [child.share for child in tree.children] == [0.7, 0.2, 0.1]
    assert session.runtime.creation_tree(SiteKey("main.none", "", 0, "")).children == ()


def test_a_statement_that_starts_itself_and_two_that_start_the_same() -> None:
    session = served(
        Stacks((go(0, T_WORK, NEWPROC, WORK, EXIT), go(1, T_WORK, *BEGIN))),
        tick(1, {0: (90, 0, 0), 1: (10, 0, 0)}),
    )
    tree = session.runtime.creation_tree(SiteKey("main.work", "/src/main.work.go", 10 * WORK, "main.work"))
    # Its own goroutines ran it, started by itself or by main: nobody can tell them apart here, and it is followed once.
    assert shape(tree) == ("main.work", 90, [("main.main", 90, [("runtime.main", 90, [])])])
    session.apply(Stacks((go(2, T_WORK, NEWPROC, SERVE, EXIT), go(3, T_SERVE, NEWPROC, ACCEPT, WORK, EXIT))))
    session.apply(tick(2, {2: (5, 0, 0), 3: (6, 0, 0)}))
    tree = session.runtime.creation_tree(SiteKey("main.accept", "/src/main.accept.go", 10 * ACCEPT, "main.serve"))
    assert {child.frame.function: child.allocs for child in tree.children} == {
        "main.work": 0, "main.main": 0, "main.serve": 0,
    }  # fmt: skip
    (first,) = [child for child in tree.children if child.frame.function == "main.work"]
    assert {child.frame.function for child in first.children} == {"main.main", "main.serve"}


def test_what_only_goes_round_in_a_circle_says_so() -> None:
    session = served(Stacks((go(0, T_WORK, NEWPROC, WORK, EXIT),)), tick(1, {0: (9, 0, 0)}))
    tree = session.runtime.creation_tree(SiteKey("main.work", "/src/main.work.go", 10 * WORK, "main.work"))
    assert shape(tree) == ("main.work", 9, [("main.work (again)", 9, [])])


def test_a_wrapper_that_stacks_leave_out_is_the_function_started() -> None:
    """`go f(x)` starts main.main.gowrap1, which no stack shows: its return address has no frames, but a name."""
    session = served(
        Stacks((go(0, T_WORK, NEWPROC, SERVE, 77, EXIT), go(1, 1004, *BEGIN))), tick(1, {0: (3, 0, 0), 1: (3, 0, 0)})
    )
    from gotop.agent.protocol import PcFrames, Symbols

    session.apply(
        Symbols((PcFrames(77, ()),), (TypeName(77, "main.main.gowrap1"), TypeName(1004, "main.main.gowrap1")))
    )
    tree = session.runtime.creation_tree(SiteKey("main.serve", "/src/main.serve.go", 10 * SERVE, "main.work"))
    assert shape(tree) == ("main.serve", 3, [("main.main", 3, [("runtime.main", 3, [])])])


def test_new_reused_and_grown_by_statement() -> None:
    born = (MALG_PC, NEWPROC1, NEWPROC)
    session = served(
        Stacks((
            go(0, T_WORK, *BEGIN), go(1, T_SERVE, NEWPROC, ACCEPT, EXIT), go(2, T_ACCEPT, NEWPROC, ACCEPT, EXIT),
            StackDef(3, MALG, 0, (*born, MAIN, RTMAIN, EXIT), False), StackDef(4, MALG, 0, (*born, ACCEPT), False),
            StackDef(5, MALG, 0, (MALG_PC, MPREINIT, RT0), False), StackDef(6, MALG, 0, (*born, RT0), False),
            StackDef(7, COPY, 0, (SERVE, WORK, EXIT), False), StackDef(8, COPY, 0, (SERVE, WORK, EXIT), False),
        )),
        tick(1, {
            0: (10, 0, 0), 1: (5, 0, 0), 2: (6, 0, 0), 3: (4, 8192, 0), 4: (7, 14336, 0), 5: (1, 32768, 0),
            6: (1, 2048, 0), 7: (3, 3 * 4096, 3 * 2048), 8: (2, 2 * 2048, 2 * 4096),
        }),
    )  # fmt: skip
    main = site(session, "main.main")
    assert (main.created, main.new, main.reused) == (10, 4, 6)
    assert (main.growths, main.shrinks, main.copied, main.shared) == (3, 2, 5 * 2048, False)
    apart = [each for each in session.runtime.goroutine_sites() if each.function == "main.accept"]
    assert [(each.new, each.reused) for each in apart] == [(None, None)] * 2, "one statement, two functions"
    owners = {(each.function, each.owner): (each.count, each.size) for each in session.runtime.new_stack_sites()}
    assert owners == {
        ("main.main", StackOwner.GOROUTINE): (4, 2048), ("main.accept", StackOwner.GOROUTINE): (7, 2048),
        ("runtime.mpreinit", StackOwner.SIGNALS): (1, 32768), ("runtime.rt0_go", StackOwner.MAIN): (1, 2048),
    }  # fmt: skip
    totals = session.runtime.stack_totals()
    assert (totals.new, totals.allocated, totals.first) == (12, 13, 2048)
    assert (totals.growths, totals.shrinks, totals.copied) == (3, 2, 5 * 2048)


def test_looking_back_the_past_has_its_own_figures() -> None:
    stacks = Stacks((go(0, T_WORK, *BEGIN), StackDef(1, COPY, 0, (SERVE, WORK, EXIT), False)))
    session = served(stacks)
    for second in range(1, 90):
        session.apply(tick(second, {0: (2, 0, 0), 1: (1, 4096, 2048)}, dur=1, seq=second))
        row = GoroutineRow(MAIN, T_WORK, 4, 0, second, 2048 * second)
        session.apply(reading_at(second, row))
    moment = session.moment((START + 70 * SECOND) / 1e9)
    then = session.runtime.as_of(moment.timeline)
    (row_then,) = then.goroutine_sites()
    assert (row_then.created, row_then.live, row_then.created_per_s) == (140, 70, pytest.approx(2))
    (grown,) = then.growth_sites()
    assert (grown.growths, [(size.old, size.new) for size in grown.sizes]) == (70, [(2048, 4096)])
    live = then.live_goroutines()
    assert live is not None
    assert live.at == 70
    now = session.runtime.live_goroutines()
    assert now is not None
    assert now.user == 89


def reading_at(second: int, row: GoroutineRow) -> Message:
    from dataclasses import replace

    return replace(reading(row), at=START + second * SECOND)
