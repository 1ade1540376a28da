"""The `export` command."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gotop.cli import output
from gotop.cli.errors import Refusal
from gotop.cli.export_option import FORMATS, STDOUT, Listing, exporters, why_not_writable, write_file
from gotop.cli.parameters import DurationParam
from gotop.cli.profile_source import read_source

WINDOWS = ("total", "60s", "10s", "now")


@click.command("export")
@click.argument("source", type=click.Path(dir_okay=False, path_type=Path), metavar="RECORDING|REPORT")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True), metavar="FILE")
@click.option("--to", "format_", type=click.Choice(FORMATS), required=True, help="The format.")
@click.option("--from", "begin", type=DurationParam(), metavar="TIME",
              help="Only what came after so long, such as 5s.")  # fmt: skip
@click.option("--until", "end", type=DurationParam(), metavar="TIME", help="Only what came before that.")
@click.option("--window", type=click.Choice(WINDOWS), help="Only the last part of it.")
@click.option("--type-leaf", is_flag=True, help="pprof: the type as the innermost frame, not only as a label.")
@click.option("--top", type=click.IntRange(0), metavar="N", help="Call sites that are listed.")
@click.option("--stacks", type=click.IntRange(0), metavar="N", help="Stacks of each site, in JSON.")
def command(
    source: Path, file: Path, format_: str, begin: float | None, end: float | None, window: str | None, type_leaf: bool,
    top: int | None, stacks: int | None,
) -> int:  # fmt: skip
    """Write a recording, or a JSON report, in another format, to FILE or (-) to stdout.

    What `--export` writes at the end of a session can so be had later, of the whole recording or of a part of it. A
    report has no time line: perfetto, json, text and pprof-labels need a recording.
    """
    if window is not None and (begin is not None or end is not None):
        raise click.UsageError("--window is the last part of all; --from and --until are any part: choose one.")
    if begin is not None and end is not None and end <= begin:
        raise click.UsageError("--until has to be later than --from.")
    if type_leaf and format_ != "pprof":
        raise click.UsageError("--type-leaf is about pprof: add --to pprof.")
    printed = str(file) == STDOUT
    exporter = exporters()[format_]
    if printed and exporter.binary and sys.stdout.isatty():
        raise click.UsageError(f"{format_} is no text for a terminal: name a file, or redirect stdout.")
    if not printed and (reason := why_not_writable(file)):
        raise click.UsageError(f"{file} cannot be written: {reason}.")
    if not exporter.windows and (window is not None or begin is not None):
        raise click.UsageError(f"{format_} is of everything: leave --window and --from out.")
    data = _made(source, format_, begin, end, window, type_leaf, Listing(top, stacks), printed)
    if printed:
        output.write_bytes(data)
    else:
        write_file(file, data)
    return 0


def _made(
    source: Path, format_: str, begin: float | None, end: float | None, window: str | None, type_leaf: bool,
    listing: Listing, printed: bool,
) -> bytes:  # fmt: skip
    from gotop.export.registry import Selection  # not needed for --help
    from gotop.model.queries import Window

    windows = {"total": Window.TOTAL, "60s": Window.S60, "10s": Window.S10, "now": Window.NOW, None: Window.TOTAL}
    chosen = Window.MARK if begin is not None else windows[window]
    selection = Selection(chosen, listing.limits(), type_leaf, printed)
    found, exporter = read_source(source, begin, end), exporters()[format_]
    if found.session is not None:
        return exporter.make(found.session, None, selection)
    if exporter.of_profile is None:
        of_reports = ", ".join(name for name, each in exporters().items() if each.of_profile is not None)
        raise Refusal(f"{source} is a report, and {format_} needs a recording. Of a report: {of_reports}.")
    if window not in (None, "total"):
        raise Refusal(f"{source} is a report, which has no time line: leave --window out.")
    return exporter.of_profile(found.profile, selection)
