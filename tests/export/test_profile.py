"""What was allocated by which stacks, of a session."""

from __future__ import annotations

from gotop.export.profile import Amount, session_profile, summed
from gotop.model.queries import Window
from gotop.model.session import Session
from gotop.model.values import SiteKey


def test_it_has_all_allocations_with_the_most_bytes_first(session: Session) -> None:
    profile, totals = session_profile(session), session.totals()
    assert profile.whole == Amount(totals.allocs, totals.bytes)
    assert sum(stack.allocs for stack in profile.stacks) == totals.allocs
    assert sum(profile.sites().values(), Amount()) == profile.whole
    sizes = [stack.bytes for stack in profile.stacks]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] > 0
    assert profile.seconds == session.seconds


def test_a_window_has_less_than_everything(session: Session) -> None:
    last, everything = session_profile(session, Window.NOW), session_profile(session)
    assert 0 < last.whole.bytes < everything.whole.bytes and 0 < last.seconds < everything.seconds
    assert last.begin_unix is not None and everything.begin_unix is not None
    assert last.begin_unix - everything.begin_unix == everything.seconds - last.seconds


def test_a_session_without_a_service_has_none() -> None:
    profile = session_profile(Session(lambda: 0.0))
    assert profile.stacks == () and profile.begin_unix is None and not profile.estimated


def test_sums_are_in_the_order_of_bytes() -> None:
    a, b = SiteKey("a", "", 0, ""), SiteKey("b", "", 0, "")
    assert list(summed([(b, Amount(1, 5)), (a, Amount(1, 9)), (b, Amount(2, 5))]).items()) == [
        (b, Amount(3, 10)), (a, Amount(1, 9)),
    ]  # fmt: skip
