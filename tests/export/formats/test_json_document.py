"""The report as a file and as a line."""

from __future__ import annotations

import json

from gotop.export.formats import json_document
from gotop.export.json_tables import Limits
from gotop.export.registry import ALL, Selection
from gotop.model.session import Session


def test_a_file_is_indented_and_a_line_is_one(session: Session) -> None:
    written, printed = json_document.make(session, ALL), json_document.make(session, Selection(printed=True))
    assert json.loads(written) == json.loads(printed)
    assert printed.count(b"\n") == 1 and written.startswith(b'{\n "')


def test_limits_hold_for_both(session: Session) -> None:
    for printed in (True, False):
        selection = Selection(limits=Limits(top=1, stacks=1), printed=printed)
        document = json.loads(json_document.make(session, selection))
        assert len(document["sites"]) == 1 and len(document["sites"][0]["stacks"]) == 1
