"""One connection to an agent: from the socket's path to a stream of messages."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import gotop
from gotop.agent import errors
from gotop.agent.protocol import PROTOCOL, AgentMessage, Failure, Hello, ProtocolError, agent_decoder
from gotop.agent.requests import Request, ViewerHello, encode_request

READ = 1 << 18
ANSWER_S = 5.0
"""How long an agent may take to say hello."""

_AGAIN = "`gotop attach` without a path lists what can be joined."


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a Unix socket."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid: int = struct.unpack("3i", credentials)[1]
    return uid


def explain_connect_error(path: Path, error: OSError) -> errors.AgentError:
    """The reason why `path` could not be connected to."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return errors.SocketMissing(f"{path} does not exist: the service has ended or was never monitored. {_AGAIN}")
    except OSError as other:
        return errors.SocketDenied(f"{path} cannot be reached: {other.strerror}.")
    if not stat.S_ISSOCK(found.st_mode):
        return errors.NotASocket(f"{path} is not a socket. Name the one that was given to `gotop run --socket`.")
    if isinstance(error, PermissionError):
        whose = "" if found.st_uid == os.getuid() else f" It belongs to user {found.st_uid}: only that user can join."
        return errors.SocketDenied(f"No permission to connect to {path}.{whose}")
    if isinstance(error, ConnectionRefusedError):
        return errors.NobodyServes(f"Nobody serves {path} any more: the agent behind it has ended. {_AGAIN}")
    return errors.AgentError(f"{path} cannot be connected to: {error.strerror or error}.")


def check_peer(path: Path, connection: socket.socket) -> None:
    """Refuse another user's socket: what comes from there is not to be believed.

    Raises:
        NotOurs: the server is neither ours nor root's, and we are not root.
    """
    uid = peer_uid(connection)
    if os.getuid() not in (0, uid) and uid != 0:
        raise errors.NotOurs(f"{path} is served by another user (uid {uid}). Only that user or root can join it.")


def refusal_error(path: Path, failure: Failure) -> errors.AgentError:
    """The error for what an agent answered to our hello."""
    if failure.code == "proto":
        return errors.OtherProtocol(f"{path}: {failure.text}.")
    kind = errors.NotOurs if failure.code == "peer" else errors.AgentRefused
    return kind(f"The agent at {path} refused: {failure.text}.")


def check_protocol(path: Path, hello: dict[str, object]) -> None:
    """Refuse another version by its hello as it came, readable or not.

    Raises:
        OtherProtocol: it is a hello of another version.
    """
    if hello.get("t") == "hello" and hello.get("proto") != PROTOCOL:
        raise errors.OtherProtocol(
            f"The agent at {path} speaks version {hello.get('proto')} of the protocol, this gotop {PROTOCOL}. "
            f"Attach with the gotop that started it (agent {hello.get('agent')})."
        )


class Connection:
    """An open connection; `hello` has been exchanged. Use `Connection.open`."""

    def __init__(self, path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._decoder = agent_decoder()
        self._waiting: deque[AgentMessage] = deque()
        self._broken: ProtocolError | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        log: bool,
        interval_ms: int,
        answer_s: float = ANSWER_S,
        *,
        goroutines: bool = False,
        attribution: bool = False,
    ) -> Connection:
        """Connect and say hello. The agent's own hello is the first of `messages`.

        Raises:
            AgentError: one of its kinds for every reason there is.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=READ)
        except OSError as error:
            raise explain_connect_error(path, error) from error
        connection = cls(path, reader, writer)
        try:
            check_peer(path, writer.get_extra_info("socket"))
            viewer = f"gotop {gotop.__version__}"
            await connection.send(
                ViewerHello(PROTOCOL, viewer, log, interval_ms, goroutines or None, attribution or None, runs=True)
            )
            await asyncio.wait_for(connection._await_hello(), answer_s)
        except TimeoutError:
            connection.close()
            raise errors.NotAnAgent(f"What serves {path} does not answer: it is no gotop agent, or stopped.") from None
        except BaseException:
            connection.close()
            raise
        return connection

    async def messages(self) -> AsyncIterator[AgentMessage]:
        """Every message of the agent, until it closes the connection.

        Raises:
            ProtocolError: it is no longer this protocol.
            ConnectionError: the connection broke.
        """
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._broken is not None:
                raise self._broken
            if not await self._receive():
                return

    async def send(self, request: Request) -> None:
        """Send a request.

        Raises:
            Disconnected: the connection is gone.
        """
        try:
            self._writer.write(encode_request(request))
            await self._writer.drain()
        except (ConnectionError, RuntimeError) as error:
            raise errors.Disconnected(f"The connection to the agent at {self.path} is gone.") from error

    def close(self) -> None:
        """Close the connection; the service and other viewers do not notice."""
        self._writer.close()

    async def _receive(self) -> bool:
        """Read and decode what has arrived; False at the stream's end. Messages before a damaged one are kept."""
        data = await self._reader.read(READ)
        try:
            self._waiting.extend(self._decoder.feed(data))
        except ProtocolError as error:
            self._broken = error
        return bool(data)

    async def _await_hello(self) -> None:
        stranger = errors.NotAnAgent(f"What serves {self.path} is no gotop agent.")
        more = True
        while more and not self._waiting and not self._broken:
            try:
                more = await self._receive()
            except ConnectionError as error:
                raise stranger from error
        first = self._waiting[0] if self._waiting else None
        if isinstance(first, Failure):
            raise refusal_error(self.path, first)
        check_protocol(self.path, self._decoder.first)
        if not isinstance(first, Hello):
            raise stranger from self._broken
