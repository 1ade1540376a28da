"""The row of each id of the stream."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from gotop.model.counts.arrays import Indices, indices


class RowsById:
    """Rows by id. Agents number stacks in the order in which they define them, so that rows are ids but for a constant,
    as a rule: those from 0 on are kept in an array. `define` makes the row of an id that was never defined.
    """

    def __init__(self, define: Callable[[int], int]) -> None:
        self._define = define
        self._dense = array("i")
        self._others: dict[int, int] = {}
        self._consecutive = 0
        """How many ids from 0 on have consecutive rows."""

    def __contains__(self, id_: int) -> bool:
        return 0 <= id_ < len(self._dense) or id_ in self._others

    def __getitem__(self, id_: int) -> int:
        if 0 <= id_ < len(self._dense):
            return self._dense[id_]
        row = self._others.get(id_)
        return self._define(id_) if row is None else row

    def __setitem__(self, id_: int, row: int) -> None:
        if id_ == len(self._dense):
            self._others.pop(id_, None)
            self._dense.append(row)
        elif 0 <= id_ < len(self._dense):
            if self._dense[id_] != row:
                self._consecutive = min(self._consecutive, id_)
            self._dense[id_] = row
        else:
            self._others[id_] = row
        if id_ == self._consecutive and (not id_ or row == self._dense[0] + id_):
            self._consecutive += 1

    def rows(self, ids: Sequence[int]) -> Indices:
        """Return the rows of many ids."""
        if ids and min(ids) >= 0 and max(ids) < len(self._dense):
            return np.frombuffer(self._dense, np.int32)[indices(ids)].astype(np.intp)
        return indices([self[id_] for id_ in ids])

    def clear(self) -> None:
        """Forget all ids."""
        self._dense = array("i")
        self._others.clear()
        self._consecutive = 0

    def consecutive_row(self, first: int, length: int) -> int | None:
        """Return the row of the first of `length` ids if their rows are known to be consecutive, otherwise None."""
        return self[first] if first + length <= self._consecutive else None
