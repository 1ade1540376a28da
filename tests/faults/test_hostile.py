"""A socket behind which something evil sits: no hang, no traceback, no endless memory, and a reason in a sentence."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgpack
import pytest

from gotop.agent.message_fields import to_wire
from tests import streams
from tests.cli.running import Runner, command
from tests.faults.processes import resident

PATIENT_S = 240.0


def packed(name: str, message: object) -> bytes:
    return bytes(msgpack.packb({"t": name, **to_wire(message)}))


def greeting() -> bytes:
    return packed("hello", streams.hello(pid=1, exe="/nowhere/service"))


@contextlib.contextmanager
def evil(path: Path, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """An agent that does what `talk` does on every connection."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(4096)
            talk(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def attached(gotop: Runner, path: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """`gotop attach` to its end, and the most memory that it had in use."""
    words = command("attach", path, "--json", *options)
    process = subprocess.Popen(
        words,
        env=gotop.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[tuple[str, str]] = []
    reader = threading.Thread(target=lambda: said.append(process.communicate()))
    reader.start()
    most, deadline = 0, time.monotonic() + PATIENT_S
    while reader.is_alive():
        with contextlib.suppress(OSError, IndexError):
            most = max(most, resident(process.pid))
        if time.monotonic() > deadline:
            process.kill()
        reader.join(0.02)
    assert time.monotonic() < deadline, "gotop attach had to be killed"
    out, err = said[0]
    assert "Traceback" not in err, err
    assert "mistake in gotop" not in err, err
    return subprocess.CompletedProcess(words, process.returncode, out, err), most


@pytest.mark.parametrize(
    ("name", "sends"),
    [
        ("a huge text", b"\xdb\xff\xff\xff\xff" + b"x" * 100_000),
        ("a huge list", b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100_000),
        ("a huge map", b"\xdf\xff\xff\xff\xff" + b"\xc0" * 100_000),
        ("deep nesting", b"\x91" * 200_000),
        ("another kind of message", b"\xc3"),
        ("a map without a name", b"\x80"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_garbage_instead_of_a_greeting(gotop: Runner, name: str, sends: bytes) -> None:
    with evil(gotop.home / "s", lambda connection: connection.sendall(sends)):
        done, most = attached(gotop, gotop.home / "s")
        assert done.returncode == 1, name
        assert "no gotop agent" in done.stderr
        assert most < 200 << 20


def test_silence(gotop: Runner) -> None:
    with evil(gotop.home / "s", lambda connection: time.sleep(600)):
        done, _ = attached(gotop, gotop.home / "s")
        assert done.returncode == 1
        assert "does not answer" in done.stderr


def test_an_endless_message(gotop: Runner) -> None:
    """Half a gigabyte of one string is refused after 16 MiB."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting() + b"\x82\xa1t\xa4tick\xa1x\xc6\x20\x00\x00\x00")
        for _ in range(512):
            connection.sendall(bytes(1 << 20))

    with evil(gotop.home / "s", talk):
        done, most = attached(gotop, gotop.home / "s", "--for", "6s")
        assert done.returncode in (0, 1)
        assert most < 400 << 20


def test_half_a_message_and_then_nothing(gotop: Runner) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting() + packed("tick", streams.tick(101.0))[:40])
        time.sleep(600)

    with evil(gotop.home / "s", talk):
        began = time.monotonic()
        done, _ = attached(gotop, gotop.home / "s", "--for", "1s")
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - began < PATIENT_S
        assert json.loads(done.stdout)["totals"]["allocs"] == 0


@pytest.mark.parametrize("seed", range(6))
def test_mutated_streams(gotop: Runner, seed: int) -> None:
    """A good stream in which bytes are changed, left out and doubled."""
    dice = random.Random(seed)
    good = [greeting()]
    good += [packed("tick", streams.tick(100.1 + n / 10, {1: (n, 10 * n, 0)})) for n in range(30)]
    stream = bytearray(b"".join(good))
    start = len(good[0])
    for _ in range(dice.choice((1, 3, 30))):
        at = dice.randrange(start, len(stream))
        match dice.randrange(3):
            case 0:
                stream[at] = dice.randrange(256)
            case 1:
                del stream[at : at + dice.randrange(1, 9)]
            case _:
                stream[at:at] = stream[at : at + dice.randrange(1, 300)]

    def talk(connection: socket.socket) -> None:
        connection.sendall(stream)
        time.sleep(0.2)

    with evil(gotop.home / "s", talk):
        done, most = attached(gotop, gotop.home / "s", "--for", "1s")
        assert done.returncode in (0, 1), done.stderr
        assert most < 400 << 20
        if done.returncode == 0:
            json.loads(done.stdout)


def test_figures_that_cannot_be(gotop: Runner) -> None:
    """Of the right shape, but absurd: negative counts, times that go backwards, stacks never defined."""
    ticks = [(101.0, [7, -5, -(2**62), 2**63 - 1]), (1.0, [2**63, 2**63 - 1, 1, 0]), (1e9, [7, 2**64 - 1, 2**63, 0])]
    for at, deltas in ticks:
        sends = msgpack.packb({"t": "tick", **to_wire(streams.tick(at)), "deltas": deltas})
        with evil(gotop.home / f"s{at}", lambda connection, sends=sends: connection.sendall(greeting() + sends)):
            done, most = attached(gotop, gotop.home / f"s{at}", "--for", "500ms")
            assert done.returncode in (0, 1), done.stderr
            assert most < 400 << 20
