"""The `attach` command."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from gotop.agent.client import Client
from gotop.agent.paths import Session as Running
from gotop.agent.paths import sessions
from gotop.cli import screen
from gotop.cli.errors import Refusal
from gotop.cli.options import ReportOptions, report_options


@click.command("attach")
@click.argument("which", required=False, metavar="[PATH.sock | PID]")
@report_options
def command(which: str | None, report: ReportOptions) -> int:
    """Join a service that is monitored already.

    PATH.sock is the socket of a `gotop run`, PID the process of a service that gotop started. Without either, the one
    that runs is joined; if there are several, you choose.

    Any number of viewers may watch at the same time. Leaving does not disturb the service, and when the connection
    breaks off, the viewer joins again by itself.
    """
    if report.draws:
        screen.check_terminal()
    socket = find_socket(which)
    asyncio.run(_check(socket))
    _watch(socket, report)
    return 0


async def _check(socket: Path) -> None:
    """Say what is wrong with a socket before anything is drawn. Raises AgentError."""
    client = Client(socket, log=False)
    await client.connect()
    client.close()


def _watch(socket: Path, report: ReportOptions) -> None:
    from gotop.cli.live import live_feed
    from gotop.model.session import Session

    session = Session()
    feed = live_feed(socket, report, report.open_recorder())
    if report.draws:
        screen.show(feed, session)
    else:
        from gotop.cli.headless import report as print_report

        print_report(feed, session, report.seconds, report.report_form)


def find_socket(which: str | None) -> Path:
    """The socket that the user means. Raises Refusal."""
    if which is None:
        return _only_or_chosen(sessions()).socket
    if which.isdigit() and not Path(which).exists():
        return _of_process(int(which))
    return Path(which)


def _of_process(pid: int) -> Path:
    for session in sessions():
        if session.pid == pid:
            return session.socket
    if not Path(f"/proc/{pid}").exists():
        raise Refusal(f"There is no process {pid}.")
    raise Refusal(
        f"Process {pid} was not started by gotop, and hooking a process that already runs is not possible yet. "
        "Start it with `gotop run`, or with `gotop run --no-ui --socket PATH` and attach to that."
    )


def _only_or_chosen(running: list[Running]) -> Running:
    if not running:
        raise Refusal("No service is monitored at the moment. Start one with `gotop run TARGET`, or name its socket.")
    if len(running) == 1:
        return running[0]
    lines = [
        f"{number}  {session.pid:>8}  {session.exe}  {session.socket}" for number, session in enumerate(running, 1)
    ]
    if not sys.stdin.isatty():
        raise Refusal("Several services are monitored; name the PID or the socket of one:\n  " + "\n  ".join(lines))
    click.echo("Several services are monitored:\n  " + "\n  ".join(lines), err=True)
    number = click.prompt("Which one", type=click.IntRange(1, len(running)), err=True)
    return running[number - 1]
