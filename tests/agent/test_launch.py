"""The launch contract, with stand-ins for the agent that misbehave in every way that the real one must not."""

import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from gotop.agent import launch
from gotop.agent.launch import SERVICE_ENV, Agent, Child, LaunchError, LaunchSpec, agent_environment, start
from gotop.agent.session_store import attachable_sessions, new_session

WELL_BEHAVED = """
import json, os, subprocess, sys, time
command = sys.argv[sys.argv.index("--") + 1 :]
os.set_inheritable(3, False), os.set_inheritable(4, False)
service = subprocess.Popen(command)
facts = {"argv": sys.argv[1:], "stdin": os.readlink("/proc/self/fd/0"), "session": os.getsid(0) == os.getpid(),
         "plan": open(sys.argv[sys.argv.index("--plan") + 1]).read(), "environment": dict(os.environ),
         "cwd": os.getcwd()}
open(os.environ["FACTS"], "w").write(json.dumps(facts))
os.write(3, json.dumps({"ok": True, "pid": service.pid, "agent_pid": os.getpid(), "socket": "x"}).encode() + b"\\n")
os.close(3)
ended = os.read(4, 1)
open(os.environ["FACTS"] + ".alone", "w").close()
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("FACTS", str(tmp_path / "facts"))
    return tmp_path / "facts"


def launched(
    tmp_path: Path, script: str, output: str = "files", exe: str = "/bin/sleep", args: tuple[str, ...] = ("60",)
) -> Agent:
    program = tmp_path / "agent"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return start(program, LaunchSpec(exe, args, '{"schema":1}', output=output), new_session())


def test_settings_of_the_services_runtime_pass_the_agent_by() -> None:
    given = {"PATH": "/bin", "GOGC": "50", "GODEBUG": "gctrace=1"}
    assert agent_environment(given) == {"PATH": "/bin", SERVICE_ENV: '{"GODEBUG": "gctrace=1", "GOGC": "50"}'}
    assert agent_environment({"PATH": "/bin"}) == {"PATH": "/bin"}


def end(agent: Agent) -> None:
    for child in (agent.process, agent.service):
        if child:
            child.send_signal(signal.SIGKILL)
            child.wait(5)


def test_the_agent_gets_what_the_contract_says(tmp_path: Path, facts: Path) -> None:
    before = dict(os.environ)
    agent = launched(tmp_path, WELL_BEHAVED)
    try:
        session = agent.started()
        told = json.loads(facts.read_text())
        assert told["argv"][0] == "run"
        assert told["argv"][-3:] == ["--", "/bin/sleep", "60"]
        assert told["plan"] == '{"schema":1}'
        assert told["environment"] == before
        assert told["cwd"] == str(Path.cwd())
        assert told["stdin"] == "/dev/null"
        assert told["session"]
        assert session.pid == agent.service.pid if agent.service else False
    finally:
        end(agent)


def test_the_service_is_still_ours_when_the_agent_is_killed(tmp_path: Path) -> None:
    agent = launched(
        tmp_path, WELL_BEHAVED, exe="/bin/sh", args=("-c", "trap 'exit 7' TERM; while :; do sleep 0.02; done")
    )
    try:
        agent.started()
        assert agent.service
        agent.process.send_signal(signal.SIGKILL)
        assert agent.process.wait(5)
        assert agent.service.running
        time.sleep(0.1)
        agent.service.send_signal(signal.SIGTERM)
        assert agent.service.wait(5)
        assert os.waitstatus_to_exitcode(agent.service.status or 0) == 7
    finally:
        end(agent)


def test_the_agent_hears_that_gotop_is_gone(tmp_path: Path, facts: Path) -> None:
    agent = launched(tmp_path, WELL_BEHAVED)
    try:
        agent.started()
        os.close(agent._lifeline_fd)
        for _ in range(200):
            if facts.with_suffix(".alone").exists():
                break
            time.sleep(0.02)
        assert facts.with_suffix(".alone").exists()
    finally:
        end(agent)


def test_sessions_are_found(tmp_path: Path) -> None:
    agent = launched(tmp_path, WELL_BEHAVED)
    try:
        session = agent.started()
        assert attachable_sessions() == []  # nobody listens yet
        import socket

        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.fspath(session.socket))
            assert [found.pid for found in attachable_sessions()] == [session.pid]
    finally:
        end(agent)


REFUSES = 'import os; os.write(3, b\'{"ok": false, "code": "CODE", "text": "It cannot be."}\\n\')'


def test_a_refusal_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match=r"^It cannot be\.$") as refusal:
        launched(tmp_path, REFUSES.replace("CODE", "exec")).started()
    assert refusal.value.code == "exec"


def test_a_refusal_of_the_kernel_is_explained(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match=r"(?s)^It cannot be\..*gotop"):
        launched(tmp_path, REFUSES.replace("CODE", "permission")).started()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('panic: out of cheese')", "out of cheese"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("import os; os.write(3, b'nonsense\\n')", "not understood"),
        ("import os; os.write(3, b'{\"ok\"')", "ended before"),
    ],
)
def test_an_agent_that_breaks(tmp_path: Path, script: str, said: str) -> None:
    with pytest.raises(LaunchError, match=said):
        launched(tmp_path, script).started()


def test_an_agent_that_hangs_is_ended(tmp_path: Path) -> None:
    agent = launched(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(LaunchError, match="did not start"):
        agent.started(timeout=0.3)
    assert not agent.process.running


def test_a_service_that_a_silent_agent_has_started_is_ended_with_it(tmp_path: Path, facts: Path) -> None:
    script = "import os, subprocess, sys, time\n"
    script += 'pid = subprocess.Popen(["/bin/sleep", "60"]).pid\n'
    script += 'open(os.environ["FACTS"], "w").write(str(pid))\ntime.sleep(60)'
    agent = launched(tmp_path, script)
    with pytest.raises(LaunchError, match="did not start"):
        agent.started(timeout=1.5)
    assert not Child(int(facts.read_text())).running


def test_a_service_is_ended_however_long_its_agent_takes_to_die(
    tmp_path: Path, facts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Descriptors close before a dead process's children are passed on: the word of its end comes too early."""
    monkeypatch.setattr(launch, "SHORT_GRACE_S", 0.0)
    script = "import os, subprocess, sys, time\n"
    script += 'pid = subprocess.Popen(["/bin/sleep", "600"]).pid\n'
    script += 'open(os.environ["FACTS"], "w").write(str(pid))\nos.close(3)\ntime.sleep(60)'
    agent = launched(tmp_path, script)
    with pytest.raises(LaunchError, match="ended before"):
        agent.started(timeout=60)
    agent.abandon()
    assert Child(int(facts.read_text())).wait(60)


def test_an_agent_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="cannot be started"):
        start(tmp_path / "none", LaunchSpec("/bin/true", (), "{}"), new_session())


def test_a_child_that_is_gone_gets_no_signal() -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    child = Child(pid)
    assert child.wait(5)
    assert not child.send_signal(signal.SIGKILL)
    assert child.status == 0
