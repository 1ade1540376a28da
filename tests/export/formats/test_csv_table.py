"""CSV: every byte is in a row, and names of strangers stay in their cells."""

from __future__ import annotations

import csv
import io

from gotop.export.formats import csv_table
from gotop.export.json_tables import Limits
from gotop.export.profile import Amount, Profile, ProfileStack, session_profile
from gotop.export.registry import ALL, Selection
from gotop.model.session import Session
from gotop.model.values import SiteKey


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_it_has_every_site_and_byte(session: Session) -> None:
    rows = rows_of(csv_table.make(session_profile(session), ALL))
    assert sum(int(row["bytes"]) for row in rows) == session.totals().bytes
    assert sum(int(row["allocs"]) for row in rows) == session.totals().allocs
    assert abs(sum(float(row["share"]) for row in rows) - 1) < 1e-9
    assert [int(row["bytes"]) for row in rows] == sorted((int(row["bytes"]) for row in rows), reverse=True)
    assert len(rows_of(csv_table.make(session_profile(session), Selection(limits=Limits(3))))) == 3


def test_names_of_strangers_are_no_formulas() -> None:
    names = ("=HYPERLINK(1)", "main.f[a|b]", 'main."q",\nnext', "@x")
    stacks = tuple(ProfileStack(SiteKey(name, "/src/a.go", 1, "*main.T"), (), 1, 10) for name in names)
    rows = rows_of(csv_table.make(Profile("/bin/a", "go1.26", "", None, 0.0, stacks, Amount(4, 40)), ALL))
    assert len(rows) == 4 and {row["bytes"] for row in rows} == {"10"} and {row["share"] for row in rows} == {"0.25"}
    assert not any(row["function"].startswith(("=", "@")) for row in rows)
