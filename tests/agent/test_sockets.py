"""Where an agent's socket may be made."""

from pathlib import Path

import pytest

from gotop.agent.sockets import SocketProblem, check_free
from tests.agent.listening import listening


def test_a_free_path_is_free(tmp_path: Path) -> None:
    check_free(tmp_path / "new.sock")


def test_what_a_dead_agent_left_is_removed(tmp_path: Path) -> None:
    listening(tmp_path / "old.sock").close()
    check_free(tmp_path / "old.sock")
    assert not (tmp_path / "old.sock").exists()


def test_a_busy_socket_is_left_alone(tmp_path: Path) -> None:
    with listening(tmp_path / "busy.sock"), pytest.raises(SocketProblem, match="in use"):
        check_free(tmp_path / "busy.sock")
    assert (tmp_path / "busy.sock").exists()


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("dear")
    with pytest.raises(SocketProblem, match="not a socket"):
        check_free(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "dear"


@pytest.mark.parametrize(("name", "said"), [("x" * 120, "too long"), ("no/such/dir.sock", "no directory")])
def test_paths_that_cannot_be(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(SocketProblem, match=said):
        check_free(tmp_path / name)
