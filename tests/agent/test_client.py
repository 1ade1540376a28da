"""Joining an agent, losing it, joining it again; and every way in which that cannot be."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gotop.agent import errors
from gotop.agent.client import Client
from gotop.agent.connection import Connection, check_peer
from gotop.agent.protocol import Ended, Failure, Hello, Log, Lost, Message, Settings, Stacks, Tick, encode
from gotop.agent.requests import SetSettings, Stop
from gotop.model.queries import SiteQuery
from gotop.model.session import Session
from gotop.model.status.values import Phase
from tests.agent.standin import Visit, agent
from tests.streams import START, hello, names, stack, tick

ENDED = Ended(START, 0, None, False, False, False)


class NoWaiting:
    """Stands for asyncio.sleep; keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


async def all_of(client: Client) -> list[Message]:
    try:
        return [message async for message in client.messages()]
    finally:
        client.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.sock"


async def test_a_session_from_hello_to_its_end(path: Path) -> None:
    async def visit(v: Visit) -> None:
        said = await v.greet(hello(), tick(1))
        assert (said.proto, said.log, said.interval_ms) == (1, False, 250)
        assert await v.hear() == SetSettings(interval_ms=500)
        await v.say(Settings("exact", 64, 500))
        assert await v.hear() == Stop(3000)
        await v.say(tick(2, seq=2), ENDED)
        await v.until_it_leaves()

    async with agent(path, visit):
        client = Client(path, log=False, interval_ms=250)
        await client.connect()
        got: list[Message] = []
        async for message in client.messages():
            got.append(message)
            if isinstance(message, Tick) and message.seq == 1:
                await client.set(interval_ms=500)
            if isinstance(message, Settings):
                await client.stop(3000)
        client.close()
    assert [type(m).__name__ for m in got] == ["Hello", "Tick", "Settings", "Tick", "Ended"]


async def test_after_a_loss_it_joins_again_and_nothing_is_doubled(path: Path) -> None:
    start = (hello(), names(["main.a"]), Stacks((stack(0, 1),)))

    async def first(v: Visit) -> None:
        await v.greet(*start, tick(1, {0: (5, 80, 0)}))

    async def second(v: Visit) -> None:
        said = await v.greet(*start, tick(2, {0: (6, 96, 0)}, dur=2), ENDED)
        assert said.interval_ms == 100

    waiting, session, phases = NoWaiting(), Session(), []
    async with agent(path, first, second):
        client = Client(path, sleep=waiting)
        async for message in client.messages():
            session.apply(message)
            phases.append(session.phase)
        client.close()
    assert [(row.allocs, row.bytes) for row in session.sites(SiteQuery()).rows] == [(6, 96)]
    assert phases[3:6] == [Phase.RUNNING, Phase.RECONNECTING, Phase.RUNNING]
    assert phases[-1] is Phase.ENDED
    assert waiting.asked == [0.1]


async def test_it_waits_longer_each_time_and_gives_up_when_told_to(path: Path) -> None:
    async def visit(v: Visit) -> None:
        await v.greet(hello())

    waiting, client = NoWaiting(), Client(path, tries=7)
    client._sleep = waiting
    got = []
    async with agent(path, visit):
        await client.connect()
    async for message in client.messages():
        got.append(message)
    assert waiting.asked == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert [type(m) for m in got] == [Hello, Lost, Lost]
    assert [m.retrying for m in got if isinstance(m, Lost)] == [True, False]


@pytest.mark.parametrize("garbage", [b"\xc1", b"\x01", encode(Log(1, 0, b"x"))[:-1] + b"\xc1"])
async def test_garbage_in_the_middle_ends_that_connection_only(path: Path, garbage: bytes) -> None:
    async def first(v: Visit) -> None:
        await v.greet(hello(), garbage)
        await v.until_it_leaves()

    async def second(v: Visit) -> None:
        await v.greet(hello(), ENDED)

    async with agent(path, first, second):
        got = await all_of(Client(path, sleep=NoWaiting()))
    assert [type(m) for m in got] == [Hello, Lost, Hello, Ended]
    assert isinstance(got[1], Lost)
    assert "cannot be read" in got[1].text


async def test_leaving_while_waiting_to_join_again_ends_the_stream(path: Path) -> None:
    async def visit(v: Visit) -> None:
        await v.greet(hello())

    async with agent(path, visit):
        client = Client(path)
        got = []
        async for message in client.messages():
            got.append(message)
            if isinstance(message, Lost):
                client.close()
    assert [type(m) for m in got] == [Hello, Lost]
    with pytest.raises(errors.Disconnected):
        await client.set(interval_ms=50)


async def test_a_slow_reader_holds_the_agent_up_not_the_memory(path: Path) -> None:
    sent = 0

    async def flood(v: Visit) -> None:
        nonlocal sent
        await v.greet(hello())
        for number in range(2000):
            await v.say(Log(1, number << 16, bytes(1 << 16)))
            sent = number

    async with agent(path, flood):
        client = Client(path)
        async for message in client.messages():
            if isinstance(message, Log):
                break
        await asyncio.sleep(0.2)
        stopped_at = sent
        await asyncio.sleep(0.2)
        client.close()
    assert stopped_at == sent < 200


async def refused(path: Path, answer_s: float = 5.0) -> errors.AgentError:
    with pytest.raises(errors.AgentError) as caught:
        await Connection.open(path, True, 100, answer_s)
    assert str(path) in str(caught.value)
    return caught.value


async def test_no_such_socket(path: Path) -> None:
    assert type(await refused(path)) is errors.SocketMissing


async def test_not_a_socket(path: Path) -> None:
    path.write_text("x")
    assert type(await refused(path)) is errors.NotASocket
    assert type(await refused(path.parent)) is errors.NotASocket


async def test_left_behind_by_a_dead_agent(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    assert type(await refused(path)) is errors.NobodyServes


async def test_says_nothing(path: Path) -> None:
    async with agent(path, Visit.until_it_leaves):
        assert type(await refused(path, answer_s=0.2)) is errors.NotAnAgent


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xc1", b"\x80", encode(tick(1)), encode(Log(1, 0, b""))[:9]]
)
async def test_speaks_something_else(path: Path, answer: bytes) -> None:
    async def visit(v: Visit) -> None:
        await v.say(answer)

    async with agent(path, visit):
        assert type(await refused(path)) is errors.NotAnAgent


@pytest.mark.parametrize(
    "answer",
    [
        encode(hello(proto=2)),
        # Another version's hello need not look like ours.
        b"\x83\xa1t\xa5hello\xa5proto\x07\xa5agent\xa39.9",
        Failure("proto", "this agent speaks protocol 2, the viewer 1: reinstall gotop"),
    ],
)
async def test_of_another_version(path: Path, answer: bytes | Failure) -> None:
    async def visit(v: Visit) -> None:
        await v.greet(answer)

    async with agent(path, visit):
        error = await refused(path)
    assert type(error) is errors.OtherProtocol
    assert "protocol" in str(error)


@pytest.mark.parametrize(("code", "kind"), [("full", errors.AgentRefused), ("peer", errors.NotOurs)])
async def test_refuses_in_its_own_words(path: Path, code: str, kind: type[errors.AgentError]) -> None:
    async def visit(v: Visit) -> None:
        await v.greet(Failure(code, "there are 64 viewers"))

    async with agent(path, visit):
        error = await refused(path)
    assert type(error) is kind
    assert "there are 64 viewers" in str(error)


async def test_when_another_agent_answers_on_return_the_last_word_is_why(path: Path) -> None:
    async def first(v: Visit) -> None:
        await v.greet(hello())

    async def second(v: Visit) -> None:
        await v.greet(hello(proto=9))

    async with agent(path, first, second):
        got = await all_of(Client(path, sleep=NoWaiting()))
    assert isinstance(got[-1], Lost)
    assert not got[-1].retrying
    assert "version 9" in got[-1].text


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user, which needs root")


@needs_root
async def test_another_users_socket(path: Path) -> None:
    """A child that is nobody tries to connect: to a socket that is closed to it, and to one of ours that is open."""
    for directory in (path.parent, *path.parent.parents):
        if directory.stat().st_uid == os.getuid() and directory != Path("/"):
            directory.chmod(directory.stat().st_mode | 0o055)
    code = (
        "import asyncio, os, pathlib, sys\n"
        "from gotop.agent.connection import Connection\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try: asyncio.run(Connection.open(pathlib.Path(sys.argv[1]), True, 100))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )

    async def visit(v: Visit) -> None:
        await v.greet(hello())

    async with agent(path, visit):
        path.chmod(0o600)
        child = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
    assert child.stdout.startswith("SocketDenied"), child
    assert "user 0" in child.stdout


@needs_root
def test_a_server_that_is_another_user_is_not_believed(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """We are user 1000 here, who serves is this process: user 0 may, user 0 seen as 2000 may not."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        monkeypatch.setattr(os, "getuid", lambda: 1000)
        check_peer(path, ours)
        monkeypatch.setattr("gotop.agent.connection.peer_uid", lambda connection: 2000)
        with pytest.raises(errors.NotOurs, match="2000"):
            check_peer(path, ours)
