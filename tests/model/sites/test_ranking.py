"""Rows in order, of which only the first are worked out, against all of them sorted."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gotop.model.counts.arrays import column_of, indices
from gotop.model.queries import SiteQuery, SiteSort
from gotop.model.sites.ranking import Ranking, TextOrderCache
from gotop.model.values import SiteKey

numbers = st.randoms(use_true_random=False)


@given(
    numbers,
    st.integers(0, 2000),
    st.sampled_from([1, 3, 40, 10**6, 2**62]),
    st.booleans(),
    st.none() | st.integers(0, 2500),
)
def test_a_ranking_is_the_order_by_figure(
    random: Random, count: int, span: int, reverse: bool, limit: int | None
) -> None:
    figures = [random.randrange(span) for _ in range(count)]
    ties = [random.randrange(9) for _ in range(count)]
    groups = random.sample(range(count), random.randint(0, count))
    whole = sorted(groups, key=lambda group: (figures[group], ties[group]), reverse=not reverse)[:limit]

    ranking = Ranking(indices(groups), column_of(figures), lambda: column_of(ties), reverse, limit)

    assert len(ranking) == len(whole)
    assert list(ranking[:30]) == whole[:30]
    for index in {0, 1, 127, 128, 400, len(whole) - 1} & set(range(len(whole))):
        assert ranking[index] == whole[index]
        assert ranking.position_of(whole[index]) == index
    assert list(ranking[100:300]) == whole[100:300]
    assert list(ranking[-7:]) == whole[-7:]
    assert list(ranking[::-3]) == whole[::-3]
    assert list(ranking) == whole
    assert ranking.position_of(count) is None


def test_an_order_by_text_is_kept_until_rows_come_or_something_else_is_asked() -> None:
    keys = [SiteKey(f"main.f{number % 3}", "main.go", number, "T") for number in range(9)]
    alphabet, query = TextOrderCache(), SiteQuery(sort=SiteSort.FUNCTION)
    first = alphabet.order_by_text(indices([0, 1, 2, 3]), keys, query)
    assert list(first) == [0, 3, 1, 2]
    assert alphabet.order_by_text(indices([0, 1, 2, 3]), keys, query) is first
    assert list(alphabet.order_by_text(indices([0, 1, 2, 3, 4]), keys, query)) == [0, 3, 1, 4, 2]
    backwards = alphabet.order_by_text(indices([0, 1, 2, 3]), keys, SiteQuery(sort=SiteSort.FUNCTION, reverse=True))
    assert list(backwards) == [2, 1, 0, 3]
    assert backwards.position_of(0) == 2
    assert backwards.position_of(7) is None
