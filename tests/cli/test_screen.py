"""The monitor in a real terminal: it opens at once, leaves the terminal as it was, and answers for its service."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, alive, started_by, wait_until
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")

LIVE = r"allocs/s +[\d.]+k? "


def service(name: str) -> Path:
    return toolchains.build(name, "1.26")


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(XDG_RUNTIME_DIR=str(tmp_path)) as terminal:
        terminal.type("clear")
        terminal.wait_for_prompt()
        yield terminal


def test_the_demo_opens_and_quits(terminal: Terminal, gotop: Runner) -> None:
    before = terminal.modes()
    terminal.type("gotop demo")
    screen = terminal.wait_for(r"demo/\w+\.go")
    assert re.search(LIVE, screen)
    assert "coverage" in screen
    pid = gotop.session()["pid"]
    terminal.press("q")
    assert "Traceback" not in terminal.wait_for_prompt()
    assert terminal.exit_code() == 0
    assert terminal.modes() == before
    assert not alive(pid)
    assert gotop.leftovers() == []


def test_drilling_down_to_the_source_and_back(terminal: Terminal, gotop: Runner) -> None:
    before = terminal.modes()
    terminal.type("gotop demo")
    terminal.wait_for(r"demo/\w+\.go")
    terminal.press("2", "/")
    terminal.type("func:export", enter=False)
    terminal.wait_for(r"1 of [\d,]+ sites")
    terminal.press("Enter", "Enter")
    terminal.wait_for(r"SOURCE .*/demo/desk\.go:\d+")
    assert "make([]byte" in terminal.wait_for(r"^ .* \d+ .*make\(\[\]byte"), "the sample's own source is at hand"
    terminal.press("Tab", "Down", "Enter")
    assert re.search(r"main\.\(\*desk\)\.export › .*HandlerFunc\.ServeHTTP", terminal.wait_for(r"CALLS, 10 s +SHARE"))
    terminal.press("Escape")
    terminal.wait_for(r"STACK +SHARE")
    terminal.press("Escape")
    terminal.wait_for(r"FUNCTION +FILE:LINE")
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 0
    assert terminal.modes() == before
    assert gotop.leftovers() == []


def test_the_screen_keeps_moving(terminal: Terminal, gotop: Runner) -> None:
    terminal.type("gotop demo")
    terminal.wait_for(LIVE)
    time.sleep(1)
    shown = set()
    for _ in range(40):
        shown.add(terminal.screen())
        time.sleep(0.05)
    assert len(shown) >= 8  # four a second
    terminal.press("q")
    terminal.wait_for_prompt()


def test_ctrl_c_in_the_monitor_quits_in_order(terminal: Terminal, gotop: Runner) -> None:
    before = terminal.modes()
    terminal.type(f"gotop run {service('ignoreterm')} --grace 500ms")
    terminal.wait_for(LIVE)
    pid = gotop.session()["pid"]
    terminal.press("C-c")  # in the monitor it is the key for quitting
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 0
    assert not alive(pid)
    assert terminal.modes() == before


@pytest.mark.parametrize("moment", [0.3, 0.6, 1.0, 1.5, 2.5, 4.0])
def test_a_closed_terminal_ends_all(terminal: Terminal, gotop: Runner, moment: float) -> None:
    terminal.type("gotop demo")
    time.sleep(moment)
    terminal.close()
    wait_until(lambda: not started_by(gotop.home), "the end of everything that was started")
    assert gotop.leftovers() == []


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0])
def test_ctrl_c_at_any_moment_of_the_start(terminal: Terminal, gotop: Runner, moment: float) -> None:
    before = terminal.modes()
    terminal.type("gotop demo")
    time.sleep(moment)
    terminal.press("C-c")
    time.sleep(1.5)

    def drawn() -> bool:
        return terminal.modes()[1].startswith("alternate=1")

    wait_until(lambda: drawn() or terminal.screen().rstrip().endswith("$"), "a screen, or the end")
    if drawn():
        terminal.press("q")
    terminal.wait_for_prompt()
    screen = terminal.screen()
    if "Traceback" in screen and not re.search(r"/gotop/(__main__|cli|agent|ui|model)", screen):
        return  # Python was interrupted before it had come to gotop
    assert "Traceback" not in screen, screen
    assert terminal.exit_code() in (0, 130)
    wait_until(lambda: terminal.modes() == before, "the terminal as it was")
    wait_until(lambda: not started_by(gotop.home), "the end of the service")
    assert gotop.leftovers() == []


def test_two_quits_do_not_wait_for_a_service_that_will_not_end(terminal: Terminal, gotop: Runner) -> None:
    terminal.type(f"gotop run {service('ignoreterm')} --grace 60s")
    terminal.wait_for(LIVE)
    pid = gotop.session()["pid"]
    terminal.press("q")
    time.sleep(0.5)
    assert alive(pid)
    terminal.press("q")
    terminal.wait_for_prompt()
    assert not alive(pid)
    assert gotop.leftovers() == []


def test_the_screen_stays_when_the_service_dies(terminal: Terminal, gotop: Runner) -> None:
    terminal.type(f"gotop run {service('exitcode')} 7 1s")
    terminal.wait_for(r"(?i)code 7|exited with 7|exit 7")
    time.sleep(1)
    assert "coverage" in terminal.screen()
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 7


def test_the_services_death_by_a_signal_is_told_and_passed_on(terminal: Terminal, gotop: Runner) -> None:
    terminal.type(f"gotop run {service('ignoreterm')}")
    terminal.wait_for(LIVE)
    os.kill(gotop.session()["pid"], signal.SIGKILL)
    terminal.wait_for(r"SIGKILL|signal 9|killed")
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 128 + signal.SIGKILL


def test_the_agents_death_is_told_and_the_service_goes_on(terminal: Terminal, gotop: Runner) -> None:
    terminal.type(f"gotop run {service('ignoreterm')} --grace 200ms")
    terminal.wait_for(LIVE)
    session = gotop.session()
    os.kill(session["agent_pid"], signal.SIGKILL)
    terminal.wait_for(r"(?i)agent.*(ended|gone|died)|lost")
    assert alive(session["pid"])
    terminal.press("q")
    terminal.wait_for_prompt()
    assert not alive(session["pid"])
    assert terminal.exit_code() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_gotop_is_the_key_for_quitting(terminal: Terminal, gotop: Runner, number: signal.Signals) -> None:
    before = terminal.modes()
    terminal.type("gotop demo")
    terminal.wait_for(LIVE)
    session = gotop.session()
    viewer = int(Path(session["directory"]).name.split("-")[0])
    os.kill(viewer, number)
    terminal.wait_for_prompt()
    assert not alive(session["pid"])
    assert terminal.modes() == before
    assert gotop.leftovers() == []


def test_keep_leaves_the_service_running(terminal: Terminal, gotop: Runner) -> None:
    terminal.type(f"gotop run --keep {service('ignoreterm')}")
    terminal.wait_for(LIVE)
    pid = gotop.session()["pid"]
    terminal.press("q")
    screen = terminal.wait_for("runs on as process")
    assert f"kill {pid}" in screen
    assert alive(pid)
    terminal.wait_for_prompt()
    terminal.type("clear; gotop attach")
    terminal.wait_for(LIVE)
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 0
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_resizing(terminal: Terminal, gotop: Runner) -> None:
    terminal.type("gotop demo")
    terminal.wait_for(LIVE)
    for size in ((200, 60), (61, 17), (80, 24), (30, 5), (120, 36)):
        terminal.resize(*size)
        time.sleep(0.4)
    screen = terminal.wait_for(LIVE)
    assert "Traceback" not in screen
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 0


def test_output_of_the_service_is_in_the_log_not_on_the_screen(terminal: Terminal, gotop: Runner) -> None:
    terminal.type("gotop demo")
    terminal.wait_for(LIVE)
    assert "order desk is open" not in terminal.screen()
    terminal.press("6")
    terminal.wait_for("order desk is open")
    terminal.press("q")
    terminal.wait_for_prompt()


def test_a_recording_is_shown_again(terminal: Terminal, gotop: Runner) -> None:
    file = gotop.home / "kept"
    gotop.run("run", "--json", "--for", "1s", "--grace", "100ms", "--record", file, service("ignoreterm"))
    terminal.type(f"gotop replay {file} --speed 4")
    terminal.wait_for("main.main")
    terminal.press("q")
    terminal.wait_for_prompt()
    assert terminal.exit_code() == 0
