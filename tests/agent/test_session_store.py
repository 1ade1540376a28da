"""Directories of sessions: private, findable, cleaned up; clear words where they cannot be used."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gotop.agent import session_store
from gotop.agent.session_store import (
    UnsafeDirectory,
    attachable_sessions,
    new_session,
    remove_dead_sessions,
    sessions_dir,
)
from tests.agent.listening import listening


@pytest.fixture(autouse=True)
def runtime_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


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
    dead, starting = sessions_dir() / f"{2**22 + 1}-abcdef", new_session()
    dead.mkdir()
    remove_dead_sessions()
    assert not dead.exists() and starting.directory.exists()


def test_what_serves_is_not_swept_without_a_record() -> None:
    """There was no room for one."""
    directory = sessions_dir() / f"{2**22 + 1}-abcdef"
    directory.mkdir()
    with listening(directory / session_store.SOCKET_NAME):
        remove_dead_sessions()
        assert directory.exists()
    remove_dead_sessions()
    assert not directory.exists()


def command(*words: str) -> None:
    """gotop in a process of its own: its commands change how that takes signals."""
    subprocess.run([sys.executable, "-m", "gotop", *words], capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("words", [["ps"], ["inspect", "/nowhere"], ["attach", "/nowhere"]])
def test_any_command_sweeps(words: list[str]) -> None:
    dead = new_session()
    replace(dead, pid=2**22 + 1, agent_pid=2**22 + 2, kept=True).save()
    command(*words)
    assert not dead.directory.exists()


def test_a_command_leaves_no_trace_where_there_are_no_sessions(runtime_dir: Path) -> None:
    command("inspect", "/nowhere")
    assert list(runtime_dir.iterdir()) == []


def test_garbage_in_the_directory_is_no_session() -> None:
    session = new_session()
    (session.directory / session_store.RECORD_NAME).write_text("{")
    assert attachable_sessions() == []
