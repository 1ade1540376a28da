"""The service's executable read through the agent, for a viewer that cannot open it (containers, deleted files)."""

from __future__ import annotations

import io
import os
import socket
import time
from pathlib import Path

import gotop
from gotop.agent.connection import check_peer, explain_connect_error
from gotop.agent.protocol import PROTOCOL, ExeData, Failure, ProtocolError, agent_decoder
from gotop.agent.requests import MAX_EXE_READ, ExeRead, Request, ViewerHello, encode_request

BLOCK = 1 << 20
MOST_BLOCKS = 64
TIMEOUT_S = 10.0
ANSWER_S = 20.0
"""How long an answer may take in all, whatever else is said meanwhile."""
LARGEST = 1 << 40
"""Bytes of an executable, far more than any has."""
_SLOWEST_MS = 10_000


class RemoteFile(io.RawIOBase):
    """A read-only, seekable file. It has a connection of its own, so that a symbolizer may block on it in any thread
    while the session goes on; one that the agent dropped (it was idle too long) is made again.

    Every method that reads raises OSError when the agent cannot be asked or cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._socket: socket.socket | None = None
        self._decoder = agent_decoder()
        self._blocks: dict[int, bytes] = {}
        self._at = 0
        self._size: int | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As any file's; from the end it costs a search for the end, once."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        target = (self._find_size() if base is None else base) + offset
        if target < 0:
            raise OSError(f"seek to {target}")
        self._at = target
        return target

    def read(self, size: int | None = -1) -> bytes:
        """All that was asked for, less only at the end of the file."""
        if size is None or size < 0:
            size = max(0, self._find_size() - self._at)
        parts = []
        while size > 0:
            block, inside = divmod(self._at, BLOCK)
            part = self._block(block)[inside : inside + size]
            if not part:
                break
            parts.append(part)
            self._at += len(part)
            size -= len(part)
        return b"".join(parts)

    def readinto(self, buffer: object) -> int:
        """As any raw file's."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Leave the agent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        super().close()

    def _find_size(self) -> int:
        """The size: the agent is asked for single bytes ever further on, then in between."""
        if self._size is None:
            low, high = 0, BLOCK
            while self._request_bytes(high - 1, 1):
                if high > LARGEST:
                    raise OSError(f"the agent at {self._path} gives an executable without an end")
                low, high = high, high * 2
            while low < high:
                middle = (low + high) // 2
                if self._request_bytes(middle, 1):
                    low = middle + 1
                else:
                    high = middle
            self._size = low
        return self._size

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            block = self._request_bytes(number * BLOCK, BLOCK)
            if len(self._blocks) >= MOST_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[number] = block
        return block

    def _request_bytes(self, offset: int, length: int) -> bytes:
        assert length <= MAX_EXE_READ
        fresh = self._socket is None
        try:
            return self._exchange(ExeRead(offset, length))
        except (OSError, ProtocolError) as error:
            self._disconnect()
            if fresh:
                raise OSError(f"the agent at {self._path} does not give the executable: {error}") from error
            return self._request_bytes(offset, length)

    def _exchange(self, request: ExeRead) -> bytes:
        if self._socket is None:
            self._socket = self._connect()
        self._send_request(request)
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            data = self._socket.recv(1 << 18)
            if not data:
                raise OSError("it closed the connection")
            for message in self._decoder.feed(data):
                if isinstance(message, Failure):
                    raise OSError(message.text)
                # Full state arrives too: a viewer cannot say that it wants nothing else.
                if isinstance(message, ExeData) and message.off == request.off:
                    return message.data[: request.len]
        raise OSError("it talks of other things, without an answer")

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(TIMEOUT_S)
            connection.connect(os.fspath(self._path))
            check_peer(self._path, connection)
        except OSError as error:
            connection.close()
            raise OSError(str(explain_connect_error(self._path, error))) from error
        except BaseException:
            connection.close()
            raise
        self._decoder = agent_decoder()
        self._socket = connection
        self._send_request(ViewerHello(PROTOCOL, f"gotop {gotop.__version__} (symbols)", False, _SLOWEST_MS))
        return connection

    def _send_request(self, request: Request) -> None:
        assert self._socket is not None
        self._socket.sendall(encode_request(request))

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
