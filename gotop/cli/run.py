"""The `run` command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gotop.agent.protocol import Ended
from gotop.agent.recording import Recorder
from gotop.cli import screen
from gotop.cli.errors import print_screen_broke
from gotop.cli.export_option import write_exports
from gotop.cli.memory import viewer_room
from gotop.cli.options import HookOptions, ReportOptions, hook_options, report_options
from gotop.cli.parameters import DurationParam, ServiceCommand
from gotop.cli.prepare_target import prepare_target
from gotop.cli.signals import SignalForwarder, block_signals, end_with_parent
from gotop.cli.started_service import Service, exit_code, launch_service
from gotop.cli.watch import watch_alone

if TYPE_CHECKING:
    from gotop.model.session import Session


@dataclass(frozen=True)
class RunOptions:
    """What `gotop run` can be told."""

    report: ReportOptions = field(default_factory=ReportOptions)
    socket: Path | None = None
    no_ui: bool = False
    keep: bool = False
    hooks: HookOptions = field(default_factory=HookOptions)
    grace: float = 10.0

    @property
    def output(self) -> str:
        """Where the service's output goes: to the terminal, to files, or out of the report's way.

        To files for the log panel, and where the service outlives gotop: nobody might read its stderr then.
        """
        if self.no_ui:
            return "inherit"
        return "files" if self.report.draws or self.keep else "stderr"


@click.command("run", cls=ServiceCommand, options_metavar="[OPTIONS]")
@click.argument("target", nargs=-1, required=True, metavar="TARGET [--] [ARGS]...")
@click.option("--socket", type=click.Path(path_type=Path), metavar="PATH", help="Serve viewers at this path.")
@click.option("--no-ui", is_flag=True, help="No viewer: the service in the foreground, ready for gotop attach.")
@click.option("--keep", is_flag=True, help="Leave the service running when the monitor is left.")
@click.option("--grace", type=DurationParam(), default="10s", show_default=True, metavar="DURATION",
              help="Between SIGTERM and SIGKILL when the service is stopped.")  # fmt: skip
@click.option("--ends-with", type=int, hidden=True, metavar="PID", help="End when this parent process does.")
@hook_options
@report_options
@click.pass_context
def command(
    ctx: click.Context, target: tuple[str, ...], socket: Path | None, no_ui: bool, keep: bool, grace: float,
    ends_with: int | None, hooks: HookOptions, report: ReportOptions,
) -> int:  # fmt: skip
    """Run a Go program and watch what it allocates.

    TARGET is a compiled program, a package directory, an import path of the current module, or a .go file. What is not
    compiled yet is built with your own go and your module's settings (GOFLAGS for more).

    gotop's options stand before TARGET or directly after it. The first word that is not one of them begins the
    service's own arguments, and so does --help after TARGET; -- makes it explicit: gotop run ./service -- --json

    Leaving the monitor stops the service and passes its exit code on. Without a terminal, or with --json or --text, a
    report is printed at the end, which is the service's end, Ctrl-C, or the time given with --for; the service's
    output goes to stderr then.
    """
    if no_ui and (report.form or report.exports):
        raise click.UsageError("--no-ui shows nothing; --json and --text print a report, --export writes one: choose.")
    if ends_with:
        end_with_parent(ends_with)
    options = RunOptions(report, socket, no_ui, keep, report.of_agent(hooks), grace)
    return run_target(target, ctx.meta["gotop.service_args"], options)


def run_target(
    target: tuple[str, ...], args: tuple[str, ...], options: RunOptions,
    finish: Callable[[Session, str], None] = lambda session, exe: None,
) -> int:  # fmt: skip
    """Build, start, watch; the exit code to pass on. `finish`: called at the end with what is known and the program,
    which is still there.
    """
    draws = options.report.draws and not options.no_ui
    if draws:
        screen.check_terminal()
    recorder = options.report.open_recorder()
    prepared = prepare_target(target, options.hooks.exact)
    if draws:
        screen.preload()
    try:
        service = launch_service(prepared, args, options.output, options.socket, options.hooks)
    except BaseException:
        prepared.clean_up()
        raise
    try:
        ended, session = _watch(service, options, draws, recorder)
        if ended is None and options.keep:
            service.keep()
        # Last, since a full disk must not end a service that is kept.
        write_exports(session, options.report.exports, options.report.listing)
        finish(session, prepared.exe)
        return exit_code(ended, ended_as_asked=not draws)
    except screen.ScreenBroke as broke:
        if service.child.running:  # it was running well, and nobody has asked for its end
            service.keep()
        print_screen_broke(broke)
        return 1
    finally:
        if not service.session.kept:
            service.abandon()
        service.clean_up()


def _watch(
    service: Service, options: RunOptions, draws: bool, recorder: Recorder | None
) -> tuple[Ended | None, Session]:
    """How the service ended, None if it goes on; and what is known of it."""
    from gotop.cli.live_feed import live_feed
    from gotop.model.session import Session

    passing_on = SignalForwarder() if options.no_ui else None
    service.started()
    if not passing_on:
        block_signals()
    session = Session(room=viewer_room(options.report.memory), mine=options.report.mine)
    feed = live_feed(service.session.socket, options.report, recorder, service, options.grace, options.keep)
    if passing_on:
        passing_on.forward_to(service.child)
        asyncio.run(watch_alone(feed, session, options.report.seconds))
    elif draws:
        screen.run_monitor(feed, session, options.report.by)
    else:
        from gotop.cli.headless import watch_and_report

        watch_and_report(feed, session, options.report.seconds, options.report.report_form, options.report.listing)
    return feed.ended, session
