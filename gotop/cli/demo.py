"""The `demo` command."""

from __future__ import annotations

import click

from gotop.agent.locate_agent import demo_binary
from gotop.cli.options import HookOptions, ReportOptions, report_options
from gotop.cli.progress import Progress
from gotop.cli.run import RunOptions, run_target


@click.command("demo")
@report_options
def command(report: ReportOptions) -> int:
    """Open the monitor on a bundled sample service.

    The sample is a small order desk: an HTTP + JSON service with a cache, a worker pool and customers of its own. It
    listens on a random port of the loopback interface and ends with the monitor.
    """
    with Progress("Preparing the sample service") as progress:
        program = demo_binary(progress.update)
    return run_target((str(program),), (), RunOptions(report=report, hooks=report.of_agent(HookOptions())))
