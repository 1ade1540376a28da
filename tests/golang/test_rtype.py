"""Names of types and what types of one name differ in."""

from __future__ import annotations

import re

from gotop.golang.binary import GoBinary
from gotop.golang.rtype import TypeNames, _name_at
from tests import toolchains
from tests.golang.programs import build


def test_what_is_no_type_has_no_name_and_no_identity() -> None:
    with GoBinary.open(build("symbols", "1.26")) as binary:
        names = TypeNames(binary)
        for address in (0, 1, -8, binary.table.text, 1 << 63):
            assert (names.name(address), names.identity(address)) == ("", ("", 0))


def test_types_that_print_alike_differ_in_their_import_path() -> None:
    with GoBinary.open(toolchains.build("namesakes", "1.26")) as binary:
        names = TypeNames(binary)
        alike: dict[str, set[str]] = {}
        for address in range(names._start, names._end, 8):
            if name := names.name(address):
                alike.setdefault(name, set()).add(names.identity(address)[0])
    different = {name: paths for name, paths in alike.items() if len(paths) > 1 and re.match(r"\*?v1\.", name)}
    assert different
    for name, paths in different.items():
        assert all(path.endswith(name.lstrip("*")) and "/" in path for path in paths), paths


def test_a_name_is_read_whole_or_not_at_all() -> None:
    assert _name_at(b"\0\x03abcd") == b"abc"
    assert _name_at(b"\0\x81\x01" + b"x" * 129) == b"x" * 129
    assert _name_at(b"\0\x05abc") is None
    assert _name_at(b"\0") is None and _name_at(b"\0\xff\xff\xff\xff\xff") is None
