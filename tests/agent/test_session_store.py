"""Directories of sessions: private, findable, cleaned up; clear words where they cannot be used."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gotop.agent import session_store
from gotop.agent.process_identity import Here
from gotop.agent.session_store import (
    UnsafeDirectory,
    attachable_sessions,
    new_session,
    remove_dead_sessions,
    sessions_dir,
)
from gotop.agent.sockets import remove_socket
from tests.agent.listening import listening


@pytest.fixture(autouse=True)
def runtime_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One whose path is short: sockets of sessions in a longer one would not be used, whatever pytest calls its own."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="gs-", ignore_cleanup_errors=True) as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield Path(short)


def test_directories_are_private() -> None:
    session = new_session()
    assert session.directory.stat().st_mode & 0o777 == 0o700
    assert sessions_dir().stat().st_mode & 0o777 == 0o700


def test_a_directory_that_others_may_read_is_closed(runtime_dir: Path) -> None:
    place = sessions_dir()
    place.chmod(0o755)
    assert sessions_dir().stat().st_mode & 0o777 == 0o700


def test_a_symlink_is_not_followed(runtime_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (runtime_dir / f"gotop-{os.getuid()}").symlink_to(tmp_path_factory.mktemp("trap"))
    with pytest.raises(UnsafeDirectory, match="not a directory"):
        sessions_dir()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to make it somebody else's")
def test_another_users_directory_is_refused(runtime_dir: Path) -> None:
    os.chown(sessions_dir(), 12345, 12345)
    with pytest.raises(UnsafeDirectory, match="another user"):
        sessions_dir()


def test_a_long_runtime_directory_is_not_used(runtime_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = runtime_dir / ("d" * 80)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert sessions_dir().parent == Path("/tmp")


def test_living_sessions_are_listed_and_dead_ones_swept() -> None:
    living, dead, kept = (new_session() for _ in range(3))
    with listening(living.socket):
        replace(living, pid=os.getpid(), agent_pid=os.getpid()).save()
        replace(dead, pid=2**22 + 1, agent_pid=2**22 + 2).save()
        replace(kept, pid=2**22 + 1, agent_pid=2**22 + 2, kept=True).save()
        assert [session.directory for session in attachable_sessions()] == [living.directory]
        remove_dead_sessions()
        assert living.directory.exists()
        assert not dead.directory.exists()
        assert not kept.directory.exists()


def test_the_output_of_a_kept_service_stays_as_long_as_it_runs() -> None:
    kept = new_session()
    (kept.directory / "stdout.log").touch()
    replace(kept, pid=os.getpid(), agent_pid=2**22 + 2, kept=True).save()
    remove_dead_sessions()
    assert kept.directory.exists()


def test_what_was_killed_before_it_started_anything_is_swept() -> None:
    dead, starting = new_session(), new_session()
    replace(dead, maker_pid=2**22 + 1).save()
    remove_dead_sessions()
    assert not dead.directory.exists() and starting.directory.exists()


def test_what_serves_is_not_swept_without_a_record() -> None:
    """There was no room for one."""
    directory = sessions_dir() / f"{2**22 + 1}-abcdef"
    directory.mkdir()
    with listening(directory / session_store.SOCKET_NAME):
        os.utime(directory, (0, 0))
        remove_dead_sessions()
        assert directory.exists()
    os.utime(directory)
    remove_dead_sessions()
    assert directory.exists(), "it may be just being made"
    os.utime(directory, (0, 0))
    remove_dead_sessions()
    assert not directory.exists()


def test_a_number_that_was_given_again_is_another_process() -> None:
    session = new_session()
    with subprocess.Popen(["sleep", "60"]) as other:
        replace(session, pid=other.pid, agent_pid=other.pid).save()
        record = json.loads((session.directory / session_store.RECORD_NAME).read_text())
        record["start_times"][str(other.pid)] -= 1
        (session.directory / session_store.RECORD_NAME).write_text(json.dumps(record))
        remove_dead_sessions()
        assert not session.directory.exists()
        other.kill()


def test_sessions_of_another_namespace_are_left_alone() -> None:
    session = new_session()
    elsewhere = Here(1, session.where.boot)
    replace(session, pid=2**22 + 1, agent_pid=2**22 + 2, where=elsewhere).save()
    remove_dead_sessions()
    assert session.directory.exists()
    with listening(session.socket):
        (found,) = attachable_sessions()
        assert not found.is_here
    replace(session, pid=2**22 + 1, agent_pid=2**22 + 2, where=Here(1, "an earlier boot")).save()
    remove_dead_sessions()
    assert not session.directory.exists()


def test_nothing_is_removed_that_a_record_names(tmp_path: Path) -> None:
    dear = tmp_path / "dear"
    dear.mkdir()
    dead = new_session()
    replace(dead, pid=2**22 + 1, agent_pid=2**22 + 2).save()
    file = dead.directory / session_store.RECORD_NAME
    file.write_text(
        json.dumps({**json.loads(file.read_text()), "built": str(dear), "directory": str(dear), "socket": str(dear)})
    )
    (dead.directory / "link").symlink_to(dear)
    remove_dead_sessions()
    assert not dead.directory.exists() and dear.is_dir()


def test_links_and_strange_records_are_no_sessions(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / session_store.RECORD_NAME).write_text("{}")
    (sessions_dir() / "1-aaaaaa").symlink_to(outside)
    fifo, huge, nested, array = (new_session().directory / session_store.RECORD_NAME for _ in range(4))
    fifo.unlink()
    os.mkfifo(fifo)
    huge.write_text('{"pid": ' + "1" * 100_000 + "}")
    nested.write_text("[" * 100_000)
    array.write_text("[]")
    assert attachable_sessions() == []
    for file in (fifo, huge, nested, array):
        os.utime(file.parent, (0, 0))
    remove_dead_sessions()
    assert (outside / session_store.RECORD_NAME).exists()
    assert [path.name for path in sessions_dir().iterdir()] == ["1-aaaaaa"]


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to make it somebody else's")
def test_root_does_not_keep_sessions_in_another_users_directory(runtime_dir: Path) -> None:
    os.chown(runtime_dir, 12345, 12345)
    assert sessions_dir() == Path("/tmp/gotop-0")


def test_no_sessions_where_others_may_replace_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="gs-") as short:
        outer, inner = Path(short), Path(short) / "inner"
        inner.mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(inner))
        assert sessions_dir().parent == inner
        outer.chmod(0o777)
        assert sessions_dir().parent == Path("/tmp")
        outer.chmod(0o1777)
        assert sessions_dir().parent == inner


def test_a_socket_is_removed_and_nothing_else(tmp_path: Path) -> None:
    listening(tmp_path / "old.sock").close()
    remove_socket(tmp_path / "old.sock")
    (tmp_path / "file").touch()
    remove_socket(tmp_path / "file")
    remove_socket(tmp_path / "nothing")
    assert [path.name for path in tmp_path.iterdir() if path.name != f"gotop-{os.getuid()}"] == ["file"]


def command(*words: str) -> None:
    """gotop in a process of its own: its commands change how that takes signals."""
    subprocess.run([sys.executable, "-m", "gotop", *words], capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("words", [["ps"], ["inspect", "/nowhere"], ["attach", "/nowhere"]])
def test_any_command_sweeps(words: list[str]) -> None:
    dead = new_session()
    replace(dead, pid=2**22 + 1, agent_pid=2**22 + 2, maker_pid=2**22 + 3, kept=True).save()
    command(*words)
    assert not dead.directory.exists()


def test_a_command_leaves_no_trace_where_there_are_no_sessions(runtime_dir: Path) -> None:
    command("inspect", "/nowhere")
    assert list(runtime_dir.iterdir()) == []


def test_garbage_in_the_directory_is_no_session() -> None:
    session = new_session()
    (session.directory / session_store.RECORD_NAME).write_text("{")
    assert attachable_sessions() == []
