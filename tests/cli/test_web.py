"""`gotop web`: what it says without textual-serve, that it answers its own pages only, and its windows.

A window here is the server's WebSocket; `python -m tests.browser` does the same with a page in headless Chromium.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gotop.cli import screen
from gotop.cli.errors import Refusal
from gotop.cli.web import command
from tests import toolchains
from tests.cli.running import Runner, alive, started_by, wait_until
from tests.cli.webclient import Window, free_port


def test_without_textual_serve_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gotop.cli.webserver", None)
    done = CliRunner().invoke(command, ["./service"])
    assert isinstance(done.exception, Refusal) and "pip install 'gotop[web]'" in str(done.exception)


def test_options_after_the_target_are_the_service_s(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setattr("gotop.cli.webserver.serve", lambda words, port: served.append((words, port)))
    done = CliRunner().invoke(command, ["--port", "9999", "replay", "x y.gotop", "--speed", "4"])
    assert done.exit_code == 0
    assert served[0][0].endswith("-m gotop replay 'x y.gotop' --speed 4") and served[0][1] == 9999


async def test_only_its_own_pages_are_answered() -> None:
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


async def test_windows_show_the_services_end_and_stay_of_use(tmp_path: Path) -> None:
    gotop, port = Runner(tmp_path), free_port()
    service = toolchains.build("ignoreterm", "1.26")
    with gotop.start("web", "--port", port, service) as server:
        async with Window(port) as window:
            await window.wait_for("● live")
            pid = gotop.session()["pid"]
            os.kill(pid, signal.SIGKILL)
            await window.wait_for("The service was ended by SIGKILL")
            await window.press("3")
            await window.wait_for("of its caller")
            await window.press("?")
            await window.wait_for("Esc closes")
        assert not alive(pid)
        async with Window(port) as late:  # opened after the end, and after all others were closed
            await late.wait_for("The service was ended by SIGKILL")
            await late.wait_for("main.main")
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 128 + signal.SIGKILL
    assert gotop.leftovers() == []


async def test_a_server_that_is_killed_takes_its_service_along(tmp_path: Path) -> None:
    gotop, port = Runner(tmp_path), free_port()
    with gotop.start("web", "--port", port, toolchains.build("ignoreterm", "1.26"), "--grace", "200ms") as server:
        async with Window(port) as window:
            await window.wait_for("● live")
            pid = gotop.session()["pid"]
            server.kill()
            wait_until(lambda: not alive(pid), "the service's end")
            wait_until(lambda: not started_by(gotop.home), "the end of the window's process, and of all others")
    gotop.run("ps")
    wait_until(lambda: gotop.leftovers() == [], "the end of what was left")
