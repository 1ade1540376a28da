"""Types of one printed name: shown plainly while there is but one, then apart, and rows that are there are renamed."""

from gotop.agent.protocol import HEAP, StackDef, Stacks, Symbols, TypeName, Types
from gotop.model.queries import GroupBy, SiteQuery
from gotop.model.session import Session
from gotop.model.symbols.symbol_table import SymbolTable
from tests.streams import hello, tick, totals

A, B = TypeName(1, "v1.T", "a/v1.T", 7), TypeName(2, "v1.T", "b/v1.T", 8)
FIRST, SECOND = TypeName(3, "main.t", "main.t", 0xAB), TypeName(4, "main.t", "main.t", 0xCD)


def test_one_of_a_name_is_shown_by_it_and_renamed_when_another_comes() -> None:
    table = SymbolTable()
    assert table.add_types([A]) == set()
    assert table.type_name(1) == "v1.T"
    assert table.add_types([B]) == {1}
    assert [table.type_name(addr) for addr in (1, 2)] == ["a/v1.T", "b/v1.T"]
    assert table.add_types([A, B]) == set()


def test_where_paths_agree_the_hash_tells() -> None:
    table = SymbolTable()
    table.add_types([FIRST, SECOND])
    assert [table.type_name(addr) for addr in (3, 4)] == ["main.t#000000ab", "main.t#000000cd"]


def test_two_descriptors_of_one_type_are_one_type() -> None:
    """A plugin has a descriptor of its own of a type that the program has, too."""
    table = SymbolTable()
    table.add_types([A, TypeName(9, A.name, A.path, A.hash)])
    assert table.type_name(1) == table.type_name(9) == "v1.T"


def test_names_without_more_are_as_they_were() -> None:
    """Functions that `go` statements start, and recordings from before paths and hashes."""
    table = SymbolTable()
    table.add_types([TypeName(1, "main.f[...]"), TypeName(2, "main.f[...]")])
    assert table.type_name(1) == table.type_name(2) == "main.f[...]"


def stack(number: int, type_: int) -> StackDef:
    return StackDef(number, HEAP, type_, (100,), False)


def shown(session: Session, group: GroupBy = GroupBy.SITE) -> dict[str, int]:
    return {row.key.type: row.allocs for row in session.sites(SiteQuery(group=group)).rows}


def test_rows_that_are_there_are_renamed_when_a_namesake_comes() -> None:
    session = Session()
    first = (5, 50, 0)
    for message in (hello(), Symbols((), (A,)), Stacks((stack(0, 1),)), tick(1, {0: first}, totals([first]))):
        session.apply(message)
    assert shown(session) == {"v1.T": 5}
    second = (3, 30, 0)
    for message in (Types((B,)), Stacks((stack(1, 2),)), tick(2, {1: second}, totals([first, second]))):
        session.apply(message)
    assert shown(session) == shown(session, GroupBy.TYPE) == {"a/v1.T": 5, "b/v1.T": 3}
    assert [row.key.type for row in session.sites(SiteQuery(filter="type:a/v1")).rows] == ["a/v1.T"]
