"""Services that are not dumpable, so that their own user may neither trace nor read them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Runner, wait_until
from tests.faults.harm.harmed import Harmed, agents_of, harmed
from tests.faults.harm.ordinary_user import ROOT, OrdinaryUser
from tests.faults.test_refusals import refused


def lives(service: Harmed) -> None:
    """What can be seen of it by its own user: it answers."""
    assert service.process.poll() is None
    service.longest_gap_ms()


def test_at_attach(gotop: Runner, home: Path) -> None:
    user = OrdinaryUser(gotop)
    with harmed(home, program=user.program, preexec_fn=user.become, env=user.environment) as service:
        assert service.ask("undumpable") == "errno 0"
        for order in (("attach", service.pid, "--json"), ("attach", service.pid, "--sample-only", "--json")):
            refused(user.run(*order), str(service.pid), "not dumpable", "as root")
        refused(user.run("detach", service.pid), str(service.pid), "not dumpable", "as root")
        lives(service)
        if ROOT:
            service.unharmed()


def test_at_leaving(gotop: Runner, home: Path) -> None:
    """The hooks stay, which is said; root, who may, takes them out, and the agent that could not sees that."""
    user = OrdinaryUser(gotop)
    with harmed(home, program=user.program, preexec_fn=user.become, env=user.environment) as service:
        with user.start("attach", service.pid, "--json", "--for", "3s") as viewer:
            wait_until(lambda: not service.has_its_own_code(), "hooks")
            assert service.ask("undumpable") == "errno 0"
            _, err = viewer.communicate(timeout=240)
        assert viewer.returncode == 1, err
        assert f"still in process {service.pid}" in err and "not dumpable" in err and "as root" in err
        wait_until(lambda: f"still in process {service.pid}" in user.run("ps").stderr, "word of it in gotop ps")
        lives(service)
        refused(user.run("detach", service.pid), "as root")
        if ROOT:
            done = gotop.run("detach", service.pid)
            assert done.returncode == 0 and "has its own code again" in done.stdout, done.stderr
            service.unharmed()
            wait_until(lambda: not agents_of(service.pid), "the agent's leave")
