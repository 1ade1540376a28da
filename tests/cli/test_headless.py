"""A session that is reported instead of drawn: a line for each reading, one document at the end."""

from __future__ import annotations

import json

import pytest

from gotop.agent.protocol import Ended, Failure, Message
from gotop.cli.export_option import Listing
from gotop.cli.headless import watch_and_report
from gotop.model.session import Session
from gotop.ui.feed import Abilities
from tests.streams import SECOND, START, three_stacks, tick
from tests.ui.stage import StillFeed

STREAM: list[Message] = [
    *three_stacks(), tick(1, {0: (2, 32, 0)}), tick(2, {2: (1, 500, 0)}, seq=2),
    Ended(START + 3 * SECOND, 0, None, False, False, False),
]  # fmt: skip


class Told(StillFeed):
    def __init__(self, stream: list[Message]) -> None:
        super().__init__(Abilities(live=False, replay=True))
        self._stream = stream

    async def run(self, session: Session) -> None:
        for message in self._stream:
            session.apply(message)


def report(form: str, capsys: pytest.CaptureFixture[str], stream: list[Message] = STREAM) -> tuple[list[str], str]:
    watch_and_report(Told(stream), Session(), None, form, Listing())
    out, err = capsys.readouterr()
    return out.splitlines(), err


def test_each_reading_is_a_line_and_the_document_is_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines, _ = report("ndjson", capsys)
    documents = [json.loads(line) for line in lines]
    assert [each["event"] for each in documents] == ["reading", "reading", "report"]
    assert [each["totals"]["bytes"] for each in documents] == [32, 500, 500]


def test_one_document_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    (line,), _ = report("json", capsys)
    assert json.loads(line)["schema"] == 2
    assert report("", capsys) == ([], "")
    assert any("main.a" in line for line in report("text", capsys)[0])


def test_what_went_wrong_is_said_beside_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    lines, err = report("json", capsys, [*STREAM, Failure("record", "the disk is full")])
    assert len(lines) == 1 and "the disk is full" in err
