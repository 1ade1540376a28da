"""Where a session's symbols come from: the service's executable, wherever it can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from gotop.agent.enrich_stream import OpenSymbols
from gotop.agent.protocol import Hello
from gotop.agent.remote_file import RemoteFile
from gotop.golang.errors import BinaryError
from gotop.golang.symbols import Symbolizer


def symbols_opener(socket: Path) -> OpenSymbols:
    """Opens a service's symbols: from the running file itself, which a rebuild in place does not change; from its path;
    and where neither can be seen, through the agent behind `socket`.
    """

    def open_symbols(hello: Hello) -> Symbolizer:
        for path in _candidates(hello):
            try:
                found = Symbolizer(path, hello.exe)
            except (BinaryError, OSError):
                continue
            if found.binary.build_id == hello.build_id:
                return found
        file = io.BufferedReader(RemoteFile(socket), 1 << 16)
        return Symbolizer(cast(BinaryIO, file), hello.exe)

    return open_symbols


def _candidates(hello: Hello) -> Iterator[str]:
    yield f"/proc/{hello.pid}/exe"
    yield hello.exe
