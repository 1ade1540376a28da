"""Where a session's symbols come from: the first file that is the service's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotop.agent.errors import AgentError
from gotop.agent.symbol_source import symbols_opener
from gotop.golang.binary import GoBinary
from tests import toolchains
from tests.streams import hello

NOBODY = 2**22 + 1


def test_symbols_of_the_path_where_the_process_cannot_be_seen(tmp_path: Path) -> None:
    binary = toolchains.build("sampled", "1.26")
    with GoBinary.open(binary) as opened:
        build_id = opened.build_id
    greeting = hello(pid=NOBODY, exe=str(binary), build_id=build_id)
    found = symbols_opener(tmp_path / "no.sock")(greeting)
    assert found.type_name(0) == "" and found.binary.build_id == build_id  # type: ignore[attr-defined]


def test_another_build_at_that_path_is_not_believed_and_the_agent_is_asked(tmp_path: Path) -> None:
    binary = toolchains.build("sampled", "1.26")
    with pytest.raises((AgentError, OSError)):
        symbols_opener(tmp_path / "no.sock")(hello(pid=NOBODY, exe=str(binary), build_id="another"))
    with pytest.raises((AgentError, OSError)):
        symbols_opener(tmp_path / "no.sock")(hello(pid=NOBODY, exe=str(tmp_path / "gone"), build_id="x"))
