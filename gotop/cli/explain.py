"""The `explain` command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gotop.agent.recording_player import Player
from gotop.cli import output
from gotop.cli.options import ReportOptions
from gotop.cli.parameters import DurationParam, ServiceCommand
from gotop.cli.progress import Progress
from gotop.cli.run import RunOptions, run_target
from gotop.regular_file import open_regular

if TYPE_CHECKING:
    from gotop.model.session import Session

TOP = 20


@dataclass(frozen=True)
class ExplainOptions:
    """How findings are printed: `text`, `json`, `sarif` or `lines`, and how many; where the source is, None: as the
    binary says; whether the compiler is asked about dependencies, too.
    """

    form: str
    top: int
    source: Path | None
    dependencies: bool


@click.command("explain", cls=ServiceCommand, options_metavar="[OPTIONS]")
@click.argument("target", nargs=-1, required=True, metavar="TARGET|RECORDING [--] [ARGS]...")
@click.option("--for", "seconds", type=DurationParam(), metavar="DURATION", help="End after 10s, 1m30s, 500ms, …")
@click.option("--text", "form", flag_value="text", default=True, help="For people. [default]")
@click.option("--json", "form", flag_value="json", help="One JSON document.")
@click.option("--sarif", "form", flag_value="sarif", help="SARIF 2.1.0, which code hosts show beside the lines.")
@click.option("--lines", "form", flag_value="lines", help="file:line:column: message, for editors.")
@click.option("--top", type=click.IntRange(1), default=TOP, show_default=True, metavar="N", help="How many sites.")
@click.option("--source", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="DIR",
              help="The package's directory. [default: where the program says that it was built]")  # fmt: skip
@click.option("--no-deps", is_flag=True, help="Ask about the main module only: that takes seconds.")
@click.pass_context
def command(
    ctx: click.Context, target: tuple[str, ...], seconds: float | None, form: str, top: int, source: Path | None,
    no_deps: bool,
) -> int:  # fmt: skip
    """Say why values are on the heap, ranked by what they cost in a run.

    TARGET is run as by gotop run, to its end, to Ctrl-C or for the time given with --for; a RECORDING is read. Then the
    program's source is compiled again, without running it, for what the compiler says of the lines that allocate most.
    That takes as long as building it from nothing, and is kept: the same build is compiled once.
    """
    options = ExplainOptions(form or "text", top, source, not no_deps)
    if len(target) == 1 and _is_recording(Path(target[0])):
        session = _played(Path(target[0]))
        explain_session(session, session.target.exe if session.target else "", options)
        return 0
    report = ReportOptions(seconds, silent=True)
    return run_target(
        target, ctx.meta["gotop.service_args"], RunOptions(report=report),
        finish=lambda session, exe: explain_session(session, exe, options),
    )  # fmt: skip


def _is_recording(path: Path) -> bool:
    """Whether a file is no program and no source: then it has to be a recording."""
    if path.suffix == ".go" or not path.is_file():
        return False
    with open_regular(path) as file:
        return file.read(4) != b"\x7fELF"


def _played(path: Path) -> Session:
    from gotop.cli.headless import watch_and_report
    from gotop.cli.replay import ReplayFeed
    from gotop.model.session import Session

    session, listing = Session(), ReportOptions().listing
    watch_and_report(ReplayFeed(Player(path, float("inf")), follow=False), session, None, "", listing)
    return session


def explain_session(session: Session, exe: str, options: ExplainOptions) -> None:
    """Ask the compiler about what a session has seen, and print the findings."""
    from gotop.explain import report
    from gotop.explain.compiler import SourcePackage, Unexplained, explain, version_remark
    from gotop.explain.escapes import Escapes
    from gotop.explain.findings import Reasons, findings
    from gotop.explain.program import source_of_program
    from gotop.export.json_report import span
    from gotop.source import Home

    target = session.target
    home = Home(target.cwd, exe, target.go_version) if target else Home()
    escapes, problem = Escapes(), ""
    try:
        package = SourcePackage(options.source.resolve()) if options.source else source_of_program(exe, home.cwd)
        with Progress(f"Asking the compiler about {package.directory}"):
            escapes = explain(package, options.dependencies)
    except Unexplained as error:
        problem = f"{error}."
    remark = version_remark(escapes, home.go_version)
    found = findings(session, Reasons(escapes, home), span(session), options.top)
    if problem and options.form in ("lines", "sarif"):
        output.say(f"why: not known, {problem}")
    if options.form == "json":
        output.write_json(report.as_document(found, remark, problem), indent=2)
    elif options.form == "sarif":
        output.write_json(report.as_sarif(found, Path.cwd()), indent=2)
    elif options.form == "lines":
        output.write_lines(report.as_compiler_lines(found))
    else:
        output.write_lines(report.as_text(found, remark, problem))
