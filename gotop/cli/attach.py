"""The `attach` command."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import click

from gotop.agent import errors
from gotop.agent.client import Client
from gotop.agent.launch import Agent, LaunchError
from gotop.agent.processes import arguments_of
from gotop.agent.session_store import SessionRecord, attachable_sessions
from gotop.cli import output, screen
from gotop.cli.attach_process import attach_to_process, obstacle
from gotop.cli.choose_container import pid_in_container
from gotop.cli.errors import Refusal
from gotop.cli.export_option import write_exports
from gotop.cli.memory import viewer_room
from gotop.cli.options import HookOptions, ReportOptions, hook_options, report_options
from gotop.cli.ps import being_left, shortened
from gotop.cli.signals import block_signals
from gotop.printable import MultilineText

#: What is found at the socket of an agent that has just left, or is leaving; and how long that takes at most.
_LEAVING = (errors.SocketMissing, errors.NobodyServes, errors.NotAnAgent)
LEAVING_S, POLL_S = 3.0, 0.05

HAS_ITS_OWN = (
    "This service is monitored already, and has its own mode, depth, rate and budget: --mode, --depth, --rate, --exact "
    "and --budget are for a process that is to be hooked. Join it without them; the screen can change mode and budget."
)


@click.command("attach")
@click.argument("which", required=False, metavar="[PATH.sock | PID]")
@click.option(
    "--sample-only", is_flag=True, help="Hook and stop nothing: read the samples that a PID's own runtime takes."
)
@click.option("--container", metavar="ID|HOST", help="The Go program in this container: the beginning of its ID.")
@click.option("--pod", metavar="UID|NAME", help="The Go program in this Kubernetes pod.")
@hook_options
@report_options
def command(
    which: str | None,
    sample_only: bool,
    container: str | None,
    pod: str | None,
    hooks: HookOptions,
    report: ReportOptions,
) -> int:
    """Join a running service.

    PATH.sock is the socket of a `gotop run`; PID any Go process of yours, or as root of anybody's: it stands still for
    about a millisecond to be hooked, and gets its own code back when the last viewer leaves. Without either, the
    service that is monitored already is joined; if there are several, you choose. --container and --pod, with the
    beginning of an ID or UID, or the container's host name, which is the pod's name, find the PID on this machine.

    --sample-only leaves a PID alone: nothing is hooked, stopped or traced, only its memory is read. Call sites are then
    those of the heap profile that its Go runtime keeps since its start, 1 sample in 512 KiB unless the program says
    otherwise, and their figures estimates (≈). Totals, collections and goroutines are the runtime's own.

    --mode, --depth, --rate and --budget are for a PID that is to be hooked; a service that is monitored already has its
    own, and refuses others. The screen can change mode and budget.

    A report (--json, --text) covers the time that --for watches, from the first reading on. Without --for, it covers
    all since the hooks were placed, also where another viewer has had them placed; `seconds` in it says how long that
    is. Call sites of --sample-only are those since the process's start, always.

    Any number of viewers may watch at the same time. Leaving does not disturb the service, and when the connection
    breaks off, the viewer joins again by itself.
    """
    if container or pod:
        which = pid_in_container(which, container, pod)
    if report.draws:
        screen.check_terminal()
    hooked = None  # while it is held, the agent stays in the process
    is_pid = which is not None and which.isdigit() and not Path(which).exists()
    if sample_only:
        _check_sample_only(is_pid, hooks)
    if which is not None and is_pid:
        _import_front(report.draws)
        socket, hooked = _join_process(int(which), report.of_agent(hooks), sample_only)
    else:
        socket = find_socket(which)
    if hooked is None and hooks != HookOptions():
        raise Refusal(HAS_ITS_OWN)
    block_signals()  # from here on Ctrl-C ends the watching, and a report is printed however little there is to it
    if hooked or not is_pid:  # an agent that was there has answered already
        asyncio.run(_check(socket))
    _watch(socket, report, hooked is not None)
    if hooked and not sample_only and (why := obstacle(int(which or 0))):
        output.say(being_left(int(which or 0), why))
        return 1
    return 0


def _check_sample_only(is_pid: bool, hooks: HookOptions) -> None:
    if not is_pid:
        raise click.UsageError("--sample-only reads a process: name its PID (gotop ps lists them).")
    if hooks != HookOptions():
        raise click.UsageError("--mode, --depth, --rate and --budget are for hooks, and --sample-only places none.")


def _import_front(draws: bool) -> None:
    """Import what takes a while, before an agent is asked whether it is there: it waits 2 s for us to come back."""
    if draws:
        screen.preload()
    else:
        import gotop.cli.headless
        import gotop.cli.live_feed  # noqa: F401


async def _check(socket: Path) -> None:
    """Say what is wrong with a socket before anything is drawn. Raises AgentError."""
    client = Client(socket, log=False)
    await client.connect()
    client.close()


def _watch(socket: Path, report: ReportOptions, new_agent: bool) -> None:
    from gotop.cli.live_feed import live_feed
    from gotop.model.session import Session

    # Who says for how long wants a report of that time, however long others have been watching.
    session = Session(
        from_first_reading=bool(report.seconds) and not report.draws, room=viewer_room(report.memory, new_agent),
        mine=report.mine,
    )  # fmt: skip
    feed = live_feed(socket, report, report.open_recorder())
    if report.draws:
        screen.run_monitor(feed, session, report.by)
    else:
        from gotop.cli.headless import watch_and_report

        watch_and_report(feed, session, report.seconds, report.report_form, report.listing)
    write_exports(session, report.exports, report.listing)


def find_socket(which: str | None) -> Path:
    """The socket that the user means. Raises Refusal."""
    return _only_or_chosen(attachable_sessions()).socket if which is None else Path(which)


def _join_process(pid: int, hooks: HookOptions, sample_only: bool) -> tuple[Path, Agent | None]:
    """The socket of the agent of a process, and the agent if it is a new one. One that is just leaving is waited for.

    Raises AgentError, LaunchError, Refusal.
    """
    end = time.monotonic() + LEAVING_S
    while True:
        try:
            socket = _of_process(pid, sample_only)
            if socket is None:
                agent = attach_to_process(pid, hooks, sample_only)
                return agent.session.socket, agent
            asyncio.run(_check(socket))
            return socket, None
        except (*_LEAVING, LaunchError) as error:
            worth_waiting = not isinstance(error, LaunchError) or error.code == "monitored"
            if not worth_waiting or time.monotonic() > end:
                raise
        time.sleep(POLL_S)


def _of_process(pid: int, sample_only: bool) -> Path | None:
    """The socket of a process that is monitored already, in the way that is wanted."""
    here = [session for session in attachable_sessions() if session.is_here]  # elsewhere the number is another process
    found = [session for session in here if session.pid == pid and session.sample_only == sample_only]
    return found[0].socket if found else None


def _command_of(session: SessionRecord, exe: str) -> str:
    """Return a session's program, called `exe`, with its arguments, which tell two instances of it apart."""
    args = shortened(arguments_of(session.pid)) if session.is_here else ""
    return f"{exe} {args}".rstrip()


def _only_or_chosen(running: list[SessionRecord]) -> SessionRecord:
    if not running:
        raise Refusal("No service is monitored at the moment. Start one with `gotop run TARGET`, or name its socket.")
    if len(running) == 1:
        return running[0]
    if not sys.stdin.isatty():
        listed = [f"  {session.pid:>8}  {_command_of(session, session.exe)}  {session.socket}" for session in running]
        raise Refusal(MultilineText("Several services are monitored; name the PID or the socket of one:", *listed))
    listed = [
        output.cut_to_terminal(f"  {number}  {session.pid:>8}  {_command_of(session, Path(session.exe).name)}")
        for number, session in enumerate(running, 1)
    ]
    output.say(MultilineText("Several services are monitored:", *listed), prefix="")
    return running[output.choose("Which one", len(running)) - 1]
