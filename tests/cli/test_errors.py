"""How what goes wrong is told: for people, on stderr, without a traceback unless one asks for it."""

from __future__ import annotations

import errno

import pytest

from gotop.cli.errors import print_error, print_internal_error, print_screen_broke, print_system_error
from gotop.gobuild.build import BuildFailed
from gotop.golang.errors import NotGo

Said = pytest.CaptureFixture[str]


def test_an_answer_for_people_is_one_sentence(capsys: Said) -> None:
    print_error(NotGo("/srv/x\x1b[2J", "not built by the Go toolchain", "Give a Go program"))
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("gotop: /srv/x") and err.count("\n") == 1 and "\x1b" not in err


def test_the_compilers_words_stand_alone(capsys: Said) -> None:
    print_error(BuildFailed("# example.com/shop\nmain.go:3:\tundefined: x\n"))
    assert capsys.readouterr().err == "# example.com/shop\nmain.go:3: undefined: x\n".replace(": u", ":      u")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/rec"), "gotop: /x/rec: No space left on device.\n"),
        (OSError(errno.ENOSPC, "No space left on device", b"/x/\xff"), "No space left on device.\n"),
        (OSError("odd"), "gotop: odd.\n"), (OSError(), "gotop: OSError.\n"),
    ],
)  # fmt: skip
def test_the_systems_refusals_name_the_file(capsys: Said, error: OSError, said: str) -> None:
    print_system_error(error)
    assert capsys.readouterr().err.endswith(said)


def failed() -> Exception:
    try:
        raise KeyError("nobody")
    except KeyError as error:
        return error


def test_a_mistake_of_its_own_says_where_and_how_to_report_it(capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOTOP_TRACEBACK", raising=False)
    print_internal_error(failed())
    said = capsys.readouterr().err
    assert "KeyError at test_errors.py:" in said and "GOTOP_TRACEBACK=1" in said and "Traceback" not in said
    monkeypatch.setenv("GOTOP_TRACEBACK", "1")
    print_internal_error(failed())
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_screen_that_broke_says_that_the_service_is_fine(capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOTOP_TRACEBACK", raising=False)
    broke = RuntimeError("broke")
    broke.__cause__ = failed()
    print_screen_broke(broke)
    said = capsys.readouterr().err
    assert "the service is not affected" in said and "KeyError" in said
