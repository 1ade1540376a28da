"""The executable read through an agent is the executable."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotop.agent import remote_file
from gotop.agent.protocol import ExeData, Failure, encode
from gotop.agent.remote_file import BLOCK, RemoteFile
from gotop.agent.requests import ExeRead, ViewerHello, request_decoder
from tests.streams import hello, tick

CONTENT = bytes(range(251)) * (3 * BLOCK // 251) + b"the end"


class Agent(threading.Thread):
    """Answers from another thread, as an agent's own process does, with other messages in between."""

    def __init__(self, path: Path, answer: Callable[[ExeRead], bytes | Failure]) -> None:
        super().__init__(daemon=True)
        self._answer = answer
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self.connections: list[socket.socket] = []
        self.asked: list[ExeRead] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        decoder = request_decoder()
        try:
            while data := connection.recv(65536):
                for request in decoder.feed(data):
                    if isinstance(request, ViewerHello):
                        connection.sendall(encode(hello()) + encode(tick(1)))
                    elif isinstance(request, ExeRead):
                        self.asked.append(request)
                        answer = self._answer(request)
                        reply = answer if isinstance(answer, Failure) else ExeData(request.off, answer)
                        connection.sendall(encode(tick(2)) + encode(reply))
        except OSError:
            pass

    def drop_viewers(self) -> None:
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop_viewers()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.sock"


@pytest.fixture
def agent(path: Path) -> Iterator[Agent]:
    serving = Agent(path, lambda request: CONTENT[request.off : request.off + request.len])
    serving.start()
    yield serving
    serving.end()


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) + 9), st.sampled_from([0, 1, 5, 4096, BLOCK + 1])), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_reads_anywhere_are_those_of_the_file(agent: Agent, path: Path, reads: list[tuple[int, int]]) -> None:
    here = io.BytesIO(CONTENT)
    with RemoteFile(path) as there:
        for offset, size in reads:
            assert there.seek(offset) == here.seek(offset)
            assert there.read(size) == here.read(size)
            assert there.tell() == here.tell()


def test_its_end_is_found_and_all_of_it_read(agent: Agent, path: Path) -> None:
    with io.BufferedReader(RemoteFile(path)) as there:
        assert there.seek(0, io.SEEK_END) == len(CONTENT)
        there.seek(-7, io.SEEK_END)
        assert there.read() == b"the end"
        there.seek(0)
        assert there.read() == CONTENT


def test_what_was_read_is_kept(agent: Agent, path: Path) -> None:
    with RemoteFile(path) as there:
        for offset in (0, 100, BLOCK - 1, 5):
            there.seek(offset)
            there.read(1)
    assert agent.asked == [ExeRead(0, BLOCK)]


def test_dropped_for_idleness_it_comes_back(agent: Agent, path: Path) -> None:
    with RemoteFile(path) as there:
        assert there.read(3) == CONTENT[:3]
        agent.drop_viewers()
        there.seek(BLOCK)
        assert there.read(3) == CONTENT[BLOCK : BLOCK + 3]
    assert len(agent.connections) == 2


def test_an_agent_that_cannot_read_it_or_is_gone_is_an_error(path: Path) -> None:
    serving = Agent(path, lambda request: Failure("exe", "permission denied"))
    serving.start()
    with RemoteFile(path) as there, pytest.raises(OSError, match="permission denied"):
        there.read(1)
    serving.end()
    path.unlink()
    with RemoteFile(path) as there, pytest.raises(OSError, match="does not exist"):
        there.read(1)


def test_an_agent_that_talks_without_end_and_never_answers_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_file, "ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def talk(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                connection.sendall(encode(hello()))
                while True:
                    connection.sendall(encode(tick(1)))

        def serve() -> None:
            for _ in range(2):  # it is asked again when the first connection was of no use
                threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        with RemoteFile(path) as there, pytest.raises(OSError, match="talks of other things"):
            there.read(1)


def test_an_executable_without_an_end_is_an_error(path: Path) -> None:
    serving = Agent(path, lambda request: b"x" * (request.len + 100))
    serving.start()
    with RemoteFile(path) as there:
        assert there.read(10) == b"x" * 10
        with pytest.raises(OSError, match="without an end"):
            there.seek(0, io.SEEK_END)
    serving.end()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\r\n", b""])
def test_what_is_no_agent_is_an_error(path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        with RemoteFile(path) as there, pytest.raises(OSError, match="does not give the executable"):
            there.read(1)
        thread.join()
