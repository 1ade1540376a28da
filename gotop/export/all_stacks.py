"""All stacks of a session, as the formats for other tools want them: everything since the hooks were placed."""

from __future__ import annotations

from collections.abc import Iterator

from gotop.model.queries import SiteQuery, SiteSort, StackQuery, StackSort, Window
from gotop.model.session import Session
from gotop.model.sites.stack_rows import StackRow
from gotop.model.values import Frame

_SITES = SiteQuery(sort=SiteSort.BYTES, window=Window.TOTAL)
_STACKS = StackQuery(sort=StackSort.BYTES, window=Window.TOTAL)


def all_stacks(session: Session) -> Iterator[StackRow]:
    """Sites by bytes, their stacks by bytes."""
    for row in session.sites(_SITES).rows:
        yield from session.stacks(row.key, _STACKS)


def frames_of(stack: StackRow) -> tuple[Frame, ...]:
    """Return a stack's frames, innermost first, and one more in the place of those that were not kept."""
    return (*stack.frames, Frame(stack.beyond, "", 0, False)) if stack.beyond else stack.frames
