"""`gotop run` without a screen: real services, real signals, real deaths."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import toolchains
from tests.cli.running import Runner, alive, command, next_line, wait_until
from tests.ui.recorded import RECORDING


def service(name: str) -> Path:
    return toolchains.build(name, "1.26")


@pytest.fixture
def gotop(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_the_exit_code_is_the_services(gotop: Runner) -> None:
    done = gotop.run("run", "--json", service("exitcode"), "7", "50ms")
    assert done.returncode == 7
    report = json.loads(done.stdout)
    assert report["totals"]["coverage"] == 1.0
    assert report["totals"]["allocs"] == report["totals"]["runtime_allocs"] > 0
    assert gotop.leftovers() == []


def test_a_service_of_a_few_milliseconds_is_reported_whole(gotop: Runner) -> None:
    done = gotop.run("run", "--json", service("short"), "--", "-n", "5000", "-out", gotop.home / "said")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert sum(site["allocs"] for site in report["sites"]) + report["totals"]["unattributed"] >= 5000


def test_a_signal_is_passed_on_as_an_exit_code(gotop: Runner) -> None:
    with gotop.start("run", "--json", service("ignoreterm")) as process:
        os.kill(gotop.session()["pid"], signal.SIGKILL)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 128 + signal.SIGKILL
        assert json.loads(out)["ending"]["signal"] == signal.SIGKILL


def test_the_time_ends_it(gotop: Runner) -> None:
    done = gotop.run("run", "--for", "1s", "--json", "--grace", "300ms", service("ignoreterm"))
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert 1.0 <= report["seconds"] < 3.0
    assert not alive(report["target"]["pid"])
    assert "ignored terminated" in done.stderr
    assert gotop.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_report_is_printed(gotop: Runner, number: signal.Signals) -> None:
    with gotop.start("run", "--json", service("exitcode"), "7", "60s") as process:
        pid = gotop.session()["pid"]
        time.sleep(0.5)
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert json.loads(out)["ending"]["by_us"]
        assert not alive(pid)


def test_text_is_the_form_without_a_terminal(gotop: Runner) -> None:
    done = gotop.run("run", service("short"))
    assert done.returncode == 0
    assert "coverage" in done.stdout


def test_the_service_is_given_what_it_would_have_without_gotop(gotop: Runner) -> None:
    """Environment, directory, arguments, descriptors, signals: as the shell would have started it."""
    program = service("exitcode")
    link = gotop.home / "svc"
    link.symlink_to(program)
    gotop.environment |= {"GOGC": "77", "GODEBUG": "madvdontneed=1", "ODD": "a\nb"}
    settings = {"env": gotop.environment, "cwd": gotop.home, "stdin": subprocess.DEVNULL}
    with subprocess.Popen(["./svc", "0", "60s"], **settings) as bare:
        wait_until(lambda: Path(f"/proc/{bare.pid}/cmdline").read_bytes().startswith(b"./svc"), "the bare service")
        with gotop.start("run", "--no-ui", "./svc", "0", "60s") as process:
            pid = gotop.session()["pid"]
            expected, found = start_of(bare.pid), start_of(pid)
            assert process.poll() is None
        bare.kill()
    assert found == expected


def start_of(pid: int) -> dict[str, object]:
    place = Path(f"/proc/{pid}")
    status = dict(line.split(":\t", 1) for line in (place / "status").read_text().splitlines() if ":\t" in line)
    return {
        "environment": sorted((place / "environ").read_bytes().split(b"\0")),
        "arguments": (place / "cmdline").read_bytes(),
        "directory": (place / "cwd").readlink(),
        "descriptors": sorted(int(fd.name) for fd in (place / "fd").iterdir() if not internal(fd)),
        "ignored": int(status["SigIgn"], 16) & ~INTERNAL_SIGNALS,
        **{name: status[name] for name in ("TracerPid", "Umask", "NoNewPrivs", "CapEff")},
    }


# glibc's posix_spawn ignores the C library's two internal signals, which then get a handler before their first use.
INTERNAL_SIGNALS = 1 << 31 | 1 << 32
CLOSE_ON_EXEC = 0o2000000


def internal(fd: Path) -> bool:
    """Go's own poller, and the shared tables, which no child of the service inherits."""
    flags = int((fd.parent.parent / "fdinfo" / fd.name).read_text().split("flags:")[1].split()[0], 8)
    return "anon_inode" in str(fd.readlink()) or ("memfd:" in str(fd.readlink()) and bool(flags & CLOSE_ON_EXEC))


def test_no_ui_is_the_service_in_the_foreground(gotop: Runner) -> None:
    with gotop.start("run", "--no-ui", "--socket", gotop.home / "s.sock", service("ignoreterm")) as process:
        pid = gotop.session()["pid"]
        assert next_line(process) == f"pid {pid}\n"
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
            assert next_line(process).startswith("ignored")
        assert (gotop.home / "s.sock").stat().st_mode & 0o777 == 0o600
        report = json.loads(gotop.run("attach", gotop.home / "s.sock", "--json", "--for", "500ms").stdout)
        assert report["target"]["pid"] == pid
        assert report["ending"] is None
        process.send_signal(signal.SIGQUIT)
        process.communicate(timeout=20)
        assert process.returncode in (2, 128 + signal.SIGQUIT)
    assert not (gotop.home / "s.sock").exists()


def test_input_reaches_the_service_in_the_foreground(gotop: Runner, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(
        'package main\n\nimport (\n\t"io"\n\t"os"\n)\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n'
    )
    done = gotop.run("run", "--no-ui", tmp_path / "main.go", stdin=None, input="through and through")
    assert done.stdout == "through and through"
    assert done.returncode == 0


def test_no_ui_ends_when_its_time_is_up(gotop: Runner) -> None:
    done = gotop.run("run", "--no-ui", "--for", "500ms", service("exitcode"), "3", "60s")
    assert done.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("moment", [0.0, 0.3])
@pytest.mark.parametrize("front", ["--json", "--no-ui"])
def test_the_service_outlives_its_agent(gotop: Runner, front: str, moment: float, number: signal.Signals) -> None:
    with gotop.start("run", front, service("exitcode"), "5", "2s") as process:
        session = gotop.session()
        time.sleep(moment)
        os.kill(session["agent_pid"], number)
        time.sleep(0.3)
        assert alive(session["pid"])
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 5
        if front == "--json" and moment:
            assert json.loads(out)["totals"]["allocs"] > 0


def test_a_service_without_an_agent_can_be_stopped(gotop: Runner) -> None:
    with gotop.start("run", "--json", "--grace", "200ms", service("ignoreterm")) as process:
        session = gotop.session()
        time.sleep(0.3)
        os.kill(session["agent_pid"], signal.SIGKILL)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 0
        assert not alive(session["pid"])


def test_the_service_outlives_gotop_and_can_be_joined(gotop: Runner) -> None:
    with gotop.start("run", "--json", service("ignoreterm")) as process:
        session = gotop.session()
        process.kill()
        process.wait()
        time.sleep(0.5)
        assert alive(session["pid"])
        for which in ([], [session["pid"]], [session["socket"]]):
            done = gotop.run("attach", *which, "--json", "--for", "300ms")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["target"]["pid"] == session["pid"]
        os.kill(session["pid"], signal.SIGKILL)
        wait_until(lambda: not alive(session["agent_pid"]), "the end of the agent")
    gotop.run("run", service("short"))
    assert gotop.leftovers() == []


def test_keep_leaves_it_running(gotop: Runner) -> None:
    with gotop.start("run", "--keep", "--for", "500ms", "--json", service("ignoreterm")) as process:
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        pid = json.loads(out)["target"]["pid"]
        assert alive(pid)
        assert f"kill {pid}" in err
        assert "gotop attach" in err
        assert json.loads(gotop.run("attach", pid, "--json", "--for", "300ms").stdout)["totals"]["allocs"] > 0


def test_a_kept_service_that_was_built_keeps_its_program(gotop: Runner, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text('package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Minute) }\n')
    with gotop.start("run", "--keep", "--for", "300ms", "--json", tmp_path / "main.go") as process:
        out, _ = process.communicate(timeout=30)
        target = json.loads(out)["target"]
        assert Path(target["exe"]).exists()
        os.kill(target["pid"], signal.SIGKILL)


def test_what_was_built_is_removed(gotop: Runner, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text('package main\n\nfunc main() { println("ran") }\n')
    (tmp_path / "tmp").mkdir()
    gotop.environment["TMPDIR"] = str(tmp_path / "tmp")
    done = gotop.run("run", "--json", tmp_path / "main.go")
    assert done.returncode == 0
    assert "ran" in done.stderr
    assert list((tmp_path / "tmp").glob("*/*")) == []  # but for the private directory of all builds


def test_a_recording_is_the_same_again(gotop: Runner) -> None:
    file = gotop.home / "kept.gotop"
    live = json.loads(gotop.run("run", "--json", "--record", file, service("short")).stdout)
    again = json.loads(gotop.run("replay", file, "--json").stdout)
    assert again["totals"] == live["totals"]
    assert again["sites"] == live["sites"]


def test_a_recording_that_breaks_off_is_reported_up_to_there(gotop: Runner) -> None:
    file = gotop.home / "cut.gotop"
    file.write_bytes(gzip.decompress(RECORDING.read_bytes())[:-100])
    text, document = gotop.run("replay", file, "--text"), gotop.run("replay", file, "--json")
    assert text.returncode == document.returncode == 0
    head, watched, *_ = text.stdout.splitlines()
    assert "nats-server" in head and "lost" not in head and head.endswith("end of recording")
    assert watched.startswith("watched for 3")
    said = "The recording breaks off after 37.5 s, in the middle of a message."
    assert text.stderr == document.stderr == f"gotop: {said}\n"
    assert text.stdout.endswith(f"{said}\n") and json.loads(document.stdout)["health"]["notice"] == said


def test_a_full_disk_under_the_recording_does_no_harm(gotop: Runner) -> None:
    done = gotop.run("run", "--json", "--record", "/dev/full", service("short"))
    assert done.returncode in (0, 1)
    if done.returncode == 0:
        assert json.loads(done.stdout)["totals"]["allocs"] > 0


def test_several_viewers_at_once(gotop: Runner) -> None:
    with gotop.start("run", "--no-ui", service("ignoreterm")):
        pid = gotop.session()["pid"]
        viewers = [
            subprocess.Popen(
                command("attach", pid, "--json", "--for", "1s"),
                env=gotop.environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        reports = [json.loads(viewer.communicate(timeout=30)[0]) for viewer in viewers]
        assert all(report["totals"]["coverage"] == pytest.approx(1.0, abs=0.01) for report in reports)
        assert alive(pid)


def test_a_report_for_a_time_covers_that_time_and_not_what_others_have_watched_before(gotop: Runner) -> None:
    with gotop.start("run", "--no-ui", service("ignoreterm")):
        pid = gotop.session()["pid"]
        reports = [json.loads(gotop.run("attach", pid, "--json", "--for", "500ms").stdout) for _ in range(2)]
        for report in reports:
            functions = {site["function"] for site in report["sites"]}
            assert "main.main" in functions
            assert not functions & {"runtime.procresize", "internal/godebug.parse"}, "what the start allocated is older"
            counted = sum(site["allocs"] for site in report["sites"]) + report["totals"]["unattributed"]
            assert counted == report["totals"]["allocs"] > 0
            assert report["totals"]["coverage"] == 1.0


def test_what_is_monitored_already_has_its_own_mode_and_says_so(gotop: Runner) -> None:
    with gotop.start("run", "--no-ui", service("exitcode"), "0", "600s"):
        session = gotop.session()
        for which in (session["pid"], session["socket"]):
            for option in (("--mode", "sampled"), ("--rate", "4K"), ("--budget", "3%")):
                done = gotop.run("attach", which, "--json", "--for", "1s", *option)
                assert done.returncode == 1
                assert "monitored already" in done.stderr and option[0] in done.stderr
        done = gotop.run("attach", session["pid"], "--json", "--for", "1s")
        assert json.loads(done.stdout)["target"]["mode"] == "exact"


def test_a_report_of_an_attached_viewer_ends_with_the_service(gotop: Runner) -> None:
    with gotop.start("run", "--no-ui", service("exitcode"), "9", "6s"):  # the viewer has to be there before
        pid = gotop.session()["pid"]
        done = gotop.run("attach", pid, "--json")
        assert done.returncode == 0
        assert json.loads(done.stdout)["ending"]["code"] == 9
