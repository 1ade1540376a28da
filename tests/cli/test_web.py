"""`gotop web`: what it says without textual-serve, and that it answers its own pages only."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gotop.cli import screen
from gotop.cli.errors import Refusal
from gotop.cli.web import command


def test_without_textual_serve_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gotop.cli.webserver", None)
    done = CliRunner().invoke(command, ["./service"])
    assert isinstance(done.exception, Refusal) and "pip install 'gotop[web]'" in str(done.exception)


def test_options_after_the_target_are_the_service_s(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    pytest.importorskip("textual_serve")
    monkeypatch.setattr("gotop.cli.webserver.serve", lambda words, port: served.append((words, port)))
    done = CliRunner().invoke(command, ["--port", "9999", "replay", "x y.gotop", "--speed", "4"])
    assert done.exit_code == 0
    assert served[0][0].endswith("-m gotop replay 'x y.gotop' --speed 4") and served[0][1] == 9999


async def test_only_its_own_pages_are_answered() -> None:
    pytest.importorskip("textual_serve")
    from aiohttp.test_utils import TestClient, TestServer

    from gotop.cli.webserver import LocalServer

    server = LocalServer("true", host="127.0.0.1", port=8642)
    server.on_startup = _nothing  # type: ignore[method-assign]
    async with TestClient(TestServer(await server._make_app())) as client:
        for headers, status in (
            ({"Host": "127.0.0.1:8642"}, 200),
            ({"Host": "evil.example"}, 403),
            ({"Host": "localhost:8642", "Origin": "http://evil.example"}, 403),
            ({"Host": "localhost:8642", "Origin": "http://localhost:8642"}, 200),
        ):
            assert (await client.get("/", headers=headers)).status == status


async def _nothing(_: object) -> None:
    pass


def test_a_browser_is_a_terminal_of_any_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert screen.is_terminal()
    screen.check_terminal()
