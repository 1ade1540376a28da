"""What gotop will not do, told to somebody who has never read its sources: what happened, to what, and what to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gotop.agent.locate_agent import agent_binary
from gotop.golang.binary import GoBinary
from gotop.golang.plan import plan_of
from tests import toolchains
from tests.cli.running import CHECKOUT, Runner, command
from tests.faults.obedient import obedient

NOBODY = 65534
needs_root = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("setpriv"), reason="needs root to be somebody else"
)


def refused(done: subprocess.CompletedProcess[str], *said: str, code: int = 1) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("gotop: "), done.stderr
    for text in said:
        assert text in done.stderr, done.stderr


def short() -> Path:
    return toolchains.build("short", "1.26")


def as_nobody(*arguments: object, user: int = NOBODY) -> list[str]:
    """gotop's command line for another user, who may however read everything: Python may be installed out of reach."""
    drop = ["--reuid", str(user), "--regid", str(user), "--clear-groups"]
    read = [
        "--inh-caps",
        "-all,+dac_read_search",
        "--ambient-caps",
        "+dac_read_search",
        "--bounding-set",
        "-all,+dac_read_search",
    ]
    return ["setpriv", *drop, *read, "--", *command(*arguments)]


def nobodys(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, cwd="/"
    )


def shared(home: Path) -> Path:
    """A copy of gotop, its Python apart, and of a service that everybody may read and run."""
    place = home / "shared"
    place.mkdir(mode=0o755)
    home.chmod(0o755)  # sessions are kept nowhere that others may write
    shutil.copytree(CHECKOUT / "gotop", place / "gotop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(short(), place / "short")
    return place


def test_an_empty_file_and_a_cut_one(gotop: Runner, home: Path) -> None:
    (home / "empty").touch(mode=0o755)
    refused(gotop.run("run", "--json", home / "empty"), "empty", "linux/amd64")
    for size in (10, 64, 4096, 100_000):
        (home / "cut").write_bytes(short().read_bytes()[:size])
        (home / "cut").chmod(0o755)
        refused(gotop.run("run", "--json", home / "cut"), "cut")


def test_a_directory_without_go_files(gotop: Runner, home: Path) -> None:
    (home / "empty").mkdir()
    done = gotop.run("run", "--json", home / "empty")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "no Go files" in done.stderr or "go.mod" in done.stderr


def test_special_files(gotop: Runner, home: Path) -> None:
    os.mkfifo(home / "pipe", 0o755)
    for what in (home / "pipe", "/dev/null", "/proc/self/mem", ""):
        done = gotop.run("run", "--json", what, timeout=240)
        assert done.returncode in (1, 2), what
        assert "Traceback" not in done.stderr
        assert "mistake in gotop" not in done.stderr


def test_other_bytes_than_the_plan_expects(gotop: Runner, home: Path) -> None:
    """Nothing is touched, and the service has not run."""
    changed = home / "changed"
    shutil.copy(short(), changed)
    plan = json.loads(plan_of(GoBinary.open(str(changed))).to_json())
    hook = next(hook for hook in plan["hooks"] if hook["kind"] == "alloc")
    code = bytearray(changed.read_bytes())
    at = code.index(bytes.fromhex(hook["expect"]), hook["at"] - plan["text"][0])
    assert code.count(bytes.fromhex(hook["expect"]), at, at + 16) == 1
    body = GoBinary.open(str(changed))
    offset = file_offset(changed, hook["at"])
    del body, at
    code[offset] ^= 1
    changed.write_bytes(code)
    (home / "plan.json").write_text(json.dumps(plan))
    words = [
        agent_binary(),
        "run",
        "--plan",
        home / "plan.json",
        "--socket",
        home / "s",
        "--",
        changed,
        "-out",
        home / "o",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1
    assert "nothing was touched" in done.stderr
    assert not (home / "o").exists()
    assert not (home / "s").exists()


def file_offset(path: Path, address: int) -> int:
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        return int(next(iter(ELFFile(file).address_offsets(address))))


@needs_root
def test_another_users_service_cannot_be_joined(gotop: Runner, home: Path) -> None:
    place = shared(home)
    environment = {**gotop.environment, "PYTHONPATH": str(place), "XDG_RUNTIME_DIR": "", "HOME": str(home)}
    with obedient(gotop, "--no-ui", "--socket", home / "s") as (process, service):
        done = nobodys(as_nobody("attach", home / "s", "--json"), environment)
        refused(done, "No permission", "user 0")
        pid = gotop.session()["pid"]
        done = nobodys(as_nobody("attach", pid, "--json"), environment)
        refused(done, str(pid))
        service.tell("exit", 0)
        process.wait(240)


@needs_root
def test_a_setuid_program(gotop: Runner, home: Path) -> None:
    place = shared(home)
    os.chown(place / "short", 0, 0)
    (place / "short").chmod(0o4755)
    _, agent = given_agent(place)
    environment = {**gotop.environment, "PYTHONPATH": str(place), "HOME": str(home)}
    done = nobodys(as_nobody("run", "--json", place / "short"), environment)
    del agent
    refused(done, "setuid")


def given_agent(place: Path) -> tuple[Path, Path]:
    """The agent where an installation has it, so that nothing has to be built."""
    source = agent_binary().parent
    (place / "gotop/agent/bin").mkdir(exist_ok=True)
    shutil.copytree(source, place / "gotop/agent/bin", dirs_exist_ok=True)
    return source, place / "gotop/agent/bin/hookagent"


@needs_root
def test_an_ordinary_user(gotop: Runner, home: Path) -> None:
    place = shared(home)
    given_agent(place)
    environment = {**gotop.environment, "PYTHONPATH": str(place), "HOME": "/nonexistent"}
    done = nobodys(as_nobody("run", "--json", place / "short"), environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["coverage"] == 1.0


def test_a_process_that_must_not_be_traced(gotop: Runner, home: Path) -> None:
    """A service that forbids it (not dumpable) runs under gotop all the same; counts are whole."""
    with obedient(gotop, "--json", flags=("-secret",)) as (process, service):
        service.told("allocate", 20_000)
        service.tell("exit", 0)
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        assert sum(site["allocs"] for site in json.loads(out)["sites"] if site["function"] == "main.allocate") == 20_000


def test_processes_that_cannot_be_joined(gotop: Runner) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        refused(gotop.run("attach", other.pid, "--json"), "Go")
        other.kill()
    refused(gotop.run("attach", 2, "--json"))
    refused(gotop.run("attach", 2**22 + 5, "--json"), "no process")


def test_a_second_agent_for_a_monitored_service(gotop: Runner) -> None:
    with obedient(gotop, "--no-ui") as (process, service):
        session = gotop.session()
        order = ["attach", "--plan", Path(session["directory"]) / "plan.json", "--socket", gotop.home / "s2"]
        words = [agent_binary(), *order, "--pid", str(session["pid"])]
        second = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
        assert second.returncode != 0
        assert "monitored already" in second.stderr
        service.tell("exit", 0)
        assert process.wait(240) == 0


def test_a_report_that_cannot_be_written(gotop: Runner) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        words = command("run", "--json", short())
        done = subprocess.run(words, env=gotop.environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=240)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("unset", ["HOME", "PATH", "TERM", "LANG"])
def test_a_missing_variable(gotop: Runner, unset: str) -> None:
    gotop.environment.pop(unset, None)
    done = gotop.run("run", "--json", short())
    assert done.returncode == 0, done.stderr


def test_no_reader_and_no_input(gotop: Runner) -> None:
    words = command("run", "--json", short())
    done = subprocess.run(
        ["bash", "-c", '"$@" <&- | head -c 100', "-", *words], env=gotop.environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.startswith("{")
